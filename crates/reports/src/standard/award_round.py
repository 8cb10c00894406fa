"""Award round.

Nominations received, carried over, granted and expired, and how long decisions took. What is not announced yet
counts as received; nobody is named but who was granted the award in public.
"""
award = param.text("Award", default="", help="Empty for all awards")

rows = awards(award=award or None)
decided = rows.where(status=["granted", "expired"])

metric("Received", len(rows))
metric("Granted", len(rows.where(status="granted")))
metric("Median days to decision", decided.median("days") or 0)
table(rows.pivot("round", "status"), title="By round")
rounds = rows.group("round").agg(
    received=len,
    granted=lambda group: len(group.where(status="granted")),
    carried=lambda group: len(group.where(status="carried over")),
)
bar_chart(rounds, x="round", y=["received", "granted", "carried"], title="Rounds")
histogram(decided, column="days", bins=8, title="Days to decision")
waiting = rows.where(lambda row: row.carried and row.carried >= 4)
alert(len(waiting) > 0, f"{len(waiting)} nominations were carried over four times; the rules let them lapse.")
download("award-round", rows.drop("award"))
