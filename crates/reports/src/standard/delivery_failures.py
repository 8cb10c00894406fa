"""Delivery failures by domain.

Which mail servers do not take our mail.
"""
since = param.date("Sent from", default="2026-01-01")
message = param.text("Kind of message", default="", help="Empty for all kinds")

mails = deliveries(columns=["day", "message", "domain", "status", "attempts"], day_from=since)
if message:
    mails = mails.where(message=message)

FAILED = {"bounced", "refused"}

def rate(group):
    return round(100 * len(group.where(status=FAILED)) / len(group), 1)

by_domain = mails.group("domain").agg(
    sent=len,
    failed=lambda group: len(group.where(status=FAILED)),
    waiting=lambda group: len(group.where(status=["queued", "deferred"])),
    rate=rate,
).sort("-failed")

metric("Mails", len(mails))
metric("Failed", by_domain.sum("failed"))
worst = by_domain.where(lambda row: row.sent >= 20 and row.rate >= 25)
alert(len(worst) > 0, "At least one mail in four fails at: " + ", ".join(row.domain for row in worst))
table(by_domain, title="By domain", total=["sent", "failed", "waiting"])
bar_chart(by_domain.top(10, "failed"), x="domain", y=["failed", "waiting"], title="Failures and delays")
days = mails.where(status=FAILED).group("day").count().rename(count="failed")
line_chart(days, x="day", y="failed", title="Failures by day")
download("delivery-failures", by_domain)
