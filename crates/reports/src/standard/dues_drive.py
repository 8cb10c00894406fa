"""Dues: bands, drive, renewals and lapses.

Bands with fewer than ten people are withheld.
"""
since = param.date("Due from", default="2025-01-01")
until = param.date("Due before", default="2026-01-01")
goal = param.integer("Goal of the drive, new and renewed members", default=500, min=0)

rows = dues(due_from=since, due_before=until)
paid = rows.where(status="paid")

metric("Due", rows.count())
metric("Paid", paid.count())
# Amounts are known to the roles that may see payments; others get the numbers alone.
if any(row.amount is not None for row in paid):
    metric("Income", money(paid.sum("amount")))
    bands = paid.group("tier", "band").agg(people=len, income=lambda group: group.sum("amount"))
    table(bands, title="Paid by band", money="income")
else:
    table(paid.group("tier", "band").count(), title="Paid by band")

months = paid.month("paid").group("month").count()
line_chart(months, x="month", y="count", title="Payments by month")
table(rows.pivot("kind", "status"), title="Renewals, new members and lapses")

drive = paid.where(lambda row: row.drive is not None)
metric("Came with a drive", drive.count(), note=f"goal {goal}")
alert(goal > 0 and len(drive) * 2 < goal, "The drive is below half of its goal.")
download("dues-by-month", months)
