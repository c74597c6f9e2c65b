"""A parser made of a pipeline of spaCy's: an installed one (zh_core_web_sm …), or one in a folder.

spaCy runs code that a pipeline's configuration names: load only pipelines you trust. Its Chinese pipelines (trained on OntoNotes 5 in
Stanford dependencies) name a few relations otherwise than Universal Dependencies 2 does; they are renamed here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa

from jianwei.errors import MissingExtraError, ModelNotFoundError
from jianwei.models import ModelIdentity
from jianwei.text.grammar.parsing import PARSED_SCHEMA

__all__ = ["SpacyParser", "load_parser"]

_WHERE = "text parse"
_HINT = "python -m spacy download zh_core_web_sm, or name the folder of a pipeline"

# Stanford dependencies as spaCy's Chinese pipelines write them → Universal Dependencies 2.
_RELATIONS = {
    "ROOT": "root", "dobj": "obj", "pobj": "obl", "nsubjpass": "nsubj:pass", "auxpass": "aux:pass", "neg": "advmod", "name": "flat:name",
    "mark:clf": "clf", "compound:nn": "compound", "etc": "discourse", "amod:ordmod": "amod", "nmod:assmod": "nmod",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class SpacyParser:
    """A loaded pipeline.

    Attributes:
        pipeline: `spacy.Language`.
        identity: language, name and version of the pipeline as its own description gives them.
        dependencies: whether it has a trained parser of dependencies.
    """

    pipeline: Any
    identity: ModelIdentity
    dependencies: bool

    def parse(self, texts: pa.StringArray) -> pa.Table:
        """See `Parser.parse`."""
        columns: dict[str, list[object]] = {name: [] for name in PARSED_SCHEMA.names}
        for row, document in enumerate(self.pipeline.pipe((text or "" for text in texts.to_pylist()), batch_size=256)):
            for values in self._tokens(row, document):
                for name, value in zip(PARSED_SCHEMA.names, values, strict=True):
                    columns[name].append(value)
        return pa.table(columns, schema=PARSED_SCHEMA)

    def _tokens(self, row: int, document: Any) -> Iterator[tuple[object, ...]]:
        kept = [token for token in document if not token.is_space]
        number = {token.i: at for at, token in enumerate(kept)}
        sentence = -1
        for at, token in enumerate(kept):
            sentence += at == 0 or bool(token.is_sent_start)
            head, relation = None, None
            if self.dependencies and token.dep_:
                relation = _RELATIONS.get(token.dep_, token.dep_)
                head = None if token.head.i == token.i else number.get(token.head.i)
            end = token.idx + len(token.text)
            yield row, sentence, at, token.idx, end, token.text, token.pos_ or None, head, relation


def load_parser(source: str | os.PathLike[str] | None = None) -> SpacyParser:
    """A parser by the name of an installed pipeline, by its folder, or the first Chinese one that is installed.

    Raises:
        MissingExtraError: the extra "parse" is not installed.
        ModelNotFoundError: there is no such pipeline, or it cannot be loaded.
    """
    if find_spec("spacy") is None:
        raise MissingExtraError.named(_WHERE, "parse")
    import spacy

    chosen = os.fspath(source) if source is not None else _installed(spacy.util.get_installed_models())
    try:
        pipeline = spacy.load(Path(chosen) if Path(chosen).is_dir() else chosen)
    except (OSError, ValueError, ImportError, KeyError, TypeError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelNotFoundError(chosen, f"this is no pipeline that spaCy can load ({first})", _HINT) from None
    about = pipeline.meta
    identity = ModelIdentity(f"{about['lang']}_{about['name']}", str(about["version"]))
    return SpacyParser(pipeline, identity, dependencies=pipeline.has_pipe("parser"))


def _installed(names: list[str]) -> str:
    chinese = sorted(name for name in names if name.startswith("zh_"))
    if not chinese:
        raise ModelNotFoundError(_WHERE, "no Chinese pipeline of spaCy is installed", _HINT)
    return chinese[0]
