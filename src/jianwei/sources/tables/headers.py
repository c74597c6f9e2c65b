"""What columns are called, in Chinese and English (`headers.toml`), and what each kind of table is made of."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

__all__ = ["KINDS", "Kind", "fields_named", "squeeze"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of table.

    Attributes:
        fields: canonical fields it can have, the most important first.
        needs: groups of fields; of each group at least one must be there.
    """

    fields: tuple[str, ...]
    needs: tuple[tuple[str, ...], ...]


_PERSON = ("user", "nickname")
_THING = ("item", "item_title", "category", "url")

_PURCHASE = ("quantity", "amount", "price", "currency")

KINDS: Mapping[str, Kind] = {
    "messages": Kind(
        ("text", *_PERSON, "time", "conversation", "conversation_title", *_THING, "direction", "kind", "id", "rating", "label", "seq"),
        (("text",),),
    ),
    "orders": Kind(
        (*_PERSON, "time", "basket", *_THING, *_PURCHASE, "behavior", "id", "seq"),
        (("user", "nickname", "basket"), ("amount", "quantity", "price", "item", "item_title")),
    ),
    "events": Kind(
        (*_PERSON, "behavior", "time", *_THING, "basket", *_PURCHASE, "rating", "id", "seq"),
        (("user", "nickname"), ("item", "item_title", "behavior", "url")),
    ),
    "ratings": Kind(
        (*_PERSON, "item", "item_title", "rating", "time", "category", "id", "seq"),
        (("user", "nickname"), ("item", "item_title"), ("rating",)),
    ),
    "items": Kind(("item", "item_title", "description", "category", "url", "time"), (("item", "item_title"),)),
    "users": Kind(
        ("user", "nickname", "union_id", "gender", "region", "language", "tags", "subscribed", "time"),
        (("user", "nickname"),),
    ),
}  # fmt: skip
"""Kinds of tables by name. Comments, reviews and posts are messages; a shop's order lines are orders."""

# Endings that say nothing of what a column is; tried only when the whole name is unknown.
_TRIMMED = re.compile(r"^(the|our|微信|用户的|商品的)|(value|field|col|column|字段|列|_?\d+)$")


def squeeze(name: str) -> str:
    """A column name without case, blanks, brackets and punctuation.

    >>> squeeze("User_ID"), squeeze("金额(元)"), squeeze("reviews.text")
    ('userid', '金额', 'reviewstext')
    """
    bare = re.sub(r"[(（\[【].*?[)）\]】]", "", name) or name
    return re.sub(r"[\W_]+", "", bare).lower()


@cache
def _index() -> Mapping[str, tuple[tuple[str, float], ...]]:
    found: dict[str, list[tuple[str, float]]] = {}
    names_of = tomllib.loads(files(__package__).joinpath("headers.toml").read_text("utf-8"))
    for field, names in names_of.items():
        words = names.split()
        for rank, word in enumerate(words):
            found.setdefault(word, []).append((field, 1.0 - 0.15 * rank / len(words)))
    return {word: tuple(fields) for word, fields in found.items()}


@cache
def fields_named(name: str) -> Mapping[str, float]:
    """The fields that a column of this name may be, each with how well the name fits (0 to 1).

    >>> max(fields_named("用户ID").items(), key=lambda item: item[1])[0], fields_named("foo")
    ('user', {})
    """
    known = _index()
    bare = squeeze(name)
    if bare in known:
        return dict(known[bare])
    trimmed = _TRIMMED.sub("", bare)
    if trimmed in known:
        return {field: 0.8 * fit for field, fit in known[trimmed]}
    # "订单创建日期" ends with 日期, "buyer_user_id" with userid: the end of a name says what it is.
    fits: dict[str, float] = {}
    for size in range(len(bare) - 1, 1, -1):
        tail = bare[-size:]
        if tail in known and (size >= 4 or not tail.isascii()):
            for field, fit in known[tail]:
                fits.setdefault(field, 0.7 * fit)
            break
    return fits
