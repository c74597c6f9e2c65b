"""Whisper by CTranslate2 (faster-whisper's features and tokens, our own search).

Whisper was trained on windows of 30 s, and the usual programs fill every piece up to that, which makes a voice message of 4 s as dear as
one of 30. The encoder takes shorter windows too: some seconds of silence behind the piece are enough for the decoder to see where it ends.
Where it does not and repeats itself, the piece is heard once more in a full window.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from math import exp
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jianwei.errors import InputError, MissingExtraError
from jianwei.models import LocatedFolder, ModelIdentity, known_model, locate, locate_folder
from jianwei.models.folders import digest_of, files_identity
from jianwei.models.locate import MODELS_VARIABLE
from jianwei.speech._base import RATE, Heard, Recognizer, Segment
from jianwei.speech.guards import Bounds, cut_repeats, doubt
from jianwei.speech.writing import write_down

__all__ = ["Search", "open_whisper", "whisper_identity"]

_HOP = 160
_PER_SECOND = RATE // _HOP
_WINDOW = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """How the words are looked for.

    Attributes:
        beam: hypotheses followed at once.
        tail: seconds of silence behind a piece.
    """

    beam: int = 5
    tail: float = 5.0


def open_whisper(
    models: str | os.PathLike[str] | None = None,
    *,
    name: str = "whisper-base",
    threads: int = 0,
    search: Search | None = None,
    environment: Mapping[str, str] | None = None,
) -> Recognizer:
    """Load a Whisper model in CTranslate2's format, with 8-bit weights on the processor.

    Args:
        models: a models folder to look in first, or the folder of the model itself.
        name: of the lock file, or of a model of one's own that was pulled.
        threads: of one call; 0 lets CTranslate2 choose.
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

    import logging

    ctranslate2.set_log_level(logging.ERROR)
    weights = _find(name, models, os.environ if environment is None else environment)
    try:
        model = WhisperModel(
            weights.path,
            device="cpu",
            compute_type="int8",
            cpu_threads=threads,
            local_files_only=True,
            files=dict(weights.files) or None,
        )
    except (RuntimeError, ValueError, OSError, KeyError) as error:
        what = f"is no Whisper model for CTranslate2 ({str(error).splitlines()[0][:200]})"
        raise InputError(weights.path, what, f"jianwei models verify {name}") from None
    return _Whisper(model, weights.identity, search or Search())


def whisper_identity(
    models: str | os.PathLike[str] | None = None,
    *,
    name: str = "whisper-base",
    environment: Mapping[str, str] | None = None,
) -> ModelIdentity:
    """Who would listen, without loading the model.

    Args:
        models, name, environment: as `open_whisper`.

    Raises:
        MissingExtraError, ModelNotFoundError: as `open_whisper`.
    """
    if find_spec("faster_whisper") is None:
        raise MissingExtraError.named("speech recognition", "speech")
    return _find(name, models, os.environ if environment is None else environment).identity


@dataclass(frozen=True, slots=True)
class _Weights:
    """A folder, or the files themselves."""

    identity: ModelIdentity
    path: str
    files: Mapping[str, bytes]


def _find(name: str, models: str | os.PathLike[str] | None, environment: Mapping[str, str]) -> _Weights:
    given = [Path(place) for place in (models, environment.get(MODELS_VARIABLE)) if place]
    for folder in (inside for place in given for inside in (place, place / name)):
        if (folder / "model.bin").is_file():
            found = [path for path in sorted(folder.iterdir()) if path.is_file() and not path.name.startswith(".")]
            return _Weights(files_identity(name, [(path.name, digest_of(path)) for path in found]), str(folder), {})
    known = known_model(name, environment)
    if not any(".part" in file.file for file in known.files):
        located: LocatedFolder = locate_folder(known, path=models, environment=environment)
        return _Weights(located.identity, str(located.folder), {})
    files: dict[str, bytes] = {}
    for entry in known.entries:
        own = entry.file.rpartition("/")[2].partition(".part")[0]
        files[own] = files.get(own, b"") + locate(entry, path=models, environment=environment).data
    digests = [(file.file.rpartition("/")[2], file.sha256) for file in known.files]
    return _Weights(files_identity(name, digests), name, files)


@dataclass(frozen=True, slots=True)
class _Whisper:
    model: Any
    identity: ModelIdentity
    search: Search

    def recognize(
        self, pieces: Sequence[NDArray[np.float32]], *, language: str | None = None, hotwords: Sequence[str] = ()
    ) -> list[Heard]:
        """See `Recognizer.recognize`."""
        return [self._hear(piece, language, hotwords) for piece in pieces]

    def _hear(self, piece: NDArray[np.float32], language: str | None, hotwords: Sequence[str]) -> Heard:
        seconds = len(piece) / RATE
        for window in sorted({min(seconds + self.search.tail, _WINDOW), _WINDOW}):
            encoded = self._encode(piece, window)
            code = language or self._language(encoded)
            text, logprob, no_speech = self._decode(encoded, code, seconds, hotwords)
            text = write_down(text, code)
            reason = doubt(text, seconds, logprob=logprob, no_speech=no_speech)
            if reason not in ("repetition", "too_fast"):
                break
        if not text:
            return Heard((), code)
        if reason:
            return Heard((), code, ((text, reason),))
        kept, cut = cut_repeats(text, Bounds().repeats)
        segment = Segment(0.0, seconds, kept, exp(logprob))
        return Heard((segment,), code, ((cut, "repetition"),) if cut else ())

    def _encode(self, piece: NDArray[np.float32], window: float) -> Any:
        import ctranslate2

        frames = int(window * _PER_SECOND) // 2 * 2
        filled = np.zeros(frames * _HOP, np.float32)
        filled[: len(piece)] = piece[: len(filled)]
        features = self.model.feature_extractor(filled, padding=_HOP)[None, :, :frames]
        return self.model.model.encode(ctranslate2.StorageView.from_array(np.ascontiguousarray(features, np.float32)))

    def _language(self, encoded: Any) -> str:
        (best, _), *_ = self.model.model.detect_language(encoded)[0]
        return str(best).strip("<|>")

    def _decode(self, encoded: Any, language: str, seconds: float, hotwords: Sequence[str]) -> tuple[str, float, float]:
        from faster_whisper.tokenizer import Tokenizer

        tokenizer = Tokenizer(
            self.model.hf_tokenizer, self.model.model.is_multilingual, task="transcribe", language=language
        )
        prompt = self.model.get_prompt(tokenizer, [], without_timestamps=True, hotwords=" ".join(hotwords))
        (found,) = self.model.model.generate(
            encoded,
            [prompt],
            beam_size=self.search.beam,
            max_length=min(len(prompt) + 12 + int(seconds * 12), 448),
            return_scores=True,
            return_no_speech_prob=True,
        )
        tokens = found.sequences_ids[0]
        mean = found.scores[0] * len(tokens) / (len(tokens) + 1)
        return tokenizer.decode(tokens), mean, found.no_speech_prob
