"""Datasets and outputs. Runs in the same names as parameters.py."""

def _plain(value):
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return list(value) if isinstance(value, tuple) else value


def _dataset(name):
    def fetch(columns=None, personal=False, reason=None, **filters):
        wanted = None if columns is None else [str(column) for column in columns]
        asked = {key: ([_plain(v) for v in value] if isinstance(value, (list, tuple, set)) else _plain(value))
                 for key, value in filters.items() if value is not None}
        answer, data, people, length, counts = _host.rows(
            {"dataset": name, "columns": wanted, "filters": asked, "personal": bool(personal), "reason": reason})
        if answer is not None:
            raise DataRefused(answer)
        return Table._of(data, {name: "count" for name in counts}, people, length)
    fetch.__name__ = fetch.__qualname__ = name
    return fetch


def money(amount, currency="USD"):
    """Whole cents as people write them: money(9900) is '99.00 USD'."""
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100:,}.{abs(amount) % 100:02d} {currency}"


def _kind(values):
    kinds = set()
    for value in values:
        if value is None:
            continue
        if isinstance(value, bool):
            kinds.add("flag")
        elif isinstance(value, int):
            kinds.add("integer")
        elif isinstance(value, float):
            kinds.add("number")
        elif isinstance(value, datetime):
            kinds.add("time")
        elif isinstance(value, date):
            kinds.add("date")
        else:
            kinds.add("decimal" if type(value).__name__ in ("Decimal", "Fraction") else "text")
    if not kinds:
        return "text"
    if len(kinds) == 1:
        return kinds.pop()
    return "number" if kinds <= {"integer", "number", "decimal"} else "text"


def _cell(value, kind):
    if value is None or kind in ("flag",):
        return value
    if kind == "integer":
        return int(value)
    if kind == "number" or kind == "decimal":
        return float(value)
    if kind in ("date", "time"):
        return value.isoformat()
    return str(value)


def _as_table(value):
    if isinstance(value, Table):
        return value
    if isinstance(value, dict):
        return Table([{"name": key, "value": number} for key, number in value.items()], ["name", "value"])
    return Table(value)


def _shape(value, columns=None, money=()):
    made = _as_table(value)
    guards = {}
    if columns is not None:
        # Counts that are not shown still decide what is withheld; they are dropped after that.
        guards = {name: made._columns[name] for name in made.columns
                  if made._roles.get(name) == "count" and name not in columns}
        made = made.select(*columns)
        if not any(made._roles.get(name) in ("share", "figure") for name in made.columns):
            guards = {}
    heads, data = [], []
    for name in made.columns:
        values = made._columns[name]
        kind = _kind(values)
        if name in money:
            kind, values = "money", [None if v is None else int(v) for v in values]
        elif made._roles.get(name) in ("share", "percent"):
            kind, values = "percent", [None if v is None else float(v) for v in values]
        else:
            values = [_cell(value, kind) for value in values]
        heads.append({"name": str(name), "kind": kind, "role": made._roles.get(name, "key")})
        data.append(values)
    for name, values in guards.items():
        heads.append({"name": str(name), "kind": "integer", "role": "count", "guard": True})
        data.append([_cell(value, "integer") for value in values])
    rows = [list(row) for row in zip(*data)] if data else []
    return {"columns": heads, "rows": rows, "sizes": made._columns.get(_SIZE)}


def metric(label, value, unit="", note=""):
    """One figure in large print."""
    if isinstance(value, Table):
        value = value.count()
    people = isinstance(value, People)
    kind = _kind([value])
    _host.output({"kind": "metric", "label": str(label), "value": _cell(value, kind), "value_kind": kind,
                  "people": people, "unit": str(unit), "note": str(note)})


def table(data, title="", columns=None, total=(), money=()):
    """A table; `total` names columns to add up below."""
    total = [total] if isinstance(total, str) else list(total)
    money = [money] if isinstance(money, str) else list(money)
    shape = _shape(data, columns, money)
    for name in total:
        if name not in [head["name"] for head in shape["columns"]]:
            raise KeyError(_as_table(data)._unknown(name))
    _host.output({"kind": "table", "title": str(title), "total": total, **shape})


def _chart(kind, data, x, y, title):
    series = [y] if isinstance(y, str) else list(y)
    shape = _shape(data, [x, *series])
    for at, head in enumerate(shape["columns"][1:], 1):
        if head.get("guard"):
            continue
        if all(row[at] is None for row in shape["rows"]):
            head["kind"] = "number"
        if head["kind"] not in ("integer", "number", "money", "percent"):
            raise TypeError(f"column {head['name']!r} of the chart {title!r} holds {head['kind']}, not numbers")
    _host.output({"kind": kind, "title": str(title), "x": str(x), "y": [str(name) for name in series], **shape})


def bar_chart(data, x, y, title=""):
    """Bars for each row; y is one column or a list of columns."""
    _chart("bar_chart", data, x, y, title)


def line_chart(data, x, y, title=""):
    """Lines over x, which is a date, a month or a number; y is one column or a list of columns."""
    _chart("line_chart", data, x, y, title)


def histogram(values, column=None, bins=10, title=""):
    """How often values fall into equal ranges."""
    people = isinstance(values, Table) and values._people
    if isinstance(values, Table):
        if column is None:
            raise TypeError("histogram of a table needs the name of a column")
        values = values._column(column)
    values = [float(value) for value in values if value is not None]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    bins = max(1, min(int(bins), 60))
    width = (high - low) / bins or 1.0
    counts = [0] * bins
    for value in values:
        counts[min(int((value - low) / width), bins - 1)] += 1
    places = [low + width * at for at in range(bins)]
    heads = [{"name": "from", "kind": "number", "role": "key"}, {"name": "to", "kind": "number", "role": "key"},
             {"name": "count", "kind": "integer", "role": "count" if people else "key"}]
    rows = [[place, place + width, number] for place, number in zip(places, counts)]
    _host.output({"kind": "histogram", "title": str(title or column or ""), "columns": heads, "rows": rows,
                  "sizes": counts if people else None})


def note(text):
    """A paragraph; Markdown."""
    _host.output({"kind": "note", "text": str(text)})


def download(name, data, columns=None, money=()):
    """Buttons for CSV and XLSX."""
    money = [money] if isinstance(money, str) else list(money)
    _host.output({"kind": "download", "name": str(name), **_shape(data, columns, money)})


def alert(when, text):
    """A warning at the top of the report, if `when` holds."""
    if when:
        _host.output({"kind": "alert", "text": str(text)})
