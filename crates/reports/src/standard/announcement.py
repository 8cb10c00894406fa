"""Announcement of a result, as a draft.

Text to copy into a mail or a page; check names before it is sent.
"""
election = param.election("Election")
greeting = param.text("First line", default="Dear members,")

rows = results(election=election).sort("place")
for about in elections(election=election):
    elected = rows.where(outcome="elected")
    names = [row.candidate for row in elected]
    lines = [greeting, ""]
    if about.quorum_met is False:
        lines.append(f"**{about.title}** did not reach its quorum: {about.cast} ballots of {about.quorum_needed} needed. The vote is void.")
    else:
        people = ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names) or "nobody"
        lines.append(f"in **{about.title}** {about.cast} of {about.eligible} members voted. Elected: {people}.")
        lines.append("")
        for row in elected:
            lines.append(f"- {row.candidate}: {row.term_from} to {row.term_to}")
        for row in rows.where(outcome="excluded"):
            lines.append(f"- {row.candidate} could not be seated: {row.reason}")
        lines.append("")
        lines.append("We thank everyone who stood: " + ", ".join(sorted(row.candidate for row in rows)) + ".")
    if about.log_root:
        lines.append("")
        lines.append(f"Anybody can check the count; root of the public log: `{about.log_root}`")
    note("\n".join(lines))
    table(rows, title="Votes", columns=["candidate", "votes", "outcome"])
