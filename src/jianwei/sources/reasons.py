"""Words for the codes that inputs and rows are rejected with."""

from __future__ import annotations

from jianwei.common.i18n import Catalog

__all__ = ["reason_text"]


def reason_text(words: Catalog, code: str) -> str:
    """The sentence for a reject code, from whichever room gave it; text that is no code (an error's own words) stays as it is.

    >>> reason_text(Catalog("en", {"reject.bad_time": "the time cannot be read"}), "bad_time")
    'the time cannot be read'
    """
    for room in ("reject", "reject_chat", "reject_media", "files"):
        if words.has(f"{room}.{code}"):
            return words.text(f"{room}.{code}")
    return code
