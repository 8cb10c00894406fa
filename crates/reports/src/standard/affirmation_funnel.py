"""Affirmation funnel.

From the people who could vote to those who did: eligible, mailed, delivered, affirmed, voted.
"""
election = param.election("Election")

stages = funnel(election=election)
order = stages.distinct("stage", "step").sort("step")
names = [row.stage for row in order]

totals = Table(
    [{"stage": name, "people": stages.where(stage=name).sum("people")} for name in names],
    columns=["stage", "people"],
)
first = totals[0].people if len(totals) else 0
totals = totals.add("of all", lambda row: round(100 * row.people / first, 1) if first else None)
before = None
lost = []
for row in totals:
    lost.append(None if before is None else before - row.people)
    before = row.people
totals = totals.add("lost on the way", lost)

if len(totals):
    metric("Eligible", first)
    metric("Voted", totals[-1].people, note=f"{totals[-1]['of all']} % of the eligible")
table(totals, title="All classes")
bar_chart(totals, x="stage", y="people", title="How far people came")

wide = stages.pivot("tier", "stage", "people")
table(wide.select("tier", *[name for name in names if name in wide.columns]), title="By class")
download("funnel", stages)
