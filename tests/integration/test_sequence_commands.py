"""`jianwei mine sequences` and `contrast` over a workspace, in both languages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import jianwei as jw
from jianwei.cli.app import build_app

DAYS = [f"2024-{month:02d}-{day:02d}" for month in (1, 2) for day in range(1, 29)] + ["2024-01-31", "2024-02-29"]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Customers buy a kettle, and most of them tea two days later; ice is sold from February on."""
    folder = tmp_path_factory.mktemp("sequences")
    rows, order = [], 0
    for at, day in enumerate(sorted(DAYS)):
        for customer in range(at, at + 4):
            order += 1
            rows.append(f"{order},{day} 10:00:00,客{customer % 60},茶杯,1,9.00")
            if day >= "2024-02" and customer % 2:
                rows.append(f"{order},{day} 10:00:00,客{customer % 60},冰,1,1.00")
    for customer in range(24):
        order += 2
        day = customer % 20 + 1
        rows.append(f"{order},2024-01-{day:02d} 12:00:00,客{customer},水壶,1,99.00")
        if customer % 4:
            rows.append(f"{order + 1},2024-01-{day + 2:02d} 12:00:00,客{customer},茶叶,1,39.00")
    (folder / "orders.csv").write_text("订单号,下单时间,客户,商品,数量,金额\n" + "\n".join(rows), "utf-8")
    jw.open(folder / "shop").import_files([folder / "orders.csv"])
    return folder / "shop"


def run(shop: Path, *words: str, language: str = "en", code: int = 0) -> Result:
    done = CliRunner().invoke(
        build_app(frozenset(words)), [*words, "-w", str(shop)], env={"COLUMNS": "80", "LANG": language}
    )
    assert done.exit_code == code, done.output
    return done


def rows(done: Result) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(done.stdout)["rows"]
    return found


def test_what_follows_what(shop: Path) -> None:
    words = ("mine", "sequences", "--max-gap-days", "7", "--order", "strength", "--no-repeats")
    first = rows(run(shop, *words, "--json"))[0]
    assert first["item_names"] == ["水壶", "茶叶"]
    assert (first["rows"], first["antecedent_rows"]) == (18, 24)
    for language in ("en", "zh_CN.UTF-8"):
        text = run(shop, *words, language=language).stdout
        assert "水壶 → 茶叶" in text
        assert "75%" in text
        assert max(map(len, text.splitlines())) <= 80
    soon = rows(run(shop, "mine", "sequences", "--max-gap-days", "1", "--json"))
    assert ["水壶", "茶叶"] not in [row["item_names"] for row in soon]
    assert "event" in run(shop, "mine", "sequences", "--events", "view", "--json").stdout


def test_what_has_changed(shop: Path) -> None:
    (ice, *_) = found = rows(run(shop, "mine", "contrast", "--json"))
    assert (ice["item_names"], ice["left_rows"]) == (["冰"], 0)
    assert ["茶杯", "冰"] not in [row["item_names"] for row in found]
    assert "冰" in run(shop, "mine", "contrast", "--before", "2024-01", "--after", "2024-02").stdout
    text = run(shop, "mine", "contrast", "--between", "weekend", "--alpha", "1", language="zh_CN.UTF-8").stdout
    assert max(map(len, text.splitlines())) <= 80


def test_wrong_usage_is_told(shop: Path) -> None:
    assert "2024-01-15" in run(shop, "mine", "contrast", "--before", "May", "--after", "2024-02", code=2).output
    run(shop, "mine", "contrast", "--before", "2024-01", code=2)
    run(shop, "mine", "sequences", "--of", "person", code=2)


def test_in_python(shop: Path) -> None:
    ws = jw.open(shop)
    assert ws.sequences(min_rows=15, max_gap_days=7).persons == 60
    assert ws.contrast(max_length=1).left == "2024-01"
