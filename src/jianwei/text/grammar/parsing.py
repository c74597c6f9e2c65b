"""Grammar of texts: parts of speech and, where a parser is there, what depends on what.

The names are those of Universal Dependencies (https://universaldependencies.org): parts of speech such as NOUN and ADJ, relations such as
nsubj and amod. Two parsers satisfy the protocol: `TagParser`, which needs nothing beyond the core and knows parts of speech only, and
`spacy_parser.SpacyParser` (extra "parse") with any pipeline of spaCy's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version

import pyarrow as pa

from jianwei.common.results import Rows
from jianwei.models import ModelIdentity
from jianwei.text._base import Parser
from jianwei.text.inputs import Texts, as_strings, portions

__all__ = ["PARSED_SCHEMA", "Parsed", "TagParser", "parse"]

PARSED_SCHEMA = pa.schema(
    [
        ("row", pa.int64()),
        ("sentence", pa.int32()),
        ("token", pa.int32()),
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("text", pa.string()),
        ("pos", pa.string()),
        ("head", pa.int32()),
        ("relation", pa.string()),
    ]
)

_SENTENCE_ENDS = frozenset("。！？!?；;…\n")

# First letters of jieba's tags (those of the People's Daily corpus) → parts of speech; two letters where they differ from the first.
_POS = {
    "a": "ADJ", "ad": "ADV", "b": "ADJ", "c": "CCONJ", "d": "ADV", "e": "INTJ", "f": "NOUN", "g": "NOUN", "h": "PART", "i": "VERB",
    "j": "NOUN", "k": "PART", "l": "VERB", "m": "NUM", "n": "NOUN", "nr": "PROPN", "ns": "PROPN", "nt": "PROPN", "nz": "PROPN",
    "o": "INTJ", "p": "ADP", "q": "NOUN", "r": "PRON", "s": "NOUN", "t": "NOUN", "u": "PART", "v": "VERB", "vn": "NOUN", "y": "PART",
    "z": "ADJ", "zg": "ADV",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Parsed(Rows):
    """A row for every token that is no blank, in the order of the texts.

    * row: number of the text; sentence and token: numbers within the text; all from 0;
    * start, end: where the token stands, in characters of the text as given; text: the token;
    * pos: its part of speech (UPOS); null where the parser knows none;
    * head: number of the token that it depends on, null for the root of a sentence; relation: how, "root" for the root. Both are null
      where the parser knows no dependencies.

    Attributes:
        identity: who says so.
        dependencies: whether head and relation are known at all.
    """

    identity: ModelIdentity = field(kw_only=True)
    dependencies: bool = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class TagParser:
    """Parts of speech from the dictionary and hidden Markov model of jieba, through `rjieba`.

    It lacks dependencies (head and relation are null), sentences end at their marks, and a word has the part of speech that the dictionary
    gives it whatever stands around it: 咸 is the place of that name, 热情 a noun.
    """

    @property
    def identity(self) -> ModelIdentity:
        return ModelIdentity("rjieba-tag", version("rjieba"))

    @property
    def dependencies(self) -> bool:
        return False

    def parse(self, texts: pa.StringArray) -> pa.Table:
        """See `Parser.parse`."""
        import rjieba

        columns: dict[str, list[object]] = {name: [] for name in PARSED_SCHEMA.names}
        for row, text in enumerate(texts.to_pylist()):
            for values in _tagged(row, rjieba.tag(text or "")):
                for name, value in zip(PARSED_SCHEMA.names, values, strict=True):
                    columns[name].append(value)
        return pa.table(columns, schema=PARSED_SCHEMA)


def parse(texts: Texts, *, parser: Parser | None = None) -> Parsed:
    """Sentences, tokens, parts of speech and dependencies of many texts.

    Args:
        texts: n texts; None and "" have no tokens.
        parser: who parses; `TagParser` by default, which knows parts of speech only. `spacy_parser.load_parser()` gives one that
            knows dependencies.

    Raises:
        UsageError: one text instead of many.

    >>> [(token["text"], token["pos"]) for token in parse(["服务员很热情！"])]
    [('服务员', 'NOUN'), ('很', 'ADV'), ('热情', 'NOUN'), ('！', 'PUNCT')]
    """
    chosen = parser or TagParser()
    tables, row = [PARSED_SCHEMA.empty_table()], 0
    for portion in portions(as_strings(texts, "text.parse"), 1024):
        found = chosen.parse(portion)
        shifted = [value + row for value in found["row"].to_pylist()]
        tables.append(found.set_column(0, PARSED_SCHEMA.field(0), pa.array(shifted, pa.int64())).cast(PARSED_SCHEMA))
        row += len(portion)
    return Parsed(pa.concat_tables(tables), identity=chosen.identity, dependencies=chosen.dependencies)


def _tagged(row: int, pieces: list[tuple[str, str]]) -> Iterator[tuple[object, ...]]:
    sentence = token = at = 0
    ended = False
    for piece, tag in pieces:
        start, at = at, at + len(piece)
        if piece.strip():
            ends = piece[0] in _SENTENCE_ENDS
            if ended and not ends:
                sentence, ended = sentence + 1, False
            yield row, sentence, token, start, at, piece, _upos(piece, tag), None, None
            token += 1
            ended = ended or ends
        elif "\n" in piece and token:
            ended = True


def _upos(piece: str, tag: str) -> str:
    if tag == "eng":
        return "X"
    if tag == "x":
        return "PUNCT" if re.fullmatch(r"[^\w\s\U0001f000-\U0001faff\u2600-\u27bf]+", piece) else "SYM"
    return _POS.get(tag[:2]) or _POS.get(tag[:1], "X")
