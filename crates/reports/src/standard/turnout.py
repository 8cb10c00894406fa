"""Turnout and quorum by class and day.

How many people of each class have voted, day by day, and how far the quorum is.
"""
election = param.election("Election")

days = turnout(election=election)
about = elections(election=election)

cast = days.sum("cast")
by_class = days.group("tier").agg(
    eligible=lambda group: group.max("eligible"),
    cast=lambda group: group.sum("cast"),
)
eligible = by_class.sum("eligible")
by_class = by_class.add("turnout", lambda row: round(100 * row.cast / row.eligible, 1) if row.eligible else None)

metric("Ballots cast", cast)
metric("Turnout", round(100 * cast / eligible, 1) if eligible else 0, unit="%")
for row in about:
    if row.quorum_needed is not None:
        missing = row.quorum_needed - cast
        metric("Quorum", row.quorum_needed, note="met" if missing <= 0 else f"{missing} more ballots needed")
        alert(missing > 0, f"The quorum of {row.quorum_needed} is not met: {missing} ballots are missing.")

table(by_class, title="By class", total=["eligible", "cast"])
bar_chart(by_class, x="tier", y="turnout", title="Turnout in per cent")

by_day = days.group("day").sum("cast")
running, so_far = 0, []
for row in by_day:
    running += row.cast
    so_far.append(running)
line_chart(by_day.add("so far", so_far), x="day", y=["cast", "so far"], title="Ballots by day")
table(days.pivot("day", "tier", "cast"), title="By day and class")
download("turnout", days)
