"""What a report may use: parameters, datasets, tables, outputs.

The host puts its functions into the global name `_host` before this runs: `rows`, `output`, `log` and `describe`.
Everything a script can reach here it may call; the host checks every request again on its side.
"""

import sys
from datetime import date, datetime

__all__ = [
    "param", "today", "Table", "DataRefused", "ParameterError",
    "metric", "table", "bar_chart", "line_chart", "histogram", "note", "download", "alert", "money",
]


class DataRefused(Exception):
    """A dataset, column or filter that this report may not have."""


class ParameterError(Exception):
    """A parameter that does not fit its declaration."""


# -- parameters ---------------------------------------------------------------------------------------------------

class _Parameters:
    """Form fields. The form is read from the script's text, so label, default and choices are written literally."""

    def __init__(self, values):
        self._values = values

    def _value(self, label):
        if label not in self._values:
            raise ParameterError(
                f"param {label!r} is not in the form: write it at the top of the script, with its label as plain text")
        return self._values[label]

    def text(self, label, default="", help=None):
        return self._value(label)

    def integer(self, label, default=0, min=None, max=None, help=None):
        return self._value(label)

    def number(self, label, default=0, min=None, max=None, help=None):
        return self._value(label)

    def flag(self, label, default=False, help=None):
        return self._value(label)

    def choice(self, label, choices, default=None, help=None):
        return self._value(label)

    def date(self, label, default=None, help=None):
        value = self._value(label)
        return None if value is None else date.fromisoformat(value)

    def election(self, label="Election", help=None):
        return self._value(label)


# -- tables -------------------------------------------------------------------------------------------------------

_SIZE = "\x00size"      # hidden column: how many people stand behind a row


class Row:
    """One row of a table: row.tier and row["tier"]."""

    __slots__ = ("_table", "_at")

    def __init__(self, table, at):
        self._table = table
        self._at = at

    def __getattr__(self, name):
        try:
            return self._table._columns[name][self._at]
        except KeyError:
            raise AttributeError(self._table._unknown(name)) from None

    def __getitem__(self, name):
        return self._table._column(name)[self._at]

    def get(self, name, default=None):
        column = self._table._columns.get(name)
        return default if column is None else column[self._at]

    def as_dict(self):
        return {name: self[name] for name in self._table.columns}

    def __repr__(self):
        return f"Row({self.as_dict()!r})"


def _order(value):
    # Nothing sorts before everything; kinds do not mix in a column, but must not break a sort if they do.
    if value is None:
        return (0, 0)
    if isinstance(value, (int, float)):
        return (1, value)
    return (2, value) if isinstance(value, str) else (3, str(value))


def _median(values):
    values = sorted(values)
    middle = len(values) // 2
    if not values:
        return None
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def _present(values):
    return [value for value in values if value is not None]


def _mean(values):
    values = _present(values)
    return sum(values) / len(values) if values else None


class People(int):
    """A number of people: shown as "fewer than 10" when it is small."""


class Table:
    """Columns of equal length. Every verb answers a new table and leaves this one as it is."""

    __slots__ = ("_columns", "_roles", "_people", "_length")

    def __init__(self, rows=(), columns=None):
        rows = list(rows)
        if columns is None:
            columns = list(rows[0]) if rows and isinstance(rows[0], dict) else []
        data = {name: [] for name in columns}
        for row in rows:
            if isinstance(row, Row):
                row = row.as_dict()
            values = [row.get(name) for name in columns] if isinstance(row, dict) else list(row)
            if len(values) != len(columns):
                raise ValueError(f"a row has {len(values)} values, the table has the columns {', '.join(columns)}")
            for name, value in zip(columns, values):
                data[name].append(value)
        self._set(data, {}, False, len(rows))

    def _set(self, columns, roles, people, length=None):
        self._columns = columns
        self._roles = roles
        self._people = people
        self._length = length if length is not None else len(next(iter(columns.values()), ()))

    @classmethod
    def _of(cls, columns, roles=None, people=False, length=None):
        made = cls.__new__(cls)
        made._set(columns, roles or {}, people, length)
        return made

    # reading

    @property
    def columns(self):
        return [name for name in self._columns if name != _SIZE]

    def _unknown(self, name):
        return f"there is no column {name!r}; this table has: {', '.join(self.columns) or 'no columns'}"

    def _column(self, name):
        try:
            return self._columns[name]
        except KeyError:
            raise KeyError(self._unknown(name)) from None

    def __len__(self):
        return self._length

    def __iter__(self):
        for at in range(self._length):
            yield Row(self, at)

    def __getitem__(self, key):
        if isinstance(key, str):
            return list(self._column(key))
        if isinstance(key, slice):
            return self._take(range(self._length)[key])
        return Row(self, range(self._length)[key])

    def rows(self):
        return [row.as_dict() for row in self]

    def __repr__(self):
        return f"Table({self._length} rows: {', '.join(self.columns)})"

    # rows

    def _take(self, places):
        places = list(places)
        columns = {name: [values[at] for at in places] for name, values in self._columns.items()}
        return Table._of(columns, dict(self._roles), self._people, len(places))

    def where(self, test=None, **equals):
        """Rows for which test(row) holds, or whose columns equal the values given (a list: any of them)."""
        places = range(self._length)
        for name, wanted in equals.items():
            values = self._column(name)
            if isinstance(wanted, (list, tuple, set, frozenset)):
                wanted = set(wanted)
                places = [at for at in places if values[at] in wanted]
            else:
                places = [at for at in places if values[at] == wanted]
        if test is not None:
            places = [at for at in places if test(Row(self, at))]
        return self._take(places)

    def sort(self, *names):
        """By columns, the first first; a minus before the name turns the order round."""
        places = list(range(self._length))
        for name in reversed(names):
            down = name.startswith("-")
            values = self._column(name[1:] if down else name)
            places.sort(key=lambda at: _order(values[at]), reverse=down)
        return self._take(places)

    def head(self, count=10):
        return self._take(range(self._length)[:count])

    def top(self, count, by):
        return self.sort("-" + by).head(count)

    def distinct(self, *names):
        seen, places = set(), []
        columns = [self._column(name) for name in names or self.columns]
        for at, key in enumerate(zip(*columns)):
            if key not in seen:
                seen.add(key)
                places.append(at)
        return self._take(places)

    def __add__(self, other):
        columns = {name: values + list(other._column(name)) for name, values in self._columns.items() if name != _SIZE}
        return Table._of(columns, dict(self._roles), self._people or other._people, self._length + other._length)

    # columns

    def select(self, *names):
        kept = {name: self._column(name) for name in names}
        if _SIZE in self._columns:
            kept[_SIZE] = self._columns[_SIZE]
        return Table._of(kept, {n: r for n, r in self._roles.items() if n in kept}, self._people, self._length)

    def drop(self, *names):
        return self.select(*[name for name in self.columns if name not in names])

    def rename(self, **names):
        """rename(old="new")"""
        for name in names:
            self._column(name)
        columns = {names.get(name, name): values for name, values in self._columns.items()}
        roles = {names.get(name, name): role for name, role in self._roles.items()}
        return Table._of(columns, roles, self._people, self._length)

    def add(self, name, value):
        """One more column: a function of the row, a list, or the same value everywhere."""
        if callable(value):
            value = [value(row) for row in self]
        elif isinstance(value, (list, tuple)):
            value = list(value)
            if len(value) != self._length:
                raise ValueError(f"{len(value)} values for {self._length} rows")
        else:
            value = [value] * self._length
        roles = dict(self._roles)
        if _SIZE in self._columns:
            roles[name] = "measure"
        return Table._of({**self._columns, name: value}, roles, self._people, self._length)

    def month(self, name, into="month"):
        return self._dated(name, into, 7)

    def year(self, name, into="year"):
        return self._dated(name, into, 4)

    def _dated(self, name, into, length):
        values = [None if value is None else str(value)[:length] for value in self._column(name)]
        columns = {**self._columns, into: values}
        return Table._of(columns, dict(self._roles), self._people, self._length)

    def share(self, of="count", into="share"):
        """The part of the whole in per cent, one digit."""
        values = self._column(of)
        whole = sum(_present(values))
        parts = [None if value is None or not whole else round(100 * value / whole, 1) for value in values]
        roles = {**self._roles, into: "share" if self._roles.get(of) == "count" else "percent"}
        return Table._of({**self._columns, into: parts}, roles, self._people, self._length)

    # figures

    def count(self):
        return People(self._length) if self._people else self._length

    def sum(self, name):
        return sum(_present(self._column(name)))

    def mean(self, name):
        return _mean(self._column(name))

    def median(self, name):
        return _median(_present(self._column(name)))

    def min(self, name):
        return min(_present(self._column(name)), default=None)

    def max(self, name):
        return max(_present(self._column(name)), default=None)

    # groups

    def group(self, *names):
        for name in names:
            self._column(name)
        return Groups(self, names)

    def pivot(self, rows, columns, value=None):
        """One row for each value of `rows`, one column for each value of `columns`; counts, or sums of `value`."""
        across, cells = {}, {}
        measured = self._column(value) if value else None
        for at, key in enumerate(zip(self._column(rows), self._column(columns))):
            across[key[1]] = None
            cells[key] = cells.get(key, 0) + (1 if measured is None else measured[at] or 0)
        down = sorted({key[0] for key in cells}, key=_order)
        names = sorted(across, key=_order)
        table = {rows: down}
        roles = {}
        for name in names:
            label = "none" if name is None else str(name)
            table[label] = [cells.get((row, name), 0) for row in down]
            if self._people:
                roles[label] = "count" if measured is None else "withheld"
        return Table._of(table, roles, False, len(down))

    def join(self, other, on, how="left"):
        """Columns of `other` beside these, where `on` is equal. how: "left" keeps all rows, "inner" only pairs."""
        keys = [on] if isinstance(on, str) else list(on)
        found = {}
        for at, key in enumerate(zip(*[other._column(name) for name in keys])):
            found.setdefault(key, []).append(at)
        here, there = [], []
        for at, key in enumerate(zip(*[self._column(name) for name in keys])):
            for match in found.get(key, [None] if how == "left" else []):
                here.append(at)
                there.append(match)
        joined = self._take(here)
        columns, roles = dict(joined._columns), dict(joined._roles)
        for name in other.columns:
            if name in keys:
                continue
            label = name if name not in columns else name + "_2"
            values = other._columns[name]
            columns[label] = [None if at is None else values[at] for at in there]
            if name in other._roles:
                roles[label] = other._roles[name]
        # The smaller of both groups stands behind the joined row.
        sizes = [t._columns[_SIZE] for t in (joined,) if _SIZE in t._columns]
        if _SIZE in other._columns:
            theirs = other._columns[_SIZE]
            sizes.append([None if at is None else theirs[at] for at in there])
        if sizes:
            columns[_SIZE] = [min((s for s in both if s is not None), default=None) for both in zip(*sizes)]
        return Table._of(columns, roles, self._people or other._people, len(here))


class Groups:
    """Rows of a table by equal values of some columns."""

    def __init__(self, table, names):
        self._table = table
        self._names = names
        self._keys = list(zip(*[table._columns[name] for name in names])) if names else [()] * len(table)

    def _result(self, groups, figures, sizes, roles):
        keys = list(groups)
        columns = {name: [key[at] for key in keys] for at, name in enumerate(self._names)}
        columns.update(figures)
        if self._table._people:
            columns[_SIZE] = sizes
        else:
            roles = {}
        return Table._of(columns, roles, False, len(keys)).sort(*self._names)

    def count(self, into="count"):
        groups = {}
        for key in self._keys:
            groups[key] = groups.get(key, 0) + 1
        counts = list(groups.values())
        return self._result(groups, {into: counts}, list(counts), {into: "count"})

    def agg(self, **figures):
        """agg(total=lambda group: group.sum("amount")), for any figure of a group."""
        members = {}
        for at, key in enumerate(self._keys):
            members.setdefault(key, []).append(at)
        parts = [self._table._take(places) for places in members.values()]
        values = {name: [figure(part) for part in parts] for name, figure in figures.items()}
        roles = {name: "measure" for name in figures}
        return self._result(members, values, [len(part) for part in parts], roles)

    def _figure(self, name, how):
        values = self._table._column(name)
        members = {}
        for at, key in enumerate(self._keys):
            members.setdefault(key, []).append(values[at])
        sizes = [len(group) for group in members.values()]
        figures = [how(_present(group)) for group in members.values()]
        return self._result(members, {name: figures}, sizes, {name: "measure"})

    def sum(self, name):
        return self._figure(name, sum)

    def mean(self, name):
        return self._figure(name, _mean)

    def median(self, name):
        return self._figure(name, _median)

    def min(self, name):
        return self._figure(name, lambda values: min(values, default=None))

    def max(self, name):
        return self._figure(name, lambda values: max(values, default=None))


# -- datasets -----------------------------------------------------------------------------------------------------

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
        answer, data, people, length = _host.rows(
            {"dataset": name, "columns": wanted, "filters": asked, "personal": bool(personal), "reason": reason})
        if answer is not None:
            raise DataRefused(answer)
        return Table._of(data, {}, people, length)
    fetch.__name__ = fetch.__qualname__ = name
    return fetch


# -- outputs ------------------------------------------------------------------------------------------------------

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
    if columns is not None:
        made = made.select(*columns)
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
    for head in shape["columns"][1:]:
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


# -- surroundings -------------------------------------------------------------------------------------------------

class _Log:
    """Where print goes: beside the report, for its author."""

    encoding = "utf-8"
    errors = "replace"

    def write(self, text):
        _host.log(str(text))
        return len(text)

    def flush(self):
        pass

    def isatty(self):
        return False

    def writable(self):
        return True


def _surroundings():
    import _io
    import builtins
    import _dummy_os

    refusal = "reports have no files, network or programs; ask a dataset for the rows"

    def attribute(name):
        if name in ("_path_normpath", "__path__"):
            raise AttributeError(name)
        if name.isupper():
            return 0

        def refused(*_, **__):
            raise PermissionError(f"os.{name}: {refusal}")
        return refused

    class FileIO(_io._RawIOBase):
        def __init__(self, *_, **__):
            raise PermissionError(refusal)

    def open(*_, **__):
        raise PermissionError(f"open: {refusal}")

    _dummy_os.__getattr__ = attribute
    _dummy_os.environ = {}
    _dummy_os.name = "posix"
    _io.FileIO = FileIO
    _io.open = open
    builtins.open = open
    sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = _Log()


def _prepare(parameters, day):
    """The names a script sees."""
    names = {name: globals()[name] for name in __all__ if name not in ("param", "today")}
    names["param"] = _Parameters(parameters)
    names["today"] = date.fromisoformat(day)
    for dataset in _host.describe():
        names[dataset] = _dataset(dataset)
    names["__name__"] = "__main__"
    names["__builtins__"] = __builtins__
    return names


_surroundings()
