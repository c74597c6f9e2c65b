"""What is much bought lately, and what is new: for everybody, and for those of whom nothing is known."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from jianwei.common.results import Reason
from jianwei.recommend.evidence import Trend
from jianwei.recommend.rulebook import Pick

__all__ = ["much_wanted", "newest", "wanted"]


def much_wanted(trend: Trend, allowed: NDArray[np.bool_]) -> Iterator[Pick]:
    """Items by the number of people (or baskets) that bought them lately, from large to small; only what somebody wanted."""
    for item in trend.wanted:
        if allowed[item]:
            yield item, float(trend.lately[item]), wanted(trend, item)


def newest(trend: Trend, allowed: NDArray[np.bool_]) -> Iterator[Pick]:
    """Items whose first record is in the last days of the records, those that most people wanted since first.

    None where the records do not go back further than those days: then everything would be new.
    """
    if trend.days == 0 or trend.old <= trend.days:
        return
    young = (trend.first_day >= 0) & (trend.first_day < trend.days) & allowed
    for item in np.lexsort((trend.first_day, -trend.lately, ~young))[: int(young.sum())].tolist():
        figures = {"days": int(trend.first_day[item]), "rows": int(trend.lately[item]), "what": trend.what}
        yield item, float(trend.lately[item]), Reason("new", figures)


def wanted(trend: Trend, item: int) -> Reason:
    """How much an item is in demand, as a reason."""
    rows, before = int(trend.lately[item]), int(trend.before[item])
    figures: dict[str, object] = {"rows": rows, "what": trend.what, "who": trend.who}
    if trend.days == 0:
        return Reason("much_wanted_in_all", {**figures, "of": trend.whole})
    figures["days"] = trend.days
    if before < 0:
        return Reason("much_wanted", figures)
    code = "much_wanted_up" if rows > before else "much_wanted_down" if rows < before else "much_wanted_same"
    return Reason(code, {**figures, "before": before})
