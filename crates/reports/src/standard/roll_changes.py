"""Roll against last year.

Who came, who went and who changed class, as numbers with reasons. No names.
"""
election = param.election("Election")

people = roll(columns=["tier", "change", "reason", "included"], election=election)
on_roll = people.where(included=True)

metric("On the roll", on_roll.count())
for change in ("new", "removed", "class changed"):
    metric(change.capitalize(), people.where(change=change).count())

table(people.pivot("tier", "change"), title="Changes by class")
reasons = people.where(lambda row: row.reason is not None).group("change", "reason").count().sort("change", "-count")
table(reasons, title="Reasons")
bar_chart(reasons.where(change="removed"), x="reason", y="count", title="Why people left the roll")
note("Small numbers are withheld, because they may describe a person.")
download("roll-changes", reasons)
