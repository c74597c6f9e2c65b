"""Which column means what: by its name, checked against its values; by its values alone where the name says nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from jianwei.common.times import detect_layout
from jianwei.errors import UsageError
from jianwei.sources.mapping import Guess, Proposal, check_columns
from jianwei.sources.tables.cells import amount_of, keys, vocabulary
from jianwei.sources.tables.headers import KINDS, fields_named

__all__ = ["propose", "resolve"]

_SURE, _KEPT, _STRONG = 0.7, 0.5, 0.6


@dataclass(frozen=True, slots=True)
class _Profile:
    """What a column's values are like; shares are of the values that are given."""

    name: str
    samples: tuple[str, ...]
    rows: int
    distinct: int
    length: float
    numeric: float
    wordy: float
    layout: str | None
    words: Mapping[str, float]  # vocabulary → share of values in it


def _profile(name: str, column: pa.Array) -> _Profile:
    values = keys(column).drop_null()
    rows = len(values)
    distinct = pc.unique(values).slice(0, 200).to_pylist()
    most = max(len(distinct), 1)
    numeric = sum(amount_of(value) is not None for value in distinct) / most
    wordy = sum(any(c.isalpha() for c in value) and amount_of(value) is None for value in distinct) / most
    words = {
        kind: sum(v.lower() in vocabulary(kind) for v in distinct) / most for kind in ("behavior", "direction", "kind")
    }
    length = float(pc.mean(pc.utf8_length(values)).as_py() or 0.0) if rows else 0.0
    return _Profile(
        name=name,
        samples=tuple(distinct[:3]),
        rows=rows,
        distinct=pc.count_distinct(values).as_py(),
        length=length,
        numeric=numeric if rows else 0.0,
        wordy=wordy if rows else 0.0,
        layout=detect_layout(values.slice(0, 200)) if rows else None,
        words=words,
    )


def _fit(field: str, seen: _Profile) -> float:
    """How well the values fit a field that the name suggests, 0 to 1."""
    if not seen.rows:
        return 0.8  # nothing speaks against it
    unlike_words = seen.numeric > 0.9 or seen.layout is not None
    few = seen.distinct <= max(20, seen.rows // 5)
    match field:
        case "time":
            return 1.0 if seen.layout else 0.0
        case "text" | "description":
            return 0.0 if unlike_words else (0.7 if seen.length < 3 and few and seen.rows > 20 else 1.0)
        case "amount" | "price" | "quantity" | "rating":
            if seen.numeric >= 0.9 or "★" in "".join(seen.samples):
                return 1.0
            return 0.8 if seen.numeric >= 0.6 else 0.0
        case "seq":
            return 1.0 if seen.numeric == 1.0 else 0.0
        case "id":
            return 1.0 if seen.distinct == seen.rows else 0.0
        case "direction":
            return 1.0 if seen.words["direction"] >= 0.9 and seen.distinct <= 4 else 0.0
        case "kind":
            return 1.0 if seen.words["kind"] >= 0.5 else 0.0
        case "behavior":
            return 0.0 if seen.length > 30 or not few else 1.0 if seen.words["behavior"] >= 0.3 else 0.6
        case "label":
            return 1.0 if few else 0.0
        case "url":
            return 1.0 if any("/" in value or "." in value for value in seen.samples) else 0.0
        case "user" | "item" | "basket" | "conversation" | "category" | "gender" | "currency":
            return 1.0 if seen.length <= 60 or (field in ("user", "item") and seen.wordy < 0.5) else 0.0
        case "nickname" | "item_title":
            return 0.5 if unlike_words else 1.0
    return 1.0


def _candidates(seen: _Profile) -> dict[str, float]:
    """Fields that a column may be, each with its confidence."""
    named = {field: fit * _fit(field, seen) for field, fit in fields_named(seen.name).items()}
    if named or not seen.rows:
        return {field: value for field, value in named.items() if value > 0}
    guesses: dict[str, float] = {}
    if seen.layout:
        guesses["time"] = 0.6
    elif seen.words["behavior"] >= 0.9:
        guesses["behavior"] = 0.6
    elif seen.wordy > 0.8 and seen.length >= 5 and seen.distinct > seen.rows // 3:
        guesses["text"] = min(0.59, 0.5 + seen.length / 1_000)
    return guesses


def _by_place(
    profiles: Mapping[str, _Profile], candidates: Mapping[str, Mapping[str, float]]
) -> dict[str, dict[str, float]]:
    """Without a header keys stand before what is known by its values: the user's, the thing's, then perhaps a rating."""
    if any(name != f"column_{place}" for place, name in enumerate(profiles, 1)):
        return {}
    unknown = [name for name, found in candidates.items() if not found and profiles[name].rows]
    return {
        name: {field: 0.6}
        for field, name in zip(("user", "item", "rating"), unknown, strict=False)
        if field != "rating" or (profiles[name].numeric == 1.0 and profiles[name].distinct <= 11)
    }


def _assign(
    kind: str, candidates: Mapping[str, Mapping[str, float]], fixed: Mapping[str, str]
) -> dict[str, tuple[str, float]]:
    """Field → (column, confidence) for one kind of table: the best pairs first, each field and column once."""
    fields = KINDS[kind].fields
    order = list(candidates)
    pairs = sorted(
        (
            (confidence, field, column)
            for column, found in candidates.items()
            for field, confidence in found.items()
            if field in fields
        ),
        key=lambda pair: (-pair[0], fields.index(pair[1]), order.index(pair[2])),
    )
    chosen = {field: (column, 1.0) for field, column in fixed.items() if column}
    taken = {column for column, _ in chosen.values()}
    for confidence, field, column in pairs:
        if field not in chosen and field not in fixed and column not in taken and confidence >= _KEPT:
            chosen[field] = column, confidence
            taken.add(column)
    return chosen


def _kind_of(strong: set[str], *, catalogue: bool) -> tuple[str, bool]:
    """The kind of table for the fields that are there, and whether they leave no doubt.

    Args:
        strong: fields that some column gives.
        catalogue: whether the columns describe things.
    """
    person, thing = strong & {"user", "nickname"}, strong & {"item", "item_title"}
    money = strong & {"amount", "quantity", "price"}
    if catalogue and not strong & {"user", "behavior", "basket", "rating"}:
        return "items", True
    if "text" in strong:
        return "messages", len(money) < 2 and "behavior" not in strong
    if person and "behavior" in strong:  # before ratings: a log of what people did may hold their ratings, too
        return "events", True
    if person and thing and "rating" in strong:
        return "ratings", True
    if (person or "basket" in strong) and money:
        return "orders", bool(strong & {"time", "basket", "item", "item_title"})
    if "basket" in strong and thing:
        return "orders", True
    if person and (thing or strong & {"url", "seq"}):
        return "events", bool(thing or "url" in strong)
    profile = strong & {"gender", "region", "union_id", "tags", "subscribed", "language"}
    if (person and profile) or {"user", "nickname"} <= strong:
        return "users", True
    return "messages", False


def _is_catalogue(candidates: Mapping[str, Mapping[str, float]], fixed: Mapping[str, str]) -> bool:
    """Whether at least two columns describe things, and no column is text that could not be a description."""
    if any(found.get("text", 0) >= _STRONG and "description" not in found for found in candidates.values()):
        return False
    chosen = _assign("items", candidates, fixed)
    said = [
        field
        for field in ("item", "item_title", "description", "category")
        if chosen.get(field, ("", 0.0))[1] >= _STRONG
    ]
    return len(said) >= 2 and ("item" in said or "item_title" in said)


def _missing(kind: str, fields: Sequence[str] | Mapping[str, object]) -> list[tuple[str, ...]]:
    return [group for group in KINDS[kind].needs if not any(field in fields for field in group)]


def propose(frame: pa.Table, *, table: str | None = None, fixed: Mapping[str, str] | None = None) -> Proposal:
    """How a table with these first rows would be read.

    Args:
        frame: columns of text.
        table: the kind of table when it is known.
        fixed: fields whose columns are known; "" for a field that no column gives.

    >>> frame = pa.table({"用户": ["u1", "u2"], "评论内容": ["很好", "不行"], "评分": ["5", "1"]})
    >>> propose(frame).table, propose(frame).fields, propose(frame).sure
    ('messages', {'text': '评论内容', 'user': '用户', 'rating': '评分'}, True)
    """
    fixed = fixed or {}
    profiles = {name: _profile(name, frame.column(name).combine_chunks()) for name in frame.column_names}
    candidates = {name: _candidates(seen) for name, seen in profiles.items()}
    candidates |= _by_place(profiles, candidates)
    for field, column in fixed.items():
        if column:
            candidates[column] = {field: 1.0}
    strong = {
        field
        for found in candidates.values()
        for field, value in found.items()
        if value >= _STRONG and fixed.get(field) != ""
    }
    kind, clear = (table, True) if table else _kind_of(strong, catalogue=_is_catalogue(candidates, fixed))
    chosen = _assign(kind, candidates, fixed)
    if kind == "events" and not table and "seq" in chosen and "time" in chosen:
        del chosen["seq"]  # times order the rows already
    sure = clear and all(
        any(chosen.get(field, ("", 0.0))[1] >= _SURE for field in group) for group in KINDS[kind].needs
    )
    guesses = tuple(
        Guess(field, chosen[field][0], chosen[field][1], profiles[chosen[field][0]].samples)
        for field in KINDS[kind].fields
        if field in chosen
    )
    used = {guess.column for guess in guesses}
    unused = tuple((name, (seen.samples or ("",))[0]) for name, seen in profiles.items() if name not in used)
    return Proposal(kind, guesses, sure, unused, tuple(group[0] for group in _missing(kind, chosen)))


def resolve(frame: pa.Table, where: str, *, table: str | None, mapping: Mapping[str, str] | None) -> Proposal:
    """The proposal under what was said explicitly; that counts as sure and must be possible.

    Raises:
        UsageError: an unknown kind, field or column, or a field that the kind cannot do without is given by none.
    """
    if table is not None and table not in KINDS:
        raise UsageError("--table", f"{table!r} is not a kind of table", f"use one of {', '.join(KINDS)}")
    if not mapping:
        return propose(frame, table=table)
    known = list(KINDS[table].fields) if table else sorted({field for kind in KINDS.values() for field in kind.fields})
    check_columns(mapping, known, frame.column_names, where)
    found = propose(frame, table=table, fixed=mapping)
    missing = _missing(found.table, found.fields)
    if missing:
        group = " or ".join(missing[0])
        raise UsageError(where, f"a table of {found.table} needs {group}", f"add {missing[0][0]}=COLUMN to --map")
    return Proposal(found.table, found.guesses, True, found.unused)
