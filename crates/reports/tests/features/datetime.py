from datetime import date, datetime, timedelta, timezone, time
d = date(2026, 2, 28)
print(d + timedelta(days=1), d.weekday(), d.isocalendar()[1], d.strftime("%d.%m.%Y %A"))
t = datetime(2026, 3, 29, 14, 30, tzinfo=timezone.utc)
print(t.isoformat(), t.astimezone(timezone(timedelta(hours=-12))), t.timestamp())
print(datetime.strptime("2026-06-01 08:05", "%Y-%m-%d %H:%M"), date.fromisoformat("2024-02-29"))
print((date(2026, 12, 31) - date(2026, 1, 1)).days, timedelta(hours=50), max(date(2020, 1, 1), d))
print(time(3, 4).isoformat(), d.replace(year=2027), sorted([date(2026, 5, 1), date(2025, 5, 1)])[0])
try:
    date(2026, 2, 30)
except ValueError as error:
    print(type(error).__name__)
