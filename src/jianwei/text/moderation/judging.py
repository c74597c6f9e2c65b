"""Advertising, fraud and abuse in messages, comments and texts read from pictures.

The packaged model "moderation" is linear over character n-grams of the masked text; how it was trained, how well it does and where it
goes wrong stands in docs/models/moderation.md. It does *not* judge politics, rumours, self-harm, sarcasm, links' targets or pictures, and
it knows no context: whether the two are friends, whether the shop may advertise here.
"""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jianwei.common.results import Rows
from jianwei.errors import InputError
from jianwei.models import Located, ModelIdentity, known_model, locate
from jianwei.text._base import Classifier
from jianwei.text.inputs import Texts, as_strings, beginnings, portions
from jianwei.text.linear import LinearModel
from jianwei.text.linear.explaining import grams
from jianwei.text.moderation.plain import ACCOUNT, CARD, PHONE, masked, plain
from jianwei.text.moderation.signals import SIGNALS, SUPPORTS, signals

__all__ = [
    "CLASSES",
    "ENTRY",
    "JUDGEMENT_SCHEMA",
    "NORMAL",
    "Judgements",
    "Moderator",
    "above",
    "default_moderator",
    "judge",
    "supported",
]

CLASSES = ("fraud", "abuse", "advertising")
NORMAL = "normal"
ENTRY = known_model("moderation").entry
JUDGEMENT_SCHEMA = pa.schema(
    [("row", pa.int64()), ("label", pa.string()), ("score", pa.float32()), ("reasons", pa.list_(pa.string()))]
)
_NGRAMS = 3
_BESIDE = r"(?:[\pP\s+¥$]|我|的|是|您好|你好|电话|手机|号码?|银行|卡|账|谢谢)*"
_ONLY_A_NUMBER = rf"^{_BESIDE}(?:[{PHONE}{CARD}{ACCOUNT}0]{_BESIDE})+$"
"""A telephone, card or order number by itself is what people answer when they are asked for it."""


@dataclass(frozen=True, slots=True, eq=False)
class Judgements(Rows):
    """Rows, one a text: row, label ("normal" or a class), score, reasons.

    The score is the model's for the label; of "normal", one minus that of the likeliest class. Reasons are codes: the signals
    that speak (`SIGNALS`, also in a normal text), and of a text that is not normal "ngram:…", the n-grams of its masked spelling that
    weigh most for the label, a blank in them standing for a beginning or an end.

    Attributes:
        identity: the model that says so.
        classes: the classes that it knows.
        probabilities: float32 [n, classes]; they do not exclude each other.
    """

    identity: ModelIdentity
    classes: tuple[str, ...]
    probabilities: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Moderator:
    """A classifier of masked texts and its thresholds.

    Attributes:
        classifier: multi-label, classes out of `CLASSES` or one's own; it is given masked texts.
        thresholds: float32 [classes, 2]: the probability from which a class holds, and the lower one where a signal speaks for it.
    """

    classifier: Classifier
    thresholds: NDArray[np.float32]

    @classmethod
    def load(cls, located: Located) -> Moderator:
        """The moderator in a file that `pack` wrote.

        Raises:
            InputError: the file is something else.
        """
        model = LinearModel.load(located)
        try:
            with np.load(io.BytesIO(located.data), allow_pickle=False) as stored:
                thresholds = stored["thresholds"]
            if thresholds.shape != (len(model.classes), 2) or thresholds.dtype != np.float32:
                raise ValueError("its thresholds have another size")
        except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise InputError(
                located.where, f"this is no moderation model ({error})", "make one with tools/moderation_data.py"
            ) from error
        return cls(model, thresholds)

    @staticmethod
    def pack(model: LinearModel, thresholds: NDArray[np.float32]) -> bytes:
        """The bytes of a file: those of the linear model, and one array more; the same arguments give the same bytes."""
        buffer = io.BytesIO(model.pack())
        with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("thresholds.npy", "w") as file:
            np.lib.format.write_array(file, np.asarray(thresholds, np.float32), allow_pickle=False)
        return buffer.getvalue()


@cache
def default_moderator(path: str | os.PathLike[str] | None = None) -> Moderator:
    """The moderator at `path`; without a path the one that `models.locate` finds, at last the packaged one.

    Raises:
        ModelNotFoundError: there is no such file, or the packaged one is damaged.
        InputError: the file is no moderation model.
    """
    return Moderator.load(locate(ENTRY, path=path))


def judge(texts: Texts, model: Moderator | None = None) -> Judgements:
    """Whether each text is normal, advertising, fraud or abuse.

    A class holds from its threshold on, or from the lower one when a signal speaks for it; of several the first of the
    model's classes is the label (packaged: fraud, abuse, advertising). The packaged model's scores are moved so that a class holds from 0.5
    on; the threshold is chosen to let nearly all normal texts pass, and a score is no calibrated probability.

    Args:
        texts: list, Arrow, pandas or Polars column of n texts; None, "", and numbers by themselves are normal. Of a text
            its first `inputs.MOST_CHARACTERS` are read.
        model: another moderator; the packaged one by default.

    Raises:
        UsageError: a single string was given.

    >>> judge(["代开发票，加薇❤：abc123", "发票抬头开错了，能重开吗"]).rows["label"].to_pylist()
    ['advertising', 'normal']
    """
    chosen = default_moderator() if model is None else model
    parts = [_judged(portion, chosen) for portion in portions(beginnings(as_strings(texts, "text.judge")))]
    classes = chosen.classifier.classes
    tables, chances = [part[0] for part in parts], [part[1] for part in parts]
    table = pa.concat_tables([JUDGEMENT_SCHEMA.empty_table(), *tables])
    table = table.set_column(0, "row", pa.array(np.arange(len(table)), pa.int64()))
    empty = np.zeros((0, len(classes)), np.float32)
    return Judgements(table, chosen.classifier.identity, classes, np.concatenate([empty, *chances]))


def _judged(texts: pa.StringArray, model: Moderator) -> tuple[pa.Table, NDArray[np.float32]]:
    spelt = plain(texts)
    read = masked(spelt.clear)
    chances = model.classifier.probabilities(read)
    chances[pc.match_substring_regex(read, _ONLY_A_NUMBER).to_numpy(zero_copy_only=False)] = 0
    spoken = signals(spelt)
    classes = model.classifier.classes
    best = above(chances, spoken, classes, model.thresholds)
    kept = best >= 0
    labels = np.where(kept, np.array([*classes, NORMAL], object)[best], NORMAL)
    scores = np.where(kept, chances[np.arange(len(best)), best], 1 - chances.max(axis=1)).astype(np.float32)
    reasons = [[name for name in SIGNALS if spoken[name][at]] for at in range(len(best))]
    for at, found in _grams(model.classifier, read, np.flatnonzero(kept), best).items():
        reasons[at] += [f"ngram:{gram}" for gram in found]
    rows = pa.array(np.arange(len(best)), pa.int64())
    columns = [rows, pa.array(labels, pa.string()), pa.array(scores), pa.array(reasons, pa.list_(pa.string()))]
    return pa.table(columns, schema=JUDGEMENT_SCHEMA), chances


def above(
    chances: NDArray[np.float32],
    spoken: Mapping[str, NDArray[np.bool_]],
    classes: tuple[str, ...],
    thresholds: NDArray[np.float32],
) -> NDArray[np.int64]:
    """int64 [n]: the first class that reaches its threshold, -1 where none does.

    Args:
        chances: float32 [n, classes].
        spoken: from `signals`.
        classes: names of the columns.
        thresholds: float32 [classes, 2].
    """
    needed = np.repeat(thresholds[None, :, 0], len(chances), axis=0)
    for at, name in enumerate(classes):
        needed[supported(spoken, name, len(chances)), at] = thresholds[at, 1]
    holds = chances >= needed
    return np.where(holds.any(axis=1), holds.argmax(axis=1), -1)


def supported(spoken: Mapping[str, NDArray[np.bool_]], label: str, rows: int) -> NDArray[np.bool_]:
    """bool [rows]: whether a signal speaks for a class."""
    speaking = [spoken[name] for name, labels in SUPPORTS.items() if label in labels]
    return np.any(speaking, axis=0) if speaking else np.zeros(rows, np.bool_)


def _grams(
    classifier: Classifier, read: pa.StringArray, rows: NDArray[np.int64], best: NDArray[np.int64]
) -> dict[int, list[str]]:
    """For each of the rows the n-grams that speak most for its class; none where the classifier is not linear."""
    if not isinstance(classifier, LinearModel):
        return {}
    result = {}
    for at in rows.tolist():
        found = dict(grams(read[at].as_py(), classifier.ngrams))
        weights = classifier.weight(np.array(list(found), np.uint32))[:, best[at]]
        names = list(found.values())
        result[at] = [names[i] for i in np.argsort(-weights, kind="stable")[:_NGRAMS] if weights[i] > 0]
    return result
