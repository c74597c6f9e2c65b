"""Itemsets by partitions are the same on every engine as in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from jianwei.engines import Engine, Scope
from jianwei.mining import frequent_itemsets, partitioned_itemsets, read_baskets
from jianwei.query.views import baskets
from jianwei.records import TABLES
from jianwei.store import Lake


@pytest.mark.parametrize("kind", ["all", "closed"])
def test_baskets_of_a_lake(engine: Engine, tmp_path: Path, kind: Any) -> None:
    dice = np.random.default_rng(5)
    orders = np.sort(dice.integers(0, 3_000, 9_000))
    items = np.minimum(dice.geometric(0.15, 9_000), 40)
    given = [
        {"event_id": f"e:{at}", "name": "buy", "basket_id": f"b:{order}", "item_id": f"i:{item}"}
        for at, (order, item) in enumerate(zip(orders.tolist(), items.tolist(), strict=True))
    ]
    lake = Lake(tmp_path / "lake")
    lake.append_new("events", pa.Table.from_pylist(given, TABLES["events"].schema))
    with engine.open(lake.snapshot(["events"]), Scope()) as session:
        couples = baskets(session).select("basket_id", "item_id")
        lists = couples.group_by("basket_id").aggregate(items=couples.item_id.collect()).select("items")
        sizes: list[int] = []

        def each(function: Any, schema: pa.Schema) -> Any:
            for batch in session.map_batches(lists, function, schema, 500):
                sizes.append(len(batch))
                yield batch

        found = partitioned_itemsets(each, 0.005, kind, fewest=2)
        whole = frequent_itemsets(read_baskets(session.execute(couples)), 0.005, kind)
    assert len(sizes) > 2
    assert {frozenset(one.items): one.rows for one in found} == {frozenset(one.items): one.rows for one in whole}
    assert found.baskets == whole.baskets == len(set(orders.tolist()))
