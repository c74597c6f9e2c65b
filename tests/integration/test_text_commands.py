"""`jianwei text` as whole processes: the issue's own command lines, from labels to a model to answers."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pyarrow.csv as pa_csv
import pytest
from python_calamine import CalamineWorkbook

GOOD = ["很好吃", "味道不错", "送得很快", "服务热情", "下次还来", "分量足"]
BAD = ["太难吃了", "送得太慢", "凉透了", "态度恶劣", "再也不来", "分量少得可怜"]


@pytest.fixture
def jianwei(tmp_path: Path, child_environment: dict[str, str]):  # type: ignore[no-untyped-def]
    def run(
        *arguments: str, code: int = 0, given: str = "", language: str = "en_US.UTF-8"
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "jianwei", "text", *arguments],
            cwd=tmp_path, input=given, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False,
            env={**child_environment, "LANG": language, "LC_ALL": language, "COLUMNS": "80", "PYTHONUTF8": "1"},
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done

    return run


def reviews(path: Path, rows: int, *, seed: int = 0) -> Path:
    dice = random.Random(seed)
    lines = ["用户,评论,类别"]
    for number in range(rows):
        good = dice.random() < 0.5
        said = "，".join(dice.sample(GOOD if good else BAD, 2))
        lines.append(f"顾客{number % 7},{said}{number},{'好评' if good else '差评'}")
    path.write_text("\n".join(lines), "gb18030")
    return path


def test_sentiment_by_person(jianwei, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = reviews(tmp_path / "posts.csv", 200)
    with path.open("a", encoding="gb18030") as file:
        file.write("\n顾客1,,差评\n顾客2,多了,一列,差评")
    done = jianwei("sentiment", "posts.csv", "--by", "user", "--wordcloud", "clouds", "-o", "out.xlsx", code=3)
    assert "1 rows without text" in done.stderr
    assert "1 rows not read: too few or too many columns" in done.stderr
    assert max(len(line) for line in done.stdout.splitlines()) <= 80
    names = {picture.name for picture in (tmp_path / "clouds").iterdir()}
    assert {"negative.png", "positive.png"} <= names
    book = CalamineWorkbook.from_path(str(tmp_path / "out.xlsx"))
    posts, people = (book.get_sheet_by_name(name).to_python() for name in ("posts", "by"))
    header = posts[0]
    assert header[:4] == ["用户", "评论", "类别", "sentiment"]
    assert len(posts) == 202
    told = {"positive": "好评", "negative": "差评"}
    right = sum(told.get(str(row[3])) == row[2] for row in posts[1:])
    assert right > 160
    assert len(people) == 8
    assert sum(float(row[people[0].index("total")]) for row in people[1:]) == 200


def test_from_labels_to_answers(jianwei, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    reviews(tmp_path / "data.csv", 300)
    reviews(tmp_path / "new.csv", 50, seed=1)
    shown = jianwei(
        "train", "data.csv", "--text", "评论", "--label", "类别", "-o", "own.model", language="zh_CN.UTF-8"
    ).stdout
    assert "准确率" in shown
    assert "总是回答最多的类别" in shown
    found = json.loads(jianwei("evaluate", "new.csv", "--model", "own.model", "--label", "类别", "--json").stdout)
    assert found["models"][0]["accuracy"] > 0.95
    assert found["models"][0]["texts_per_second"] > 0
    jianwei("classify", "new.csv", "--model", "own.model", "-o", "out.csv")
    out = pa_csv.read_csv(tmp_path / "out.csv")
    assert sum(a == b for a, b in zip(out["类别"].to_pylist(), out["labels"].to_pylist(), strict=True)) > 45
    first = json.loads(jianwei("classify", "--model", "own.model", "--json", given="太难吃了\n").stdout)
    assert first["posts"][0]["labels"] == ["差评"]


def test_the_reader_of_our_output_may_go_away(tmp_path: Path, child_environment: dict[str, str]) -> None:
    path = tmp_path / "many.txt"
    path.write_text("物流太慢了\n" * 50_000, "utf-8")
    command = f"{sys.executable} -m jianwei text tokenize {path} | head -1"
    done = subprocess.run(
        ["/bin/sh", "-c", command], capture_output=True, text=True, env=child_environment, check=False
    )
    assert (done.stdout, done.stderr) == ("物流 太慢 了\n", "")
