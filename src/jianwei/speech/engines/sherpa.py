"""SenseVoice and Paraformer by sherpa-onnx: non-autoregressive models, which write everything in one step and so cannot run away.

SenseVoice (An et al. 2024, "FunAudioLLM") hears Chinese, Cantonese, English, Japanese and Korean, and puts punctuation; Paraformer (Gao et
al. 2022) hears Mandarin and English, and puts none. Neither takes hot words, nor tells how sure it is.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jianwei.errors import DamagedModelError, MissingExtraError
from jianwei.models import ModelIdentity
from jianwei.speech._base import RATE, Heard, Recognizer, Segment
from jianwei.speech.engines.sherpa_files import Kind, SherpaFiles, check_files, find_files

__all__ = ["language_of", "open_sherpa", "untagged"]

_LANGUAGES = frozenset({"zh", "en", "ja", "ko", "yue"})
_TAG = re.compile(r"<\|([^<>|]*)\|>")
_ENDS = ("。", "！", "？", "!", "?")
_SENTENCES = re.compile(rf"(?<=[{''.join(_ENDS)}])")
_LEAST = RATE // 4


def open_sherpa(
    name: str = "sense-voice",
    models: str | os.PathLike[str] | None = None,
    *,
    threads: int = 1,
    numbers: bool = True,
    environment: Mapping[str, str] | None = None,
) -> Recognizer:
    """Load a model for sherpa-onnx; whether it is SenseVoice or Paraformer shows in the model itself.

    SenseVoice is loaded for one language; asked for another, it is loaded again.

    Args:
        name: "sense-voice", "paraformer-zh", or a model of one's own that was pulled.
        models: a models folder to look in first, or the folder of the model itself.
        threads: of one call.
        numbers: SenseVoice writes digits and punctuation.
        environment: variables to read, those of the process by default.

    Raises:
        MissingExtraError: sherpa-onnx is not installed, or onnxruntime is not.
        ModelNotFoundError: the files are nowhere.
        DamagedModelError: they are damaged, or of another kind.
    """
    try:
        import sherpa_onnx  # noqa: F401
    except ImportError as error:
        raise MissingExtraError.named(name, "sherpa") from error
    files = find_files(name, models, environment)
    engine = _Sherpa(files, check_files(files), threads, numbers)
    engine.loaded("zh")
    return engine


@dataclass(frozen=True, slots=True)
class _Sherpa:
    files: SherpaFiles
    kind: Kind
    threads: int
    numbers: bool
    kept: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def identity(self) -> ModelIdentity:
        return self.files.identity

    def recognize(
        self, pieces: Sequence[NDArray[np.float32]], *, language: str | None = None, hotwords: Sequence[str] = ()
    ) -> list[Heard]:
        """See `Recognizer.recognize`; hot words are not used."""
        engine = self.loaded(language)
        return [self._hear(engine, piece, language) for piece in pieces]

    def loaded(self, language: str | None) -> Any:
        """sherpa-onnx's own recogniser; SenseVoice has its language from the beginning."""
        key = language if self.kind == "sense-voice" and language in _LANGUAGES else ""
        if key not in self.kept:
            self.kept.clear()  # a model is large: never two of them
            self.kept[key] = self._load(key)
        return self.kept[key]

    def _load(self, language: str) -> Any:
        from sherpa_onnx import OfflineRecognizer

        model, tokens = str(self.files.model), str(self.files.tokens)
        try:
            if self.kind == "paraformer":
                return OfflineRecognizer.from_paraformer(model, tokens, num_threads=self.threads)
            return OfflineRecognizer.from_sense_voice(
                model, tokens, num_threads=self.threads, language=language or "auto", use_itn=self.numbers
            )
        except (RuntimeError, IndexError, ValueError) as error:
            raise self._damaged(error) from None

    def _hear(self, engine: Any, piece: NDArray[np.float32], language: str | None) -> Heard:
        stream = engine.create_stream()
        stream.accept_waveform(RATE, np.pad(piece, (0, max(_LEAST - len(piece), 0))))
        try:
            engine.decode_streams([stream])
            result = stream.result
            text, tokens = untagged(result.text), tuple(result.tokens)
        except (RuntimeError, IndexError, UnicodeDecodeError) as error:
            raise self._damaged(error) from None
        found = language_of(result.lang)
        code = found if found not in ("", "nospeech") else language or "zh"
        if not text:
            return Heard((), code)
        if found == "nospeech":
            return Heard((), code, ((text, "no_speech"),))
        scores = result.ys_log_probs
        sure = exp(sum(scores) / len(scores)) if len(scores) == len(tokens) and tokens else 1.0
        return Heard(_segments(text, tokens, tuple(result.timestamps), len(piece) / RATE, min(sure, 1.0)), code)

    def _damaged(self, error: Exception) -> DamagedModelError:
        what = f"the model and its tokens do not fit together ({type(error).__name__})"
        return DamagedModelError(str(self.files.model), what, "pull or export both again")


def language_of(tag: str) -> str:
    """The language in one of SenseVoice's tags; "" where it has none.

    >>> language_of("<|yue|>"), language_of("")
    ('yue', '')
    """
    found = _TAG.search(tag)
    return found.group(1) if found else ""


def untagged(text: str) -> str:
    """A text without SenseVoice's tags of language, emotion, event and spelling.

    >>> untagged("<|zh|><|HAPPY|><|Speech|><|withitn|>明天发货。")
    '明天发货。'
    """
    return _TAG.sub("", text).strip()


def _segments(
    text: str, tokens: Sequence[str], times: Sequence[float], seconds: float, confidence: float
) -> tuple[Segment, ...]:
    """One a sentence, where tokens tell when it begins; else one."""
    sentences = [part for part in _SENTENCES.split(text) if part.strip()]
    ended = [at for at, token in enumerate(tokens[:-1], 1) if token.endswith(_ENDS)]
    if len(times) != len(tokens) or len(ended) + 1 != len(sentences):
        return (Segment(0.0, seconds, text, confidence),)
    starts = [min(times[at], seconds) if tokens else 0.0 for at in (0, *ended)]
    ends = [*starts[1:], seconds]
    return tuple(
        Segment(start, max(end, start), part.strip(), confidence)
        for start, end, part in zip(starts, ends, sentences, strict=True)
    )
