"""Missed votes and waiver credits.

How many people have missed how many votes, and who has a waiver. Numbers by class; never by person.
"""
year = param.integer("Year", default=2026, min=2000, max=2100)
limit = param.integer("Votes missed that cost the vote", default=4, min=1, max=20)

rows = participation(year=year)
near = rows.where(lambda row: row.missed == limit - 1)
over = rows.where(lambda row: row.missed >= limit)

metric("One vote from the limit", near.sum("people"))
metric("At the limit", over.sum("people"), note=f"{limit} or more missed")
metric("With a waiver for next year", rows.where(credit="waiver").sum("people"))
table(rows.pivot("missed", "tier", "people"), title="People by votes missed")
table(rows.group("credit").sum("people"), title="By credit", total="people")
bar_chart(rows.group("missed").sum("people"), x="missed", y="people", title="Votes missed")
download("missed-votes", rows)
