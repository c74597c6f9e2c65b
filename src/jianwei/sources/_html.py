"""The words in HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser

__all__ = ["words_in"]

_BLOCKS = frozenset(
    "address article blockquote dd div dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre section table td th tr ul".split()  # noqa: SIM905
)
_SILENT = frozenset(("script", "style", "template", "noscript"))
_BLANKS, _LINES = re.compile(r"[^\S\n]+"), re.compile(r" ?\n[ \n]*")


class _Words(HTMLParser):
    """Text with the names of little pictures in place of them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br" or tag in _BLOCKS:
            self.parts.append("\n")
        elif tag == "img":
            self.parts.append(dict(attrs).get("alt") or "")
        elif tag in _SILENT:
            self._silent += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n")
        elif tag in _SILENT:
            self._silent = max(0, self._silent - 1)


def words_in(html: str) -> str:
    """The words of a piece of HTML: blocks and breaks become line ends, pictures their names, blanks one blank.

    >>> words_in('<p>好<span><img alt="[doge]" src="x"></span>&amp;</p><p>谢<br/>谢</p><script>x()</script>')
    '好[doge]&\\n谢\\n谢'
    """
    if "<" not in html and "&" not in html:
        return html.strip()
    words = _Words()
    words.feed(html)
    words.close()
    return _LINES.sub("\n", _BLANKS.sub(" ", "".join(words.parts))).strip()
