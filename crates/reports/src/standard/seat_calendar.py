"""Seat calendar.

Which seats end when, for the next years.
"""
years = param.integer("Years ahead", default=4, min=1, max=10)

last = today.replace(year=today.year + years, day=1)
rows = seats(status="serving")
ending = rows.where(lambda row: row.term_to is not None and today <= row.term_to < last).sort("term_to", "body", "seat")

metric("Seats", len(rows))
metric("Ending", len(ending), note=f"before {last}")
ending = ending.year("term_to")
table(ending.pivot("body", "year"), title="Seats that end, by year")
table(ending, title="Calendar", columns=["term_to", "body", "seat", "holder", "cohort"])
by_year = ending.group("year").count()
bar_chart(by_year, x="year", y="count", title="Seats to fill")
download("seat-calendar", ending.select("term_to", "body", "seat", "holder", "cohort"))
