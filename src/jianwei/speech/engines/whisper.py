"""Whisper by CTranslate2: faster-whisper's features and tokens, a search of our own.

Whisper was trained on windows of 30 s, and the usual programs fill every piece up to that, which makes a voice message of 4 s as dear as
one of 30. The encoder takes shorter windows too: some seconds of silence behind the piece are enough for the decoder to see where it ends.
Where it does not and repeats itself, the piece is heard once more in a full window.

What that saves is spent on choosing: a piece is heard twice, as it is and a little faster; of the guesses of both, the best one by sound
and wording together is taken (for Chinese; of other languages, by sound).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from importlib.util import find_spec
from math import exp
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from jianwei.errors import InputError, MissingExtraError, UsageError
from jianwei.models import ModelIdentity
from jianwei.speech._base import RATE, Heard, Recognizer, Segment
from jianwei.speech.engines.whisper_files import Weights, find_weights
from jianwei.speech.guards import Bounds, cut_repeats, doubt, spoken_length
from jianwei.speech.wording import Wording, bare, open_wording
from jianwei.speech.writing import CHINESE, has_han, write_down

__all__ = ["Search", "open_whisper", "whisper_identity"]

_HOP = 160
_PER_SECOND = RATE // _HOP
_WINDOW = 30.0
_SHORTEST = 0.1
_TOKENS_PER_SECOND = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """How the words are looked for. The weights were chosen on synthetic speech and on one speaker of AISHELL; see docs/models/wording.md.

    Attributes:
        beam: hypotheses followed at once, and guesses taken from each hearing.
        tail: seconds of silence behind a piece.
        tempos: how fast the piece is heard, once each.
        wording: weight of the wording's logarithm beside that of the sound.
        length: added for every character, since wordings favour short ones.
        told: added for every hot word in a guess: whoever names a word takes it to be ten times as likely as it looks.
    """

    beam: int = 5
    tail: float = 8.0
    tempos: tuple[float, ...] = (1.0, 10 / 9)
    wording: float = 0.2
    length: float = 0.4
    told: float = 2.3


def open_whisper(
    models: str | os.PathLike[str] | None = None,
    *,
    name: str = "whisper-base",
    threads: int = 0,
    workers: int = 1,
    search: Search | None = None,
    environment: Mapping[str, str] | None = None,
) -> Recognizer:
    """Load a Whisper model in CTranslate2's format, with 8-bit weights on the processor.

    Args:
        models: a models folder to look in first, or the folder of the model itself.
        name: of the lock file, or of a model of one's own that was pulled.
        threads: of one call; 0 lets CTranslate2 choose.
        workers: calls from several threads that work at once.
        search: how the words are looked for.
        environment: variables to read, those of the process by default.

    Raises:
        MissingExtraError: faster-whisper is not installed.
        ModelNotFoundError: the weights are nowhere, or are not those of the lock file.
        InputError: the files are no Whisper model.
    """
    try:
        import ctranslate2
        from faster_whisper import WhisperModel
    except ImportError as error:
        raise MissingExtraError.named("speech recognition", "speech") from error

    ctranslate2.set_log_level(logging.ERROR)
    weights = find_weights(name, models, environment=environment)
    try:
        model = WhisperModel(
            weights.path,
            device="cpu",
            compute_type="int8",
            cpu_threads=threads,
            num_workers=workers,
            local_files_only=True,
            files=dict(weights.files) or None,
        )
    except (RuntimeError, ValueError, OSError, KeyError) as error:
        what = f"is no Whisper model for CTranslate2 ({str(error).splitlines()[0][:200]})"
        raise InputError(weights.path, what, f"jianwei models verify {name}") from None
    how, wording = search or Search(), open_wording(environment=environment)
    return _Whisper(model, _identity(weights, wording, how), how, wording)


def whisper_identity(
    models: str | os.PathLike[str] | None = None,
    *,
    name: str = "whisper-base",
    search: Search | None = None,
    environment: Mapping[str, str] | None = None,
) -> ModelIdentity:
    """Who would listen, without loading the model.

    Args:
        models, name, search, environment: as `open_whisper`.

    Raises:
        MissingExtraError, ModelNotFoundError: as `open_whisper`.
    """
    if find_spec("faster_whisper") is None:
        raise MissingExtraError.named("speech recognition", "speech")
    weights = find_weights(name, models, environment=environment)
    return _identity(weights, open_wording(environment=environment), search or Search())


def _identity(weights: Weights, wording: Wording, search: Search) -> ModelIdentity:
    """What is heard depends on the weights, on the wording and on the search."""
    made = f"{weights.identity.version}\n{wording.identity.version}\n{search}"
    return ModelIdentity(weights.identity.name, sha256(made.encode()).hexdigest()[:16])


@dataclass(frozen=True, slots=True)
class _Guess:
    """One way to write what was heard.

    Attributes:
        logprob: mean natural logarithm of its tokens.
        score: what it is chosen by.
        told: whether Whisper was told of hot words.
    """

    text: str
    logprob: float
    score: float
    told: bool = False


@dataclass(frozen=True, slots=True)
class _Whisper:
    model: Any
    identity: ModelIdentity
    search: Search
    wording: Wording

    def recognize(
        self, pieces: Sequence[NDArray[np.float32]], *, language: str | None = None, hotwords: Sequence[str] = ()
    ) -> list[Heard]:
        """See `Recognizer.recognize`.

        Raises:
            UsageError: the language is none that this model knows.
        """
        return [self._hear(piece, language, hotwords) for piece in pieces]

    def _hear(self, piece: NDArray[np.float32], language: str | None, hotwords: Sequence[str]) -> Heard:
        seconds = len(piece) / RATE
        if seconds < _SHORTEST:
            return Heard((), language or "")
        hearings = [resample_poly(piece, *_ratio(tempo)) if tempo != 1 else piece for tempo in self.search.tempos]
        window = max(map(len, hearings)) / RATE + self.search.tail
        code, guesses = self._guess(hearings, min(window, _WINDOW), language, hotwords)
        if window < _WINDOW and all(_runs_away(guess.text, seconds) for guess in guesses):
            code, guesses = self._guess([piece], _WINDOW, language, hotwords)
        best = _best(guesses, seconds)
        kept, cut = cut_repeats(best.text, Bounds().repeats)
        if not kept:
            return Heard((), code)
        if reason := doubt(kept, seconds, logprob=best.logprob):
            return Heard((), code, ((best.text, reason),))
        spoken = self._spoken(piece, kept, code)
        return Heard((Segment(0.0, seconds, kept, exp(best.logprob)),), spoken, ((cut, "repetition"),) if cut else ())

    def _spoken(self, piece: NDArray[np.float32], text: str, code: str) -> str:
        """The language of a text; asked to hear Chinese, Whisper writes what is none in the letters of its own language."""
        if code not in CHINESE or has_han(text) or not any(map(str.isalpha, text)):
            return code
        window = min(len(piece) / RATE + self.search.tail, _WINDOW)
        found, sure = self._detected(self._encode([piece], window))
        return found if sure > 0.5 else code

    def _guess(
        self, hearings: Sequence[NDArray[np.float32]], window: float, language: str | None, hotwords: Sequence[str]
    ) -> tuple[str, list[_Guess]]:
        """Language and guesses, of all hearings of one piece in a window of so many seconds."""
        whisper, beam = self.model.model, self.search.beam
        encoded = self._encode(hearings, window)
        code = language or self._detected(encoded)[0]
        tokenizer = self._tokenizer(code)
        # Told of words, Whisper finds them where it would not have, but at times leaves them out, as if they had been said before. So it is
        # asked without them too, and what it guesses when told counts only with one of them.
        guesses = []
        for told in (False, True) if hotwords else (False,):
            prompt = self._prompt(tokenizer, hotwords if told else ())
            most = len(prompt) + 12 + int(max(map(len, hearings)) / RATE * _TOKENS_PER_SECOND)
            found = whisper.generate(
                encoded,
                [prompt] * len(hearings),
                beam_size=beam,
                num_hypotheses=beam,
                max_length=min(most, self.model.max_length),
                return_scores=True,
            )
            for tokens, mean in ((t, s) for one in found for t, s in zip(one.sequences_ids, one.scores, strict=True)):
                text = write_down(tokenizer.decode(tokens), code)
                held = sum(word.casefold() in text.casefold() for word in hotwords)
                if told and not held:
                    continue
                total = mean * len(tokens)
                score = total + self._worth(text, code) + self.search.told * held
                guesses.append(_Guess(text, total / (len(tokens) + 1), score, told))
        return code, guesses

    def _prompt(self, tokenizer: Any, hotwords: Sequence[str]) -> list[int]:
        found: list[int] = self.model.get_prompt(
            tokenizer, [], without_timestamps=True, hotwords=" ".join(hotwords) or None
        )
        return found

    def _detected(self, encoded: Any) -> tuple[str, float]:
        """Language of the first of the hearings, and how likely it is."""
        if not self.model.model.is_multilingual:
            return "en", 1.0
        code, likely = self.model.model.detect_language(encoded)[0][0]
        return str(code).strip("<|>"), float(likely)

    def _tokenizer(self, language: str) -> Any:
        from faster_whisper.tokenizer import Tokenizer

        hint = 'use a code such as "zh" or "en", or None to find it out'
        try:
            found = Tokenizer(
                self.model.hf_tokenizer, self.model.model.is_multilingual, task="transcribe", language=language
            )
        except ValueError:
            raise UsageError(language, "is no code of a language that Whisper knows", hint) from None
        if found.language is None and self.model.model.is_multilingual:
            raise UsageError(language, f"is a language that {self.identity.name} was not taught", hint)
        return found

    def _worth(self, text: str, language: str) -> float:
        """What speaks for a text besides its sound."""
        if language != "zh":
            return 0.0
        return self.search.wording * self.wording.log_probability(text) + self.search.length * len(bare(text))

    def _encode(self, hearings: Sequence[NDArray[np.float32]], window: float) -> Any:
        import ctranslate2

        frames = int(window * _PER_SECOND) // 2 * 2
        filled = np.zeros((len(hearings), frames * _HOP), np.float32)
        for row, samples in zip(filled, hearings, strict=True):
            row[: len(samples)] = samples[: len(row)]
        features = np.stack([self.model.feature_extractor(row, padding=_HOP)[:, :frames] for row in filled])
        return self.model.model.encode(ctranslate2.StorageView.from_array(np.ascontiguousarray(features, np.float32)))


def _best(guesses: Sequence[_Guess], seconds: float) -> _Guess:
    """The guess with the highest score. Told of words, Whisper hears them in noise, too: such a guess counts only beside one that it made
    by itself, that is believed, and that is about as long.
    """
    sound = [guess for guess in guesses if not _runs_away(guess.text, seconds)]
    untold = [guess for guess in sound if not guess.told] or [guess for guess in guesses if not guess.told]
    own = max(untold, key=lambda guess: guess.score)
    if doubt(own.text, seconds, logprob=own.logprob):
        return own
    length = spoken_length(own.text)
    told = [guess for guess in sound if guess.told and abs(spoken_length(guess.text) - length) <= 2 + length / 4]
    return max([own, *told], key=lambda guess: guess.score)


def _runs_away(text: str, seconds: float) -> bool:
    return bool(cut_repeats(text)[1]) or doubt(text, seconds) in ("repetition", "too_fast")


def _ratio(tempo: float) -> tuple[int, int]:
    """Samples after and before, for a piece that shall be so many times as fast.

    >>> _ratio(10 / 9)
    (9, 10)
    """
    share = Fraction(tempo).limit_denominator(100)
    return share.denominator, share.numerator
