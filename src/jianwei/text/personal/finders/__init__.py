"""What each kind of entity looks like: one file a family, each a tuple of finders over folded text."""

from __future__ import annotations

from jianwei.text.personal.finders import addresses, amounts, contacts, numbers, orders
from jianwei.text.personal.finders.folding import Finder, Hit, fold

__all__ = ["FINDERS", "Finder", "Hit", "fold"]

FINDERS: tuple[Finder, ...] = (
    *contacts.FINDERS[:2],
    *orders.FINDERS,
    *numbers.FINDERS,
    *contacts.FINDERS[2:],
    *addresses.FINDERS,
    *amounts.FINDERS,
)
"""In the order in which they may claim their places: what one has found no later one sees."""
