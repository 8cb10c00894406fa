"""Retention and erasure.

What was erased, made anonymous or kept, by which rule.
"""
since = param.date("From", default="2026-01-01")

rows = erasures(on_from=since)
metric("Records erased", rows.where(act="erased").sum("records"))
metric("Records kept", rows.where(act="kept").sum("records"))
table(rows.group("policy", "act").sum("records"), title="By rule", total="records")
months = rows.month("on").pivot("month", "act", "records")
table(months, title="By month")
if len(months):
    line_chart(months, x="month", y=[name for name in months.columns if name != "month"], title="Records by month")
table(rows.sort("-on"), title="Log", columns=["on", "policy", "kind", "act", "records", "reason"])
download("retention", rows)
