"""The text stage: words, keywords and sentiment of everything that was said."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.models import locate
from jianwei.records import TABLES, conform
from jianwei.text import polarity, terms
from jianwei.text._base import SentimentModel
from jianwei.text.words import IDENTITY, tokenize_array, words

__all__ = ["TextStage"]

KEYWORDS = 5
_CARRIED = ("account", "ts_us", "seq", "record_id", "user_id")
_THOUSANDTHS = pa.array([str(i / 1000) for i in range(1001)], pa.string())


@dataclass(frozen=True, slots=True)
class TextStage:
    """Two annotations for every record with a text.

    * task "words": `text` the words (no punctuation, addresses, @names) with a blank between, `value` a JSON list of up to 5 keywords;
    * task "sentiment": `label`, its probability as `score`, `value` the JSON list [negative, neutral, positive] to 3 digits.

    Args:
        models: folder with a sentiment model of one's own, or None.
    """

    models: Path | None = None
    name: ClassVar[str] = "text"
    tasks: ClassVar[tuple[str, ...]] = ("words", "sentiment")

    def identities(self) -> Mapping[str, tuple[str, str]]:
        """The tokenizer with its revision and that of the keywords; the sentiment model with 16 hex digits of its sha256.

        Raises:
            ModelNotFoundError: the sentiment model is nowhere, or damaged.
        """
        chosen = locate(polarity.ENTRY, path=self.models).identity
        return {
            "words": (IDENTITY.name, f"{IDENTITY.version}.{terms.REVISION}"),
            "sentiment": (chosen.name, chosen.version),
        }

    def open(self) -> Callable[[pa.RecordBatch], pa.RecordBatch]:
        """Load tokenizer and model; return the function from records (with a column `text`) to annotations.

        Raises:
            ModelNotFoundError, InputError: the sentiment model is nowhere, damaged, or something else.
        """
        tokenize_array(pa.array(["热身"]))
        return partial(_annotate, self.identities(), polarity.default_model(self.models))


_Identities = Mapping[str, tuple[str, str]]


def _annotate(identities: _Identities, model: SentimentModel, batch: pa.RecordBatch) -> pa.RecordBatch:
    """Annotations of a batch; when it fails, of its halves, so that in the end only the text at fault stands as an error."""
    try:
        return _answers(identities, model, batch)
    except Exception as error:
        if batch.num_rows == 1:
            reason = pa.array([json.dumps({"error": f"{type(error).__name__}: {error}"[:500]})])
            return _one_batch([_rows(batch, task, identities[task], "error", {"value": reason}) for task in identities])
        middle = batch.num_rows // 2
        halves = [_annotate(identities, model, part) for part in (batch.slice(0, middle), batch.slice(middle))]
        return _one_batch([pa.Table.from_batches([half]) for half in halves])


def _answers(identities: _Identities, model: SentimentModel, batch: pa.RecordBatch) -> pa.RecordBatch:
    texts = batch.column("text")
    tokens = tokenize_array(texts)
    said = {
        "text": pc.binary_join(words(tokens).cast(pa.list_(pa.string())), " "),
        "value": _json_lists(terms.keywords_array(tokens, KEYWORDS)),
    }
    chances = model.probabilities(texts, tokens)
    thousandths = np.rint(chances * 1000).astype(np.int16)
    columns = [_THOUSANDTHS.take(pa.array(column)) for column in thousandths.T]
    felt = {
        "label": pa.array(model.classes, pa.string()).take(pa.array(chances.argmax(axis=1))),
        "score": pa.array(chances.max(axis=1)),
        "value": pc.binary_join_element_wise("[", pc.binary_join_element_wise(*columns, ", "), "]", ""),
    }
    return _one_batch(
        [
            _rows(batch, "words", identities["words"], "ok", said),
            _rows(batch, "sentiment", identities["sentiment"], "ok", felt),
        ]
    )


def _json_lists(lists: pa.ListArray) -> pa.StringArray:
    """Lists of words as JSON; words hold no control characters, so quotes and backslashes are all there is to escape."""
    found = lists.values
    quoted = pc.replace_substring_regex(found.dictionary, r'(["\\])', r"\\\1")
    quoted = pc.binary_join_element_wise('"', quoted, '"', "").take(found.indices)
    return pc.binary_join_element_wise(
        "[", pc.binary_join(pa.ListArray.from_arrays(lists.offsets, quoted), ", "), "]", ""
    )


def _rows(
    batch: pa.RecordBatch, task: str, identity: tuple[str, str], status: str, answer: Mapping[str, pa.Array]
) -> pa.Table:
    model, version = identity
    rows = batch.num_rows
    same = {"task": task, "stage": TextStage.name, "model": model, "version": version, "status": status}
    columns = {name: batch.column(name) for name in _CARRIED}
    columns |= {name: pa.repeat(pa.scalar(value), rows) for name, value in same.items()}
    columns["part"] = pa.repeat(pa.scalar(0, pa.int32()), rows)
    return conform("annotations", {**columns, **answer}, rows)


def _one_batch(tables: list[pa.Table]) -> pa.RecordBatch:
    joined = pa.concat_tables(tables).combine_chunks()
    batches = joined.to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], TABLES["annotations"].schema)
