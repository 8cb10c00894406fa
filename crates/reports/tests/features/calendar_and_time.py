import calendar
from datetime import date, timedelta
print(calendar.monthrange(2024, 2)[1], calendar.isleap(2100), calendar.month_name[5], calendar.day_abbr[0])
print(calendar.month(2026, 6))
d = date(2026, 1, 31)
print([str(d + timedelta(weeks=w)) for w in range(3)], d.timetuple().tm_yday, (d.replace(day=1) - timedelta(days=1)))
quarters = [(date(2026, m, 1).month - 1) // 3 + 1 for m in range(1, 13)]
print(quarters)
import time
print(time.strftime("%Y-%m-%d", time.gmtime(0)), time.gmtime(86400).tm_mday)
