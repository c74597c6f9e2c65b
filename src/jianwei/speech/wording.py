"""How likely a sentence is as such: of what two sentences sound alike, the one that people say is the better guess.

A trigram model of characters with Kneser–Ney smoothing and back-off (Chen & Goodman 1999), pruned, learned by `tools/train_wording.py` from
public headlines, posts, reviews and dialogues. It knows letters and digits only; every digit is the same one.
"""

from __future__ import annotations

import io
import os
import unicodedata
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from jianwei.errors import InputError
from jianwei.models import ModelIdentity, known_model, locate
from jianwei.speech.writing import simplified

__all__ = ["BEGIN", "END", "UNKNOWN", "Wording", "bare", "open_wording"]

BEGIN, END, UNKNOWN = 0, 1, 2
"""Ids of the begin of a sentence, its end, and of any character that is not known; the known ones follow."""


def bare(text: str) -> str:
    """The text as the model sees it: simplified, small letters, no marks, no blanks, 0 for every digit.

    >>> bare("這 25 件, OK？")
    '这00件ok'
    """
    folded = simplified(unicodedata.normalize("NFKC", text)).lower()
    kept = "".join("0" if char.isdecimal() else char for char in folded if unicodedata.category(char)[0] in "LMN")
    return unicodedata.normalize("NFC", kept)  # an accent may have come beside its letter


@dataclass(frozen=True, slots=True)
class Wording:
    """The model: natural logarithms of probabilities and of back-off weights.

    Attributes:
        characters: the known ones, in the order of their ids.
        single, single_back: float32 [ids], of every id; weight of going on after it without what stands before.
        pairs: int64 [pairs], sorted: first id times the number of ids, plus second id.
        pair, pair_back: float32 [pairs].
        triples: int64 [triples], sorted: index of the pair times the number of ids, plus third id.
        triple: float32 [triples].
    """

    identity: ModelIdentity
    characters: str
    single: NDArray[np.float32]
    single_back: NDArray[np.float32]
    pairs: NDArray[np.int64]
    pair: NDArray[np.float32]
    pair_back: NDArray[np.float32]
    triples: NDArray[np.int64]
    triple: NDArray[np.float32]
    _ids: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ids", {char: at for at, char in enumerate(self.characters, UNKNOWN + 1)})

    def log_probability(self, text: str) -> float:
        """Natural logarithm of the probability of a whole sentence, its end counted."""
        ids = np.array([BEGIN, *(self._ids.get(char, UNKNOWN) for char in bare(text)), END], np.int64)
        size = len(self.single)
        before, last = ids[:-1], ids[1:]
        at, found = _sought(self.pairs, before * size + last)
        short = np.where(found, self.pair[at], self.single_back[before] + self.single[last])
        # The pair before each character is the one that ended there; the first character has none.
        known, context = found[:-1], at[:-1]
        there, whole = _sought(self.triples, context * size + last[1:])
        backed = np.where(known, self.pair_back[context], np.float32(0)) + short[1:]
        return float(short[0] + np.where(known & whole, self.triple[there], backed).sum())


def _sought(keys: NDArray[np.int64], wanted: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Where each key is, and whether it is there."""
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return at, keys[at] == wanted


def open_wording(
    models: str | os.PathLike[str] | None = None, *, environment: Mapping[str, str] | None = None
) -> Wording:
    """The packaged model, or the one that lies in a models folder.

    Raises:
        ModelNotFoundError: the file is damaged.
        InputError: the file is no such model.

    >>> wording = open_wording()
    >>> wording.log_probability("什么是财政转移支付") > wording.log_probability("什么食材正转移之负")
    True
    """
    located = locate(known_model("wording", environment).entry, path=models, environment=environment)
    try:
        with np.load(io.BytesIO(located.data), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        scale = float(arrays["scale"])
        costs = {name: arrays[name].astype(np.float32) / -scale for name in _COSTS}
        return Wording(
            identity=located.identity,
            characters="".join(map(chr, arrays["characters"].tolist())),
            pairs=np.cumsum(arrays["pairs"], dtype=np.int64),
            triples=np.cumsum(arrays["triples"], dtype=np.int64),
            **costs,
        )
    except (KeyError, ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(located.where, f"is no model of wording ({error})", "install jianwei again") from None


_COSTS = ("single", "single_back", "pair", "pair_back", "triple")
