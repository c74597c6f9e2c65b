"""Which faces show the same person. Off unless a consent is recorded: the caller has to say whose it is."""

from __future__ import annotations

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
        given_us: when, µs since the epoch, UTC.
        withdrawn_us: when it was taken back; None while it holds.
    """

    user_id: str
    purpose: str
    given_us: int
    withdrawn_us: int | None = None


def group_faces(embeddings: ArrayLike, *, alike: float, consent: Consent | None) -> tuple[tuple[int, ...], ...]:
    """Groups of faces that show one person, by average-linkage clustering: a chain of lookalikes does not make one group.

    Args:
        embeddings: float [n, d], one row of length 1 a face.
        alike: largest mean distance (Euclidean) within a person; it belongs to the model, see `Embedder.alike`.
        consent: the one that allows it.

    Returns:
        row numbers, ascending; the groups in the order of their first row. The grouping itself does not depend on the order of rows.

    Raises:
        UsageError: there is no consent that holds, or the embeddings are no table of finite numbers.

    >>> held = Consent("u:1", "faces", 0)
    >>> group_faces([[1, 0], [0, 1], [0.96, 0.28]], alike=0.4, consent=held)
    ((0, 2), (1,))
    """
    if consent is None or consent.purpose != PURPOSE or consent.withdrawn_us is not None or not consent.user_id:
        what = "faces are compared only under a recorded consent that holds"
        raise UsageError("faces", what, f"record one with the purpose {PURPOSE!r} first, and pass it on")
    rows = _table(embeddings)
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
