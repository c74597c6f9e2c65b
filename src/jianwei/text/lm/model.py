"""The language model: Kneser–Ney over characters, trained in seconds on a corpus of one's own."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.common.progress import Progress, SilentProgress
from jianwei.errors import UsageError
from jianwei.models import ModelIdentity
from jianwei.text.inputs import Texts
from jianwei.text.lm._base import Suggestion
from jianwei.text.lm.drawing import Drawing, completions, generate
from jianwei.text.lm.grams import grams_of
from jianwei.text.lm.judging import Evaluation, evaluate, typical
from jianwei.text.lm.pruning import levels_of, pruned
from jianwei.text.lm.smoothing import estimate
from jianwei.text.lm.stored import MAX_ORDER, Facts, read_model, write_model
from jianwei.text.lm.trie import SCALE, Trie, pack
from jianwei.text.lm.vocabulary import END_ID, MARKS, UNKNOWN_ID, Vocabulary, vocabulary_of
from jianwei.text.lm.windows import batches, gather

__all__ = ["LanguageModel"]

_BLANKS = 4  # more are hardly ever probable


@dataclass(frozen=True, slots=True)
class _Trained:
    vocabulary: Vocabulary
    trie: Trie
    facts: Facts
    sha256: str = ""


class LanguageModel:
    """A character-level n-gram model with interpolated modified Kneser–Ney smoothing. Satisfies `CharacterModel`.

    A text stands between a begin and an end mark; its characters are taken as they are, with no folding of case or width. Characters that
    occur less often than `min_count` in training, and any that do not occur, are one unknown character.

    Args:
        order: characters in the longest n-gram, 1 to 12: it looks back on one less.
        min_count: how often a character must occur to be known.
        prune: leave out n-grams that change the perplexity relatively by less than this; 0 keeps all. 1e-7 is a useful beginning.

    Raises:
        UsageError: a value out of bounds; or something is asked of a model that was not trained.

    >>> model = LanguageModel(order=3).fit(["今天天气好", "今天天气不错", "明天再说"])
    >>> [text for text, probability in model.next("今天", 2)]
    ['天', '气']
    >>> round(sum(probability for _, probability in model.next("今天", 100)), 2)
    0.95
    """

    def __init__(self, order: int = 5, *, min_count: int = 1, prune: float = 0.0) -> None:
        if not 1 <= order <= MAX_ORDER:
            raise UsageError("language model", f"the order {order} is out of bounds", f"choose 1 to {MAX_ORDER}")
        if min_count < 1 or not 0 <= prune < 1:
            what = f"min_count {min_count}, prune {prune} do not go"
            raise UsageError("language model", what, "min_count from 1 on, prune from 0 to below 1, such as 1e-7")
        self.order, self.min_count, self.prune = order, min_count, prune
        self._trained: _Trained | None = None

    def __repr__(self) -> str:
        return f"LanguageModel(order={self.order}, min_count={self.min_count}, prune={self.prune})"

    def fit(
        self,
        texts: Texts | Iterable[str | None],
        *,
        vocabulary: Vocabulary | None = None,
        progress: Progress | None = None,
    ) -> LanguageModel:
        """Train; what was trained before is replaced. Returns the model.

        Args:
            texts: a list, an Arrow array, a pandas or Polars series; or an iterator, which is read a batch at a time, so that a corpus may
                be larger than memory: what must fit is its distinct n-grams. Nulls and empty texts are left out.
            vocabulary: what to know instead of the characters that occur `min_count` times.
            progress: where to report.

        Raises:
            UsageError: there is no text.
        """
        shown = progress or SilentProgress()
        with shown.task("counting", _length(texts), "texts") as task:
            windows = gather(_counted(batches(texts, "LanguageModel.fit"), task.advance), self.order)
        if not len(windows.counts):
            raise UsageError("LanguageModel.fit", "there is no text", "pass at least one text that is not empty")
        with shown.task("estimating", 4, "steps") as task:
            known = vocabulary or vocabulary_of(windows, self.min_count)
            task.advance()
            grams = grams_of(windows, known)
            del windows
            task.advance()
            estimates, discounts = estimate(grams)
            levels = pruned(grams, estimates, self.prune) if self.prune else levels_of(grams, estimates)
            task.advance()
            trie = pack(levels)
        facts = Facts(
            texts=int(grams[0].raw[END_ID]),
            characters=int(grams[0].raw[UNKNOWN_ID:].sum()),
            unknown=int(grams[0].raw[UNKNOWN_ID]),
            grams=tuple(len(level.characters) for level in levels),
            discounts=discounts,
            min_count=self.min_count,
            prune=self.prune,
        )
        self._trained = _Trained(known, trie, facts)
        return self

    @property
    def vocabulary(self) -> Vocabulary:
        """The characters that it knows."""
        return self._model().vocabulary

    @property
    def facts(self) -> Facts:
        """What it was made from: numbers of texts and characters, n-grams by order, discounts."""
        return self._model().facts

    @property
    def identity(self) -> ModelIdentity:
        """Its name, and 16 hex digits of what its arrays hash to."""
        model = self._model()
        if model.sha256:
            return ModelIdentity("lm", model.sha256[:16])
        digest = sha256()
        for array in (model.trie.starts, model.trie.characters, model.trie.costs, model.trie.backs):
            digest.update(np.ascontiguousarray(array).data)
        return ModelIdentity("lm", digest.hexdigest()[:16])

    def perplexity(self, texts: Texts) -> float:
        """Perplexity per character on texts that it was not trained on, ends of texts counted as characters; see `evaluate`."""
        return evaluate(self, texts).perplexity

    def evaluate(self, texts: Texts) -> Evaluation:
        """Perplexities, and how many characters there were and how many of them unknown.

        Raises:
            UsageError: there is no text.
        """
        return evaluate(self, texts)

    def score(self, texts: Texts) -> NDArray[np.float64]:
        """float64 [n]: the mean log-probability of a character in each text, its end counted; the lower, the odder the text."""
        return typical(self, texts)

    def next(self, context: str, k: int = 5, *, end: bool = False) -> list[Suggestion]:
        """The `k` most probable next characters, the most probable first.

        Args:
            context: what stands before, from the beginning of the text.
            k: how many.
            end: count the end of the text, "", among them.
        """
        model = self._model()
        if k < 1:
            return []
        first = END_ID if end else MARKS
        history = model.vocabulary.history(context, self.order - 1)
        ids, costs = model.trie.likeliest(history, first, k + (1 if end else 0))
        chances = np.exp(costs / -SCALE).tolist()
        names = model.vocabulary.name
        found = [Suggestion(names(n), p) for n, p in zip(ids.tolist(), chances, strict=True) if n != UNKNOWN_ID]
        return found[:k]

    def suggest(self, prefix: str, k: int = 5, *, longest: int = 8, sure: float = 0.5) -> list[Suggestion]:
        """The `k` most probable next characters, each drawn out to a word or phrase while the following one is nearly certain.

        Args:
            prefix: what was typed so far.
            k: how many; blanks are not among them.
            longest: characters of a suggestion.
            sure: a further character is added when it is at least this probable.
        """
        first = [suggestion for suggestion in self.next(prefix, k + _BLANKS) if suggestion.text.strip()]
        return completions(self, first[:k], prefix, longest, sure)

    def generate(
        self,
        prompt: str = "",
        length: int = 100,
        temperature: float = 1.0,
        stop: Sequence[str] = (),
        seed: int | np.random.Generator | None = None,
        *,
        top_k: int = 0,
        top_p: float = 1.0,
    ) -> str:
        """A text that goes on from `prompt`, which is not part of it.

        Args:
            prompt: the beginning of the text.
            length: characters at most; it may end sooner.
            temperature: below 1 more usual, above 1 more daring, 0 always the most probable.
            stop: words at which it ends; they are left out.
            seed: a number for the same text every time, or NumPy's generator.
            top_k: choose among so many only; 0 for all.
            top_p: choose among the most probable that together have this probability.

        Raises:
            UsageError: a value out of bounds.
        """
        how = Drawing(temperature, top_k, top_p)
        return generate(self, prompt, length=length, how=how, stop=stop, random=np.random.default_rng(seed))

    def log_probabilities(self, texts: pa.StringArray) -> NDArray[np.float64]:
        """float64, of every id in `vocabulary.ids(texts)`; 0 for begin marks."""
        model = self._model()
        return model.trie.score(model.vocabulary.ids(texts)) / -SCALE

    def expect(self, context: str) -> NDArray[np.float64]:
        """float64 [ids]: the probability of every id after a context, which begins a text; 0 for the begin mark."""
        model = self._model()
        chances = np.exp(model.trie.expect(model.vocabulary.history(context, self.order - 1)) / -SCALE)
        chances[0] = 0
        return chances

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model into one file.

        Raises:
            UsageError: the file cannot be written.
        """
        model = self._model()
        write_model(path, model.vocabulary, model.trie, model.facts)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, check: bool = False) -> LanguageModel:
        """Map the file of a model into memory.

        Args:
            path: a file that `save` wrote.
            check: read all of it and compare its checksum.

        Raises:
            InputError: the file cannot be read, is no model, or is damaged.
        """
        vocabulary, trie, facts, digest = read_model(path, check=check)
        model = cls(trie.order, min_count=facts.min_count, prune=facts.prune)
        model._trained = _Trained(vocabulary, trie, facts, digest)
        return model

    def _model(self) -> _Trained:
        if self._trained is None:
            raise UsageError(
                "language model", "it was not trained", "call fit(texts) first, or LanguageModel.load(path)"
            )
        return self._trained


def _length(texts: Any) -> int | None:
    return len(texts) if hasattr(texts, "__len__") else None


def _counted(parts: Iterator[pa.StringArray], advance: Any) -> Iterator[pa.StringArray]:
    for part in parts:
        yield part
        advance(len(part))
