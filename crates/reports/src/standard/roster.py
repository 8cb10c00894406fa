"""Roster by year and status.

"""
award = param.text("Award", default="", help="Empty for all awards")

people = roster(award=award or None)
metric("On the roster", len(people))
by_year = people.pivot("since", "status")
table(by_year, title="By year and status", total=[name for name in by_year.columns if name != "since"])
years = people.group("since").count()
bar_chart(years, x="since", y="count", title="New by year")
table(people.group("status").count().share(), title="By status")
download("roster", people.sort("since", "person"))
