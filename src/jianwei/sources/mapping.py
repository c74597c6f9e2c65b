"""Which column of a table means what: a proposal that can be shown, the words for an explicit mapping, and the error that asks for one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from jianwei.errors import InputError, UsageError

__all__ = ["Guess", "MappingNeeded", "Proposal", "check_columns", "explain", "format_map", "parse_map"]

_ENTRY = re.compile(r'\s*(?P<field>[^=,"]+?)\s*=\s*(?:"(?P<quoted>(?:[^"]|"")*)"|(?P<plain>[^=,"]*?))\s*(?:,|$)')


@dataclass(frozen=True, slots=True)
class Guess:
    """One field of a table and the column that gives it.

    Attributes:
        field: canonical name, e.g. "text".
        column: the column's name in the file.
        confidence: 0 a mere guess, 1 certain.
        samples: a few of the column's values.
    """

    field: str
    column: str
    confidence: float
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """How a table would be read.

    Attributes:
        table: kind of table: "messages", "orders", "events", "ratings", "items" or "users".
        guesses: the fields found, the kind's most important first.
        sure: whether it may be read without asking.
        unused: the other columns as (name, sample); they are kept in `attrs`.
        missing: fields that the kind cannot do without and no column was found for.
    """

    table: str
    guesses: tuple[Guess, ...]
    sure: bool
    unused: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def fields(self) -> dict[str, str]:
        """Canonical field → column."""
        return {guess.field: guess.column for guess in self.guesses}

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns of the file: those used, then the others."""
        return (*self.fields.values(), *(name for name, _ in self.unused))


class MappingNeeded(InputError):  # noqa: N818  (it asks a question; the import room answers it and reads on)
    """The columns are not sure and no mapping was given."""

    def __init__(self, where: str, proposal: Proposal) -> None:
        self.proposal = proposal
        what = "which column means what is not certain"
        mapping = format_map({**dict.fromkeys(proposal.missing, "COLUMN"), **proposal.fields})
        super().__init__(where, what, f"say it: --table {proposal.table} --map '{mapping}'")

    def __reduce__(self) -> tuple[type[MappingNeeded], tuple[str, Proposal]]:
        return type(self), (self.where, self.proposal)


def explain(proposal: Proposal) -> tuple[tuple[str, str, str, str], ...]:
    """(field, column, how sure in per cent, a sample) for every column, the unused ones last with the field "attrs".

    >>> explain(Proposal("messages", (Guess("text", "内容", 1.0, ("很好",)),), True, (("门店", "一店"),)))
    (('text', '内容', '100 %', '很好'), ('attrs', '门店', '', '一店'))
    """
    used = tuple(
        (
            guess.field,
            guess.column,
            f"{guess.confidence:.0%}".replace("%", " %"),
            _short(guess.samples[0]) if guess.samples else "",
        )
        for guess in proposal.guesses
    )
    return used + tuple(("attrs", name, "", _short(value)) for name, value in proposal.unused)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 40 else f"{line[:39]}…"


def format_map(fields: Mapping[str, str]) -> str:
    """The text that `parse_map` reads.

    >>> format_map({"text": "内容", "user": "昵称, 备注"})
    'text=内容,user="昵称, 备注"'
    """
    return ",".join(f"{field}={_quoted(column)}" for field, column in fields.items())


def _quoted(column: str) -> str:
    if column and column == column.strip() and not any(character in column for character in ',="'):
        return column
    doubled = column.replace('"', '""')
    return f'"{doubled}"'


def parse_map(text: str) -> Mapping[str, str]:
    """Canonical field → column from "text=内容,user=昵称"; a name with a comma, an equals sign or quotes goes into double quotes.

    A field with nothing behind the equals sign (`user=`) is not to be taken from any column.

    Raises:
        UsageError: the text is not of this form, or a field is named twice.

    >>> parse_map('text=内容, user="a,b"')
    {'text': '内容', 'user': 'a,b'}
    """
    fields: dict[str, str] = {}
    position = 0
    while position < len(text):
        entry = _ENTRY.match(text, position)
        if entry is None:
            raise UsageError(
                "--map", f"{text[position:]!r} is not field=column", 'write it like text=内容,user="name, full"'
            )
        field = entry["field"]
        if field in fields:
            raise UsageError("--map", f"the field {field!r} is named twice")
        quoted = entry["quoted"]
        fields[field] = entry["plain"] if quoted is None else quoted.replace('""', '"')
        position = entry.end()
    return fields


def check_columns(fields: Mapping[str, str], known_fields: Sequence[str], columns: Sequence[str], where: str) -> None:
    """Every field and column of an explicit mapping must exist; near matches are named.

    Raises:
        UsageError: one does not.

    >>> check_columns({"text": "内客"}, ["text"], ["内容"], "a.csv")
    Traceback (most recent call last):
        ...
    jianwei.errors.UsageError: a.csv: there is no column '内客'. What to do: did you mean 内容?
    """
    for field, column in fields.items():
        for kind, name, names in (("field", field, known_fields), ("column", column, columns)):
            if name and name not in names:
                near = get_close_matches(name, names, n=3, cutoff=0.5)
                hint = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(names)}"
                raise UsageError(where, f"there is no {kind} {name!r}", hint)
