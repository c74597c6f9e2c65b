"""The text stage: what everything that was said means."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jianwei.enrich._base import Pace, Reading
from jianwei.enrich.answers import CARRIED, one_batch
from jianwei.models import ModelIdentity, locate
from jianwei.records import conform
from jianwei.text import moderation
from jianwei.text._base import Classifier
from jianwei.text.builtin import entry_of, load_builtin
from jianwei.text.cutting.words import IDENTITY, tokenize_array, words
from jianwei.text.opinion.judging import IDENTITY as ASPECTS
from jianwei.text.opinion.judging import aspects
from jianwei.text.salience import terms
from jianwei.text.scores import SentimentScores

__all__ = ["TextStage"]

KEYWORDS = 5
QUESTIONS = {"emotion": ("emotion", "neutral"), "topic": ("service", "other")}
"""Task → the packaged model that answers it, and the answer that goes without saying."""
_THOUSANDTHS = pa.array([str(i / 1000) for i in range(1001)], pa.string())


@dataclass(frozen=True, slots=True)
class TextStage:
    """Annotations of every record with a text. Two are always there:

    * task "words": `text` the words (no punctuation, addresses, @names) with a blank between, `value` a JSON list of up to 5 keywords;
    * task "sentiment": `label`, its probability as `score`, `value` the JSON list [negative, neutral, positive] to 3 digits.

    The others only where there is something to say:

    * task "emotion": `label` one of angry, fear, happy, sad, surprise, where it is likelier than not, and its probability; a record without
      one counts as neutral;
    * task "topic": what a customer wants (shipping, refund, …), one part a topic; a record without one is of none of them;
    * task "aspect": what is praised or blamed, one part an aspect: `label` the aspect, `text` the clause, `score` the probability of the
      sentiment in `value`, {"sentiment": …};
    * task "moderation": `label` advertising, fraud or abuse, `value` the reasons; a record without one is fine.

    Args:
        models: folder with models of one's own, or None.
        heard: (task, model, version) of those whose words of voices and pictures are texts here, if there are any.
    """

    models: Path | None = None
    heard: tuple[tuple[str, str, str], ...] = ()
    name: ClassVar[str] = "text"
    reads: ClassVar[Reading] = "said"
    pace: ClassVar[Pace] = Pace()
    tasks: ClassVar[tuple[str, ...]] = ("words", "sentiment", "emotion", "topic", "aspect", "moderation")
    always: ClassVar[tuple[str, ...]] = ("words", "sentiment")

    def identities(self) -> Mapping[str, tuple[str, str]]:
        """Who answers each task. Every version ends in a mark of all models together and of those who hear and read: a new one anywhere
        answers everything anew, under versions of its own, so that no record has two answers of one version, and none about words that
        do not count any more.

        Raises:
            ModelNotFoundError: a model is nowhere, or damaged.
        """
        files = {"sentiment": "sentiment", **{task: model for task, (model, _) in QUESTIONS.items()}}
        found = {task: locate(entry_of(model), path=self.models).identity for task, model in files.items()}
        found["moderation"] = locate(moderation.ENTRY, path=self.models).identity
        found["aspect"] = ASPECTS
        found["words"] = ModelIdentity(IDENTITY.name, f"{IDENTITY.version}.{terms.REVISION}")
        answering = sorted((task, own.name, own.version) for task, own in found.items())
        mark = sha256(repr([*answering, *self.heard]).encode()).hexdigest()[:8]
        return {task: (found[task].name, f"{found[task].version}.{mark}") for task in self.tasks}

    def open(self) -> Callable[[pa.RecordBatch], pa.RecordBatch]:
        """Load tokenizer and models; return the function from records (with a column `text`) to annotations.

        Raises:
            ModelNotFoundError, InputError: a model is nowhere, damaged, or something else.
        """
        tokenize_array(pa.array(["热身"]))
        return _Reader(
            self.identities(),
            load_builtin("sentiment", self.models),
            {task: load_builtin(model, self.models) for task, (model, _) in QUESTIONS.items()},
            moderation.default_moderator(self.models),
        ).annotate


@dataclass(frozen=True, slots=True)
class _Reader:
    """The models of one process."""

    identities: Mapping[str, tuple[str, str]]
    sentiment: Classifier
    questions: Mapping[str, Classifier]
    moderator: moderation.Moderator

    def annotate(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Annotations of a batch; when it fails, of its halves, so that in the end only the text at fault stands as an error."""
        try:
            return one_batch(list(self._answers(batch)))
        except Exception as error:
            if batch.num_rows == 1:
                reason = pa.array([json.dumps({"error": f"{type(error).__name__}: {error}"[:500]})])
                return one_batch(
                    [self._rows(batch, task, {"value": reason}, status="error") for task in TextStage.always]
                )
            middle = batch.num_rows // 2
            halves = [self.annotate(part) for part in (batch.slice(0, middle), batch.slice(middle))]
            return one_batch([pa.Table.from_batches([half]) for half in halves])

    def _answers(self, batch: pa.RecordBatch) -> Iterator[pa.Table]:
        texts = batch.column("text")
        tokens = tokenize_array(texts)
        said = {
            "text": pc.binary_join(words(tokens).cast(pa.list_(pa.string())), " "),
            "value": _json_lists(terms.keywords_array(tokens, KEYWORDS)),
        }
        yield self._rows(batch, "words", said)
        chances = self.sentiment.probabilities(texts)
        felt = SentimentScores(chances, self.sentiment.identity)
        thousandths = np.rint(chances * 1000).astype(np.int16)
        columns = [_THOUSANDTHS.take(pa.array(column)) for column in thousandths.T]
        yield self._rows(
            batch,
            "sentiment",
            {
                "label": pa.array(felt.classes, pa.string()).take(pa.array(chances.argmax(axis=1))),
                "score": pa.array(felt.score),
                "value": pc.binary_join_element_wise("[", pc.binary_join_element_wise(*columns, ", "), "]", ""),
            },
        )
        for task, model in self.questions.items():
            yield self._classes(batch, task, model)
        yield self._aspects(batch, chances)
        yield self._flags(batch)

    def _classes(self, batch: pa.RecordBatch, task: str, model: Classifier) -> pa.Table:
        """One part for every class that is likelier than not."""
        chances = model.probabilities(batch.column("text"))
        holds = chances > 0.5
        holds[:, model.classes.index(QUESTIONS[task][1])] = False
        rows, codes = np.nonzero(holds)
        answer = {
            "label": pa.array(model.classes, pa.string()).take(pa.array(codes)),
            "score": pa.array(chances[rows, codes]),
        }
        return self._rows(batch.take(pa.array(rows)), task, answer, parts=_numbered(rows))

    def _aspects(self, batch: pa.RecordBatch, chances: NDArray[np.float32]) -> pa.Table:
        found = aspects(batch.column("text"), whole=chances).rows
        rows = found["row"].to_numpy()
        answer = {
            "label": found["aspect"].combine_chunks(),
            "score": found["score"].combine_chunks(),
            "text": found["text"].combine_chunks(),
            "value": pc.binary_join_element_wise('{"sentiment": "', found["sentiment"].combine_chunks(), '"}', ""),
        }
        return self._rows(batch.take(pa.array(rows)), "aspect", answer, parts=_numbered(rows))

    def _flags(self, batch: pa.RecordBatch) -> pa.Table:
        found = moderation.judge(batch.column("text"), self.moderator).rows
        found = found.filter(pc.not_equal(found["label"], "normal"))
        rows = found["row"].to_numpy()
        answer = {
            "label": found["label"].combine_chunks(),
            "score": found["score"].combine_chunks(),
            "value": pa.array([json.dumps(reasons) for reasons in found["reasons"].to_pylist()], pa.string()),
        }
        return self._rows(batch.take(pa.array(rows)), "moderation", answer, parts=_numbered(rows))

    def _rows(
        self,
        batch: pa.RecordBatch,
        task: str,
        answer: Mapping[str, pa.Array],
        *,
        status: str = "ok",
        parts: NDArray[np.int32] | None = None,
    ) -> pa.Table:
        model, version = self.identities[task]
        rows = batch.num_rows
        same = {"task": task, "stage": TextStage.name, "model": model, "version": version, "status": status}
        columns = {name: batch.column(name) for name in CARRIED}
        columns |= {name: pa.repeat(pa.scalar(value), rows) for name, value in same.items()}
        columns["part"] = pa.array(np.zeros(rows, np.int32) if parts is None else parts, pa.int32())
        return conform("annotations", {**columns, **answer}, rows)


def _numbered(rows: NDArray[np.int64]) -> NDArray[np.int32]:
    """0, 1, 2 … within every run of the same row."""
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    return (np.arange(len(rows)) - np.repeat(starts, np.diff(np.append(starts, len(rows))))).astype(np.int32)


def _json_lists(lists: pa.ListArray) -> pa.StringArray:
    """Lists of words as JSON; words hold no control characters, so quotes and backslashes are all there is to escape."""
    found = lists.values
    quoted = pc.replace_substring_regex(found.dictionary, r'(["\\])', r"\\\1")
    quoted = pc.binary_join_element_wise('"', quoted, '"', "").take(found.indices)
    return pc.binary_join_element_wise(
        "[", pc.binary_join(pa.ListArray.from_arrays(lists.offsets, quoted), ", "), "]", ""
    )
