"""Words that archived messages repeat: quotes and merged forwards. Whoever said them may have refused the archive."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, replace

from jianwei.sources._archive_kinds import Said, said
from jianwei.sources.archive import ArchivedMessage

__all__ = ["Heard", "Secondhand", "forwarded", "heard"]

Heard = tuple[int, str]
"""Words that may be kept: the second in which they were said, and the text."""


def heard(messages: Iterable[ArchivedMessage]) -> set[Heard]:
    """The words of these messages themselves."""
    texts = ((one.ts_us // 1_000_000, said(one.msgtype, one.body).text) for one in messages)
    return {(second, text) for second, text in texts if text}


def forwarded(messages: Iterable[ArchivedMessage]) -> set[str]:
    """Texts that are forwarded in these messages."""
    return {text for one in messages for text in _texts(said(one.msgtype, one.body).records)}


def _texts(records: Iterable[Said]) -> Iterator[str]:
    for one in records:
        if one.text:
            yield one.text
        yield from _texts(one.records)


@dataclass(slots=True)
class Secondhand:
    """Leaves out of messages what others may have said without having agreed. Satisfies `sources.archive.Withhold`.

    A quote comes from the conversation in which it stands, and stays where all contacts there agreed. A forward comes from anywhere and
    does not say who spoke: only words stay that are known from a message which may be kept itself.

    Attributes:
        quotable: whether all contacts in a message's conversation agreed.
        known: words that may be kept.
        left: how many quotes and forwarded messages were left out.
    """

    quotable: Callable[[ArchivedMessage], bool]
    known: Container[Heard]
    left: int = 0

    def __call__(self, message: ArchivedMessage, content: Said) -> Said:
        quote = content.quote
        if quote and not self.quotable(message):
            self.left += 1
            quote = ""
        return replace(content, quote=quote, records=tuple(self._kept(content.records)))

    def _kept(self, records: Iterable[Said]) -> Iterator[Said]:
        for one in records:
            inner = tuple(self._kept(one.records))
            if inner or (one.ts_us is not None and one.text and (one.ts_us // 1_000_000, one.text) in self.known):
                yield replace(one, quote="", records=inner)
            elif not one.records:
                self.left += 1
