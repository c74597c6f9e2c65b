"""The words for reasons and notes, in the reader's language: every door says the same."""

from __future__ import annotations

from collections.abc import Mapping

from jianwei.common.i18n import Catalog
from jianwei.common.results import Reason

__all__ = ["note_text", "reason_text"]


def reason_text(words: Catalog, reason: Reason) -> str:
    """Why something is recommended, in one sentence.

    >>> from jianwei.common.i18n import catalog
    >>> figures = {"items": ["tea", "cup"], "rows": 212, "both": 81, "confidence": 0.382, "usual": 0.093, "lift": 4.1}
    >>> reason_text(catalog("en"), Reason("bought_together", figures))
    'who bought tea and cup bought this too: 38 % of 212 orders, 4.1× the usual'
    """
    return _text(words, "reason", reason)


def note_text(words: Catalog, note: Reason) -> str:
    """What holds for all recommendations of one answer, in one sentence."""
    return _text(words, "note", note)


def _text(words: Catalog, part: str, reason: Reason) -> str:
    values = dict(reason.values)
    code = reason.code
    for name in ("did", "what"):
        if name in values:
            key = f"recommend.{name}.{values[name]}"
            values[name] = words.text(key if words.has(key) else f"recommend.{name}.other")
    if "who" in values:
        values["who"] = words.text(f"recommend.who.{values['who']}")
    if isinstance(items := values.get("items"), list | tuple):
        values["items"] = _joined(words, [words.text("recommend.list.item", item=item) for item in items])
    shown = {name: _figure(name, value) for name, value in values.items()}
    return words.text(f"recommend.{part}.{code}", **shown)


def _joined(words: Catalog, items: list[str]) -> str:
    """Names as a list in the way of the language.

    >>> from jianwei.common.i18n import catalog
    >>> _joined(catalog("en"), ["tea", "cup", "pot"])
    'tea, cup and pot'
    """
    if len(items) < 2:
        return "".join(items)
    head = words.text("recommend.list.comma").join(items[:-1])
    return words.text("recommend.list.last", head=head, last=items[-1])


_SHARES: Mapping[str, str] = {"confidence": "", "share": "", "usual": ""}


def _figure(name: str, value: object) -> object:
    """Shares as per cent, factors with two digits, counts with separators."""
    if name in _SHARES and isinstance(value, int | float):
        return _percent(float(value))
    if isinstance(value, float):
        return f"{value:.2g}" if value < 10 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value


def _percent(share: float) -> str:
    """A share in per cent, as exact as it is worth.

    >>> _percent(0.382), _percent(0.0042), _percent(1.0)
    ('38', '0.42', '100')
    """
    return f"{100 * share:.2g}" if share < 0.1 else f"{100 * share:.0f}"
