"""Result with seats, cohorts, terms and exclusions.

"""
election = param.election("Election")

rows = results(election=election).sort("question", "place")
for about in elections(election=election):
    metric("Ballots", about.cast)
    metric("Seats", about.seats)
    note(f"**{about.title}**, counted by {about.method}; status: {about.status}.")

for question in sorted({row.question for row in rows}):
    part = rows.where(question=question)
    bar_chart(part, x="candidate", y="votes", title=question)
    table(part, title=question, columns=["place", "candidate", "votes", "outcome", "affiliation"])
elected = rows.where(outcome="elected")
table(elected, title="Seats and terms", columns=["candidate", "cohort", "term_from", "term_to"])
excluded = rows.where(outcome="excluded")
if len(excluded):
    table(excluded, title="Excluded", columns=["candidate", "votes", "reason"])
download("result", rows.drop("election"))
