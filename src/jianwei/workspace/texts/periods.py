"""What posts are grouped by in time: moments become days, weeks or months; anything else stays what it is."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.common.times import detect_layout, local_micros, to_micros
from jianwei.errors import UsageError

__all__ = ["EVERY", "Every", "periods_of"]

Every: TypeAlias = Literal["day", "week", "month", "year"]
EVERY: tuple[str, ...] = get_args(Every)
_FORMS = {"day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m", "year": "%Y"}


def periods_of(values: pa.StringArray, every: str = "month", zone: str = "Asia/Shanghai") -> list[str | None]:
    """The period of every value; None where there is none.

    Args:
        values: n moments as text, or n names of periods.
        every: "day", "week", "month" or "year".
        zone: zone of moments, naive ones included.

    Raises:
        UsageError: `every` is unknown.

    >>> periods_of(pa.array(["2024-03-05 10:00", "2024/4/1", ""])), periods_of(pa.array(["spring", "autumn"]))
    (['2024-03', '2024-04', None], ['spring', 'autumn'])
    """
    if every not in _FORMS:
        raise UsageError("--every", f"{every!r} is unknown", f"choose one of {', '.join(EVERY)}")
    given = pc.if_else(pc.equal(pc.utf8_trim_whitespace(values), ""), pa.scalar(None, pa.string()), values)
    if detect_layout(given.drop_null()) is None:
        periods: list[str | None] = given.to_pylist()
        return periods
    micros = to_micros(pc.fill_null(given, ""), zone)
    local = local_micros(np.asarray(pc.fill_null(micros, 0).to_numpy(), np.int64), zone)
    moments = pa.array(local, pa.timestamp("us"), mask=micros.is_null().to_numpy(zero_copy_only=False))
    texts: list[str | None] = pc.strftime(moments, format=_FORMS[every]).to_pylist()
    return texts
