"""Which format a file is in: every source sniffs at a sample, the surest one reads the file."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from jianwei.common.files import InputFile, Sample
from jianwei.errors import InputError, UsageError
from jianwei.sources._base import Source

__all__ = ["SOURCES", "by_name", "detect"]

SOURCES: Mapping[str, str] = {
    "chatlab": "jianwei.sources.chatlab:ChatLabSource",
    "wechatmsg": "jianwei.sources.wechatmsg:WeChatMsgSource",
    "chatlog": "jianwei.sources.chatlog:ChatlogSource",
    "baskets": "jianwei.sources.baskets:BasketSource",
    "table": "jianwei.sources.tables:TableSource",
    "media": "jianwei.sources.media_files:MediaSource",
}
"""Name of every format → its class, loaded when it is first needed. A new format is one file and one line."""

_LEAST = 0.05  # below it a format is a guess that is not worth making


def by_name(name: str) -> Source:
    """The source of a format.

    Raises:
        UsageError: there is no format of that name.

    >>> by_name("chatlab").name
    'chatlab'
    """
    try:
        module, _, attribute = SOURCES[name].partition(":")
    except KeyError:
        raise UsageError("--format", f"there is no format {name!r}", f"use one of {', '.join(SOURCES)}") from None
    source: Source = getattr(import_module(module), attribute)()
    return source


def detect(sample: Sample, file: InputFile) -> Source:
    """The source that is surest of a sample.

    Raises:
        InputError: none knows it, or two are equally sure.
    """
    scores = [(source.sniff(sample), source) for source in map(by_name, SOURCES)]
    best = max(score for score, _ in scores)
    first, *others = [source for score, source in scores if score == best]
    if best < _LEAST:
        formats = ", ".join(SOURCES)
        raise InputError(file.name, "its format is not recognised", f"name it with --format, one of {formats}")
    if others:
        names = " or ".join(source.name for source in (first, *others))
        raise InputError(file.name, f"it may be {names}", "name the format with --format")
    return first
