"""Tables and their verbs. Runs in the same names as parameters.py."""

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

    def _counts(self):
        return "count" in self._roles.values()

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
        elif self._counts():
            # Computed from counts, for all we know: goes with them when they are withheld.
            roles[name] = "figure"
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
        figure = sum(_present(self._column(name)))
        return People(figure) if self._roles.get(name) == "count" else figure

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
            elif value is not None and self._roles.get(value) == "count":
                roles[label] = "count"
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
        elif self._table._counts():
            # Whole numbers made from counts of people are such counts again; whatever else goes with them.
            for name in figures:
                whole = all(type(value) in (int, People) for value in figures[name])
                roles[name] = "count" if whole else "figure"
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
