"""Record of an election.

Schedule, configuration, roll and votes in one place, as a document of the governance archive has them. The roll is shown by
name only with a grant for personal data.
"""
election = param.election("Election")
by_name = param.flag("Roll by name", default=False, help="Needs a grant for personal data")

for about in elections(election=election):
    note(f"# {about.title}\n\nStatus: {about.status}.")
    schedule = [
        ("Nominations open", about.nominations_open), ("Nominations close", about.nominations_close),
        ("Voting opens", about.opens), ("Voting closes", about.closes), ("Result announced", about.announced),
    ]
    table([{"milestone": name, "instant (UTC)": at} for name, at in schedule], title="Schedule")
    settings = [
        ("Method", about.method), ("Seats", about.seats), ("People on the roll", about.eligible), ("Ballots", about.cast),
        ("Quorum", about.quorum_needed), ("SHA-256 of the roll", about.roll_hash), ("Fingerprint", about.fingerprint), ("Root of the public log", about.log_root),
    ]
    table([{"setting": name, "value": "" if value is None else str(value)} for name, value in settings], title="Configuration")

votes = results(election=election).sort("question", "place")
table(votes, title="Votes", columns=["question", "candidate", "votes", "outcome"])
people = roll(columns=["tier"], election=election, included=True)
table(people.group("tier").count(), title="Roll by class", total="count")
if by_name:
    names = roll(columns=["name", "tier"], election=election, included=True, personal=True, reason="Record of the election by name")
    table(names.sort("name"), title="Roll by name")
download("votes", votes.drop("election"))
