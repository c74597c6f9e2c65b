"""`jianwei mine itemsets` and `rules` as whole processes: over files and over a workspace."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]

POT = "提梁烧水壶 温控1L 家用大容量"
FORMULA = "=1+2 茶叶"


@pytest.fixture
def jianwei(tmp_path: Path, child_environment: dict[str, str]) -> Run:
    def run(*arguments: str, code: int = 0, language: str = "en_US.UTF-8") -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "jianwei", *arguments],
            cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False,
            env={**child_environment, "LANG": language, "LC_ALL": language, "COLUMNS": "80", "PYTHONUTF8": "1"},
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done

    return run


def orders(path: Path, number: int = 300) -> Path:
    """Who buys the tea and the cup buys the pot too."""
    dice = random.Random(3)
    lines = ["订单号,下单时间,客户,商品,数量,金额"]
    for order in range(number):
        basket = [item for item in (FORMULA, "杯", "盘", "针") if dice.random() < 0.4] or ["针"]
        if dice.random() < (0.8 if {FORMULA, "杯"} <= set(basket) else 0.1):
            basket.append(POT)
        lines += [f"{order},2026-03-{order % 28 + 1:02d} 10:00:00,客{order % 40},{item},1,39.00" for item in basket]
    path.write_text("\n".join(lines), "utf-8")
    return path


def width(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)


@pytest.mark.parametrize("language", ["en_US.UTF-8", "zh_CN.UTF-8"])
def test_a_file_is_mined_without_a_workspace(jianwei: Run, tmp_path: Path, language: str) -> None:
    orders(tmp_path / "orders.csv")
    columns = ("--basket-column", "订单号", "--item-column", "商品")
    done = jianwei("mine", "rules", "orders.csv", *columns, "-o", "rules.csv", language=language)
    assert max(map(width, done.stdout.splitlines())) <= 80
    assert ("Who has" if language.startswith("en") else "有了") in done.stdout
    assert "300" in done.stdout.splitlines()[0]
    assert "rules.csv" in done.stderr
    assert not (tmp_path / "jianwei-workspace").exists()
    rows = pa_csv.read_csv(tmp_path / "rules.csv").to_pylist()
    assert (set(rows[0]["antecedent_names"].lstrip("'").split("、")), rows[0]["consequent_names"]) == (
        {FORMULA, "杯"},
        POT,
    )
    cells = [cell for row in rows for cell in (row["antecedent_names"], row["consequent_names"])]
    assert any(cell.startswith("'=") for cell in cells)
    assert not any(cell.startswith("=") for cell in cells)


def test_every_format_holds_the_same(jianwei: Run, tmp_path: Path) -> None:
    orders(tmp_path / "orders.csv")
    call = ("mine", "rules", "orders.csv", "--basket-column", "订单号", "--item-column", "商品", "--order", "lift")
    shown = json.loads(jianwei(*call, "--json").stdout)
    for name in ("rules.json", "rules.parquet", "rules.xlsx"):
        jianwei(*call, "-o", name)
    assert json.loads((tmp_path / "rules.json").read_text("utf-8"))["rows"] == shown["rows"]
    assert pq.read_table(tmp_path / "rules.parquet").num_rows == len(shown["rows"]) == shown["rules"]
    lifts = [row["lift"] for row in shown["rows"]]
    assert lifts == sorted(lifts, reverse=True)


def test_baskets_one_a_line(jianwei: Run, tmp_path: Path) -> None:
    (tmp_path / "shop.dat").write_text("1 2 3\n1 2\n1\n\n2 3\n" * 5, "utf-8")
    done = json.loads(jianwei("mine", "itemsets", "shop.dat", "--min-rows", "10", "--json").stdout)
    assert {tuple(row["items"]): row["rows"] for row in done["rows"]} == {
        ("1",): 15, ("2",): 15, ("3",): 10, ("1", "2"): 10, ("2", "3"): 10,
    }  # fmt: skip
    text = jianwei("mine", "itemsets", "shop.dat", "--min-rows", "10", "--kind", "maximal").stdout
    assert "1 + 2" in text


def test_a_workspace_is_mined_and_its_rules_kept(jianwei: Run, tmp_path: Path) -> None:
    orders(tmp_path / "orders.csv")
    jianwei("import", "orders.csv", "--yes")
    done = jianwei("mine", "rules", "--consequent", POT, "--keep", language="zh_CN.UTF-8")
    assert max(map(width, done.stdout.splitlines())) <= 80
    assert "rules" in done.stderr
    jianwei("export", "rules", "kept.parquet")
    kept = pq.read_table(tmp_path / "kept.parquet").to_pylist()
    assert kept
    assert all(row["consequent_names"] == [POT] for row in kept)
    assert all(item.startswith("i:") for row in kept for item in row["antecedent"])


def test_wrong_usage_says_what_to_do(jianwei: Run, tmp_path: Path) -> None:
    orders(tmp_path / "orders.csv")
    columns = ("--basket-column", "订单号", "--item-column", "商品")
    assert (
        "did you mean" in jianwei("mine", "rules", "orders.csv", *columns, "--antecedent", "提梁烧水壶", code=2).stderr
    )
    assert "leave them out" in jianwei("mine", "rules", "orders.csv", *columns, "--by", "day", code=2).stderr
    assert "-o" in jianwei("mine", "rules", "orders.csv", *columns, "--keep", code=2).stderr
    assert "name a file" in jianwei("mine", "rules", *columns, code=2).stderr
    assert ".xlsx" in jianwei("mine", "rules", "orders.csv", *columns, "-o", "rules.doc", code=2).stderr
    jianwei("mine", "rules", "nowhere.csv", code=1)
    jianwei("mine", "rules", "orders.csv", "--min-support", "2", code=2)


def test_nothing_found_is_said(jianwei: Run, tmp_path: Path) -> None:
    (tmp_path / "few.csv").write_text("a,b\nb,c\na\n", "utf-8")
    assert "No rule" in jianwei("mine", "rules", "few.csv").stdout
    (tmp_path / "single.dat").write_text("1\n2\n3\n", "utf-8")
    assert "one item only" in jianwei("mine", "rules", "single.dat").stdout
