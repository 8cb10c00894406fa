"""Candidates with affiliations.

Everybody who stands, what they are affiliated with, and where affiliations meet.
"""
election = param.election("Election")
limit = param.integer("Most with one affiliation", default=2, min=1, max=20)

all_nominations = nominations(election=election)
standing = all_nominations.where(status="accepted").sort("candidate")

metric("Candidates", len(standing))
metric("Nominations", len(all_nominations))
table(standing, title="Candidates", columns=["candidate", "affiliation", "received", "accepted", "words"])

together = standing.where(lambda row: row.affiliation not in (None, "", "independent")).group("affiliation").count()
table(together.sort("-count"), title="Affiliations")
bar_chart(together.sort("-count"), x="affiliation", y="count", title="Candidates by affiliation")
shared = together.where(lambda row: row["count"] > limit)
alert(len(shared) > 0, "More than the limit share an affiliation: " + ", ".join(row.affiliation for row in shared))
table(all_nominations.group("status").count(), title="Nominations by status")
download("candidates", standing.select("candidate", "affiliation", "received", "accepted"))
