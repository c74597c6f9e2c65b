"""`jianwei analyze` on real data sets: right to the last row, by counts made in another way."""

from __future__ import annotations

import gzip
from collections import Counter
from decimal import Decimal
from itertools import combinations
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import jianwei as jw
from jianwei.behavior.mood import Mood
from jianwei.behavior.overview import Overview
from jianwei.common.results import Unavailable
from jianwei.mining.questions.rules import AssociationRules
from jianwei.workspace.analyze import Analysis, analyze


def _analyze(paths: list[Path], folder: Path) -> tuple[jw.Workspace, Analysis]:
    workspace = jw.open(folder / "workspace")
    done = analyze(workspace, paths, output=folder / "report.html", files=False)
    assert done.path.read_text("utf-8").startswith("<!doctype html>")
    assert len(done.page.opening) == 5
    return workspace, done


def test_retail_pairs_and_supports(data_dir: Path, tmp_path: Path) -> None:
    path = data_dir / "fimi" / "retail.dat.gz"
    workspace, done = _analyze([path], tmp_path)
    with gzip.open(path, "rt") as lines:
        raw = [line.split() for line in lines if line.strip()]
    baskets = [sorted(set(items)) for items in raw]
    assert done.imported.new["events"] == sum(map(len, raw))
    overview = workspace.answer(Overview())
    assert not isinstance(overview, Unavailable)
    assert overview.baskets == len(baskets) == 88_162

    rules = workspace.answer(AssociationRules(min_support=0.005, max_antecedent=1, limit=100_000, alpha=1.0))
    assert not isinstance(rules, Unavailable)
    single = Counter(item for basket in baskets for item in basket)
    together = Counter(pair for basket in baskets for pair in combinations(basket, 2))
    n = len(baskets)
    # The question lists what goes together, so pairs that meet less often than by chance are not in it.
    expected = {
        frozenset((a, b)): count
        for (a, b), count in together.items()
        if count >= 0.005 * n and count * n > single[a] * single[b]
    }
    found = {frozenset(row["antecedent_names"] + row["consequent_names"]): row["rows"] for row in rules}
    assert found == expected


def test_cdnow_total(data_dir: Path, tmp_path: Path) -> None:
    workspace, done = _analyze([data_dir / "cdnow"], tmp_path)
    overview = workspace.answer(Overview())
    assert not isinstance(overview, Unavailable)
    assert overview.amount == Decimal("2500315.6300")
    assert done.imported.new["events"] == 69_659
    assert overview.buyers == 23_570


def test_taobao_counts_per_behaviour(data_dir: Path, tmp_path: Path) -> None:
    workspace, _ = _analyze([data_dir / "taobao_userbehavior_sample"], tmp_path)
    raw = pq.read_table(data_dir / "taobao_userbehavior_sample" / "data.parquet")
    expected = {row["values"]: row["counts"] for row in pc.value_counts(raw["behavior"]).to_pylist()}
    expected["view"] = expected.pop("pv")
    found = workspace.sql("SELECT name, count(*) AS n, count(DISTINCT user_id) AS people FROM events GROUP BY name")
    assert {row["name"]: row["n"] for row in found.to_pylist()} == expected


@pytest.mark.parametrize(
    ("name", "rows"), [("weibo2018", 10_000), ("waimai_10k", 10_758), ("online_shopping_10_cats", 55_592)]
)
def test_reviews(data_dir: Path, tmp_path: Path, name: str, rows: int) -> None:
    workspace, done = _analyze([data_dir / name], tmp_path)
    assert done.imported.new["messages"] == rows
    # Without times there is no mood over time, and that is said instead of shown as nothing.
    assert isinstance(workspace.answer(Mood()), Unavailable)
    answered = workspace.sql("SELECT count(*) AS n FROM annotations WHERE task = 'sentiment'")
    spoken = workspace.sql("SELECT count(*) AS n FROM messages WHERE trim(text) <> ''")
    assert answered.equals(spoken)


def test_movielens(data_dir: Path, tmp_path: Path) -> None:
    workspace, done = _analyze([data_dir / "movielens_100k"], tmp_path)
    assert done.imported.new["events"] == 100_000
    ratings = pq.read_table(data_dir / "movielens_100k" / "ratings.parquet")
    found = workspace.sql(
        "SELECT sum(value) AS total, count(DISTINCT user_id) AS people FROM events WHERE name = 'rate'"
    )
    total = pc.sum(pc.cast(ratings["rating"], "float64")).as_py()
    assert found.to_pylist() == [{"total": total, "people": 943}]


@pytest.mark.parametrize("tool", ["chatlab", "wechatmsg", "chatlog"])
def test_chat_exports(data_dir: Path, tmp_path: Path, tool: str) -> None:
    workspace, done = _analyze([data_dir / "chat_exports" / tool], tmp_path)
    assert done.imported.new["messages"] == 22
    assert workspace.sql("SELECT count(*) AS n FROM messages WHERE kind = 'text'").to_pylist() == [{"n": 11}]


def test_second_report_covers_its_own_input(data_dir: Path, tmp_path: Path) -> None:
    exports = data_dir / "chat_exports"
    workspace = jw.open(tmp_path / "workspace")
    workspace.import_files([exports / "chatlab" / "private.json", data_dir / "cdnow"])
    again = analyze(workspace, [exports / "chatlog" / "chatlog_private.json"], output=tmp_path / "a.html", files=False)
    assert again.imported.new == {} or again.imported.new.get("messages", 0) == 0
    figures = {tile.label.key: tile.figure for tile in again.page.tiles}
    assert figures["report.tile.messages"] == "12"
    assert "report.tile.buyers" not in figures
    whole = analyze(
        workspace, [exports / "chatlog" / "chatlog_private.json"], output=tmp_path / "b.html", files=False, whole=True
    )
    assert "report.tile.buyers" in {tile.label.key for tile in whole.page.tiles}


def test_what_jianwei_wrote_is_not_read_again(tmp_path: Path) -> None:
    (tmp_path / "talk.csv").write_text("内容,用户,时间\n好喝,小林,2024-01-05 09:00:00\n", "utf-8")
    workspace = jw.open(tmp_path / "jianwei-workspace")
    for _ in range(2):
        done = analyze(workspace, [tmp_path], output=tmp_path / "report.html")
        assert [(Path(item.name).name, item.status) for item in done.imported.inputs] == [("talk.csv", "done")]
