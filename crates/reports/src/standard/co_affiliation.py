"""Co-affiliation during terms.

Which bodies have more members of one affiliation than their rule allows.
"""
body = param.text("Body", default="", help="Empty for all bodies")
parts = param.integer("One part in", default=4, min=1, max=20, help="4 means at most a quarter")

rows = seats(status="serving")
if body:
    rows = rows.where(body=body)
rows = rows.where(lambda row: row.term_from <= today and (row.term_to is None or today <= row.term_to))

sizes = {row.body: row["count"] for row in rows.group("body").count()}
shared = rows.where(lambda row: row.affiliation not in (None, "", "independent")).group("body", "affiliation").count()
shared = shared.add("seats", lambda row: sizes[row.body])
shared = shared.add("allowed", lambda row: max(1, row.seats // parts))
shared = shared.add("over", lambda row: row["count"] > row.allowed).sort("body", "-count")

metric("Seats held today", len(rows))
over = shared.where(over=True)
alert(len(over) > 0, "Over the limit: " + ", ".join(f"{row.affiliation} in {row.body} ({row['count']} of {row.seats})" for row in over))
table(shared, title="Affiliations by body")
bar_chart(shared, x="affiliation", y=["count", "allowed"], title="Seats and limit")
table(rows, title="Seats", columns=["body", "seat", "holder", "affiliation", "term_to"])
download("co-affiliation", shared)
