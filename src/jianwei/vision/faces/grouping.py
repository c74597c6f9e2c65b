"""Which faces show the same person. Off unless a consent is recorded for each: the caller has to say whose it is.

`Workspace.same_faces` reads the recorded ones.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jianwei.errors import UsageError

__all__ = ["PURPOSE", "Consent", "group_faces"]

PURPOSE = "faces"
"""The purpose that a consent to comparing faces is recorded under (table `consents`)."""


@dataclass(frozen=True, slots=True)
class Consent:
    """That somebody agreed to having faces compared, as the table `consents` has it.

    Attributes:
        user_id: whose consent.
        purpose: what for; only `PURPOSE` allows grouping.
        given_us: when, µs since the epoch, UTC; before that it does not hold.
        withdrawn_us: when it was taken back; None while it holds.
    """

    user_id: str
    purpose: str
    given_us: int
    withdrawn_us: int | None = None

    def holds(self, at_us: int) -> bool:
        """Whether faces may be compared under it at that moment.

        >>> Consent("u:1", "faces", given_us=5).holds(4)
        False
        """
        return bool(self.user_id) and self.purpose == PURPOSE and self.withdrawn_us is None and self.given_us <= at_us


def group_faces(
    embeddings: ArrayLike, *, alike: float, consents: Sequence[Consent], at_us: int | None = None
) -> tuple[tuple[int, ...], ...]:
    """Groups of faces that show one person, by average-linkage clustering: a chain of lookalikes does not make one group.

    Args:
        embeddings: float [n, d], one row of length 1 a face.
        alike: largest mean distance (Euclidean) within a person; it belongs to the model, see `Embedder.alike`.
        consents: those that allow it, one a row: of whoever sent the picture.
        at_us: the moment at which they have to hold, µs since the epoch, UTC; now by default.

    Returns:
        row numbers, ascending; the groups in the order of their first row. The grouping itself does not depend on the order of rows.

    Raises:
        UsageError: a row has no consent that holds, or the embeddings are no table of finite numbers.

    >>> held = Consent("u:1", "faces", 0)
    >>> group_faces([[1, 0], [0, 1], [0.96, 0.28]], alike=0.4, consents=[held] * 3)
    ((0, 2), (1,))
    """
    rows = _table(embeddings)
    now = time.time_ns() // 1000 if at_us is None else at_us
    if len(consents) != len(rows) or not all(consent.holds(now) for consent in consents):
        what = "faces are compared only under a recorded consent that holds, one for each"
        raise UsageError("faces", what, f"record them with the purpose {PURPOSE!r} first, and pass them on")
    if len(rows) < 2:
        return tuple((i,) for i in range(len(rows)))
    from scipy.cluster.hierarchy import fcluster, linkage

    labels = fcluster(linkage(rows, "average"), t=alike, criterion="distance")
    groups: dict[int, list[int]] = {}
    for i, label in enumerate(labels.tolist()):
        groups.setdefault(label, []).append(i)
    return tuple(tuple(group) for group in groups.values())


def _table(embeddings: ArrayLike) -> NDArray[np.float64]:
    rows = np.asarray(embeddings, np.float64)
    if rows.size == 0:
        return np.zeros((0, 1))
    if rows.ndim != 2 or not np.isfinite(rows).all():
        raise UsageError(
            "faces", "embeddings are no table of finite numbers", "pass one row a face, as `find` tells them"
        )
    return rows
