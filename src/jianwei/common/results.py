"""What every result carries: rows in Arrow, where they came from, and an honest word when there is nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Provenance", "Reason", "Rows", "Unavailable"]


@dataclass(frozen=True, slots=True)
class Reason:
    """A code and its figures; the words for it stand in `locale`.

    >>> Reason("no_times", {"rows": 3}).code
    'no_times'
    """

    code: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The answer does not exist (a model is missing, the data has no times). It is not a zero."""

    reason: Reason

    def __bool__(self) -> Literal[False]:
        return False


@dataclass(frozen=True, slots=True)
class Provenance:
    """What an answer was made from: enough to say whether it is still current.

    Attributes:
        question: catalog name of the question.
        settings: the question's settings as JSON.
        tables: lake version of every table that was read (-1: the table did not exist).
        models: current (model, version) of every annotation task that was read.
        engine: name of the engine.
    """

    question: str
    settings: str
    tables: Mapping[str, int]
    models: Mapping[str, str] = field(default_factory=dict)
    engine: str = "duckdb"


@dataclass(frozen=True)
class Rows:
    """Rows of one typed result. Concrete results add figures of their own beside the rows.

    Attributes:
        rows: the main table, in the schema that the question documents.
        provenance: what it was made from; filled in by `questions.answer`, None when a question is computed directly.

    >>> Rows(pa.table({"day": [1, 2]})).to_arrow().num_rows
    2
    """

    rows: pa.Table
    provenance: Provenance | None = field(default=None, kw_only=True)

    def to_arrow(self) -> pa.Table:
        """The rows as an Arrow table, in the schema that the question documents."""
        return self.rows

    def to_pandas(self) -> pd.DataFrame:
        """The rows as a pandas DataFrame."""
        frame: pd.DataFrame = self.rows.to_pandas()
        return frame

    def __len__(self) -> int:
        return int(self.rows.num_rows)

    def __bool__(self) -> bool:
        """A result is an answer even when it has no rows; only `Unavailable` is none."""
        return True

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for batch in self.rows.to_batches():
            yield from batch.to_pylist()
