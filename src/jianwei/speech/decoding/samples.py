"""Samples that grow while a recording is decoded, up to a limit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jianwei.common.media import MediaLimits
from jianwei.common.media.containers import check_length
from jianwei.speech._base import RATE

__all__ = ["Growing"]


class Growing:
    """Float32 samples at 16 kHz, held once: what comes is appended in place.

    Args:
        name: of the file, for the error.
        limits: how long it may become.
    """

    def __init__(self, name: str, limits: MediaLimits) -> None:
        self._name, self._limits = name, limits
        self._held = bytearray()

    def __len__(self) -> int:
        return len(self._held) // 4

    def add(self, samples: NDArray[np.float32]) -> None:
        """Append samples [n]; what is no number becomes 0, what is too loud is clipped to -1 to 1.

        Raises:
            RejectedMediaError: "too_long".
        """
        check_length(self._name, (len(self) + len(samples)) / RATE, self._limits)
        self._held += np.clip(np.nan_to_num(samples, nan=0.0), -1, 1).astype("<f4", copy=False).data

    def samples(self) -> NDArray[np.float32]:
        """All of them, without a copy."""
        return np.frombuffer(self._held, np.float32)
