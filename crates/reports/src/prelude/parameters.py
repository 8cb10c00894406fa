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
