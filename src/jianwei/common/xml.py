"""XML of WeChat: messages that it pushes, and what it keeps inside exported ones. Read without trust, written without injection.

A document type or an entity is refused, and depth and number of elements are bounded. Control characters, which XML forbids and WeChat
sends all the same, are kept.
"""

from __future__ import annotations

import re
from xml.parsers import expat

__all__ = ["cdata", "legal_text", "parse_xml"]

_MOST_ELEMENTS, _MOST_DEPTH = 20_000, 64

_ILLEGAL = "".join(map(chr, (*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0xFFFE, 0xFFFF)))
_NOT_TEXT = re.compile(f"[{_ILLEGAL}\ud800-\udfff]")
_AROUND = _ILLEGAL + "\ufeff \t\r\n"

_DECLARED = re.compile(rb"""<\?xml[^>]*?\bencoding\s*=\s*["']([\w.-]{1,40})["']""")
_CODECS = {b"gb2312": "gb18030", b"gbk": "gb18030", b"gb18030": "gb18030", b"big5": "big5", b"iso-8859-1": "latin-1"}


class _RefusedError(Exception):
    """The XML has something that no message of WeChat has."""


def parse_xml(source: str | bytes, *, keep_blanks: bool = False) -> dict[str, object] | None:
    """A small XML document as nested dicts; None when it is not one or not harmless.

    An element is {"@attribute": value, "child": text | dict | list of them, "#": own text}, one without attributes and children is
    its text. Document types, entities, more than 64 levels or 20,000 elements are refused. How long `source` may be is for the caller
    to say. Line ends become "\\n", as XML wants it; other control characters stay what they are.

    Args:
        source: text, or bytes in UTF-8, UTF-16 with its mark, or the encoding that they declare; damaged bytes become U+FFFD.
        keep_blanks: keep blanks around the text of elements that have nothing but text.

    >>> parse_xml('<msg><a b="1">x</a><c/><c>y</c></msg>')
    {'a': {'@b': '1', '#': 'x'}, 'c': ['', 'y']}
    >>> parse_xml(b"<msg><a>\\x01 ok </a></msg>", keep_blanks=True)
    {'a': '\\x01 ok '}
    >>> parse_xml('<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>') is None
    True
    """
    declared = isinstance(source, bytes) and source.startswith(b"<?")
    try:
        return _parse(_decoded(source) if declared else source, keep_blanks, None)
    except _RefusedError:
        return None
    except (expat.ExpatError, ValueError):
        pass  # another encoding, control characters, or no XML at all
    text, back = _without_illegal(_decoded(source).strip(_AROUND))
    try:
        return _parse(text, keep_blanks, back)
    except (expat.ExpatError, _RefusedError, ValueError):
        return None


def _parse(source: str | bytes, keep_blanks: bool, back: dict[int, int] | None) -> dict[str, object]:
    root: dict[str, object] = {}
    path: list[dict[str, object]] = [root]
    words: list[str] = [""]
    elements = 0

    def refuse(*_: object) -> None:
        raise _RefusedError

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal elements
        elements += 1
        if elements > _MOST_ELEMENTS or len(path) > _MOST_DEPTH:
            raise _RefusedError
        path.append({f"@{key}": read(value) for key, value in attributes.items()} if attributes else {})
        words.append("")

    def end(name: str) -> None:
        node, own = path.pop(), words.pop()
        value: object = own if keep_blanks else own.strip()
        if node:
            if own and (own := own.strip()):
                node["#"] = own
            value = node
        parent = path[-1]
        if name not in parent:
            parent[name] = value
        elif isinstance(held := parent[name], list):
            held.append(value)
        else:
            parent[name] = [held, value]

    def text_part(data: str) -> None:
        words[-1] += read(data)

    def read(data: str) -> str:
        return data.translate(back) if back else data

    # The encoding given here overrides a declared one, whose codec Python would look up by a name that strangers wrote.
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text_part
    parser.Parse(source, True)
    (value,) = root.values()
    return value if isinstance(value, dict) else {"#": value}


def _decoded(source: str | bytes) -> str:
    """The text of a document; damaged bytes become U+FFFD."""
    if isinstance(source, str):
        return source
    if source.startswith((b"\xff\xfe", b"\xfe\xff")):
        return source.decode("utf-16", "replace")
    declared = _DECLARED.search(source[:200])
    codec = _CODECS.get(declared[1].lower(), "utf-8") if declared else "utf-8"
    return source.decode(codec, "replace")


def _without_illegal(text: str) -> tuple[str, dict[int, int] | None]:
    """`text` with stand-ins for what XML forbids, and the way back: private characters that it does not have itself."""
    if not _NOT_TEXT.search(text):
        return text, None
    used = {ord(character) >> 8 for character in set(text)}
    page = next((page for page in range(0xF00, 0x10FF) if page not in used), None)
    if page is None:
        return legal_text(text), None
    there = {ord(character): (page << 8) + place for place, character in enumerate(_ILLEGAL)}
    return text.translate(there), {private: illegal for illegal, private in there.items()}


def legal_text(text: str) -> str:
    """`text` without the characters that XML forbids.

    >>> legal_text("a\\x00b\\tc")
    'ab\\tc'
    """
    return _NOT_TEXT.sub("", text) if _NOT_TEXT.search(text) else text


def cdata(text: str, *, keep_illegal: bool = False) -> str:
    """`text` as character data that cannot end early, with carriage returns that survive parsing.

    Args:
        keep_illegal: keep the characters that XML forbids, as WeChat does in what it pushes; else they are dropped.

    >>> cdata("a]]><b/>")
    '<![CDATA[a]]]]><![CDATA[><b/>]]>'
    """
    text = text if keep_illegal else legal_text(text)
    if "]]>" in text:
        text = text.replace("]]>", "]]]]><![CDATA[>")
    if "\r" in text:
        text = text.replace("\r", "]]>&#13;<![CDATA[")
    return f"<![CDATA[{text}]]>"
