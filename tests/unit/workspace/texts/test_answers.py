"""Sentiment, classes, clouds, periods and files of answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray
from python_calamine import CalamineWorkbook

from jianwei.errors import InputError, StoreError, UsageError
from jianwei.models import ModelIdentity
from jianwei.text import sentiment
from jianwei.text.classifier import TextClassifier
from jianwei.workspace.texts.choosing import load_model, maker
from jianwei.workspace.texts.clouds import word_clouds
from jianwei.workspace.texts.feelings import feel
from jianwei.workspace.texts.judgements import judge
from jianwei.workspace.texts.periods import periods_of
from jianwei.workspace.texts.praise import praise_and_blame
from jianwei.workspace.texts.reading import Posts, read_posts
from jianwei.workspace.texts.schooling import school
from jianwei.workspace.texts.writing import beside, write_answers

TEXTS = ["物流太慢了，生气", "很喜欢，谢谢", None, "什么时候发货？", "难吃，再也不来了"]
PEOPLE = ["小林", "老周", "小林", "", "小林"]


def posts_of(texts: list[str | None], by: list[str] | None = None, labels: list[str] | None = None) -> Posts:
    column = pa.array(texts, pa.string())
    strings = [None if part is None else pa.array(part, pa.string()) for part in (by, labels)]
    return Posts(pa.table({"text": column}), column, strings[0], strings[1], ())


class Known:
    """Always as sure."""

    identity = ModelIdentity("known", "1")

    def __init__(self, *classes: str) -> None:
        self.classes = classes

    def probabilities(self, texts: pa.StringArray) -> NDArray[np.float32]:
        return np.tile(np.linspace(1, 2, len(self.classes), dtype=np.float32), (len(texts), 1)) / 4


def test_feelings_are_those_of_the_room() -> None:
    found = feel(posts_of(TEXTS, PEOPLE))
    wanted = sentiment([text for text in TEXTS if text])
    assert [label for label in found.rows["sentiment"].to_pylist() if label] == wanted.label.tolist()
    assert found.rows["sentiment"][2].as_py() is None
    assert [row["negative"] for row in found if row["negative"] is not None] == wanted.probabilities[:, 0].tolist()
    assert sum(found.totals.values()) == 4
    assert found.totals == {name: (wanted.label == name).sum() for name in ("negative", "neutral", "positive")}
    assert found.people is not None
    assert [(row["by"], row["total"]) for row in found.people.to_pylist()] == [("小林", 2), ("", 1), ("老周", 1)]
    assert found.people["negative"][0].as_py() == 2


def test_feelings_by_another_model() -> None:
    found = feel(posts_of(["a", None]), Known("negative", "positive"))
    assert found.rows.to_pylist()[0] == {
        "sentiment": "positive", "score": 0.5, "negative": 0.25, "neutral": 0.0, "positive": 0.5,
    }  # fmt: skip
    assert found.people is None
    with pytest.raises(UsageError, match="spam"):
        feel(posts_of(["a"]), Known("spam", "ham"))


def test_nothing_feels_nothing() -> None:
    found = feel(posts_of([None], ["u"]))
    assert (sum(found.totals.values()), len(found)) == (0, 1)
    assert found.people is not None
    assert found.people.to_pylist()[0]["negative_share"] is None


def test_judgements() -> None:
    posts = posts_of(["a", None, "b"])
    found = judge(posts, Known("x", "y", "z"), top=2)
    assert found.rows["labels"].to_pylist() == [["z", "y"], None, ["z", "y"]]
    assert found.rows["scores"].to_pylist()[0] == [0.5, 0.375]
    assert (found.totals, found.judged) == ({"z": 2}, 2)
    assert judge(posts, Known("x", "y"), threshold=0.6).totals == {"": 2}
    with pytest.raises(UsageError, match="--explain"):
        judge(posts, Known("x", "y"), explain=True)


def test_judgements_of_several_labels_say_why() -> None:
    labels = [["food"], ["post"], ["food", "post"], []] * 12
    model = TextClassifier(bits=12, multi_label=True).fit(["好吃", "快递慢", "好吃但快递慢", "你好"] * 12, labels)
    found = judge(posts_of(["好吃但快递慢", "你好"]), model, explain=True)
    assert set(found.rows["labels"][0].as_py()) == {"food", "post"}
    assert found.rows["labels"][1].as_py() == []
    assert found.totals == {"food": 1, "post": 1, "": 1}
    assert "快" in found.rows["because"][0].as_py()


def test_praise_counts_posts() -> None:
    found = praise_and_blame(posts_of(["送得快但是不好吃", None, "难吃"]))
    assert {row["row"] for row in found} == {0, 2}
    counts = {row["aspect"]: (row["positive"], row["negative"]) for row in found.totals.to_pylist()}
    assert counts["taste"] == (0, 2)
    assert counts["delivery"] == (1, 0)
    assert found.posts == 2


def test_clouds_of_the_kinds_that_there_are(tmp_path: Path) -> None:
    posts = posts_of(["物流太慢了", "难吃", "太慢了，难吃", None])
    written = word_clouds(posts, feel(posts), tmp_path / "new" / "folder", language="en")
    assert [path.name for path in written] == ["negative.png"]
    assert written[0].read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    posts = posts_of(["很喜欢，谢谢", "太慢了，难吃", None])
    assert [path.stem for path in word_clouds(posts, feel(posts), tmp_path, language="zh_CN")] == [
        "negative",
        "positive",
    ]


def test_clouds_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    posts = posts_of(["太慢了"])
    with pytest.raises(StoreError):
        word_clouds(posts, feel(posts), tmp_path / "file", language="en")


def test_periods() -> None:
    moments = pa.array(["2024-12-30 23:30", "2025-01-01", "1704070800", ""])
    assert periods_of(moments, "day") == ["2024-12-30", "2025-01-01", "2024-01-01", None]
    assert periods_of(moments, "week") == ["2025-W01", "2025-W01", "2024-W01", None]
    assert periods_of(moments, "year") == ["2024", "2025", "2024", None]
    assert periods_of(pa.array(["甲店", ""])) == ["甲店", None]
    with pytest.raises(UsageError):
        periods_of(moments, "hour")


def test_answers_as_files(tmp_path: Path) -> None:
    frame = beside(pa.table({"text": ["=1+1", "很好"]}), {"text": pa.array(["a", "b"]), "n": pa.array([1, 2])})
    assert frame.column_names == ["text", "text_2", "n"]
    tables = {"posts": frame, "by": pa.table({"who": ["u"]})}
    assert [p.name for p in write_answers(tmp_path / "a.csv", tables)] == ["a.csv", "a-by.csv"]
    assert pa_csv.read_csv(tmp_path / "a.csv")["text"].to_pylist() == ["'=1+1", "很好"]
    write_answers(tmp_path / "a.parquet", tables)
    assert pq.read_table(tmp_path / "a.parquet").equals(frame)
    write_answers(tmp_path / "a.xlsx", tables)
    assert CalamineWorkbook.from_path(str(tmp_path / "a.xlsx")).sheet_names == ["posts", "by"]
    with pytest.raises(UsageError):
        write_answers(tmp_path / "a.pdf", tables)
    with pytest.raises(UsageError, match="missing"):
        write_answers(tmp_path / "missing" / "a.csv", tables)
    (tmp_path / "b.csv").mkdir()
    with pytest.raises(StoreError):
        write_answers(tmp_path / "b.csv", tables)
    with pytest.raises(UsageError, match="missing"):
        school(posts_of(["好", "坏"], None, ["a", "b"]), tmp_path / "missing" / "m.model")


def test_models_by_file_and_by_name(tmp_path: Path) -> None:
    model = TextClassifier(bits=10).fit(["好", "坏"] * 10, ["a", "b"] * 10)
    model.save(tmp_path / "m.model")
    loaded = load_model(str(tmp_path / "m.model"))
    assert (loaded.classes, loaded.identity.name) == (("a", "b"), "m")
    for wrong in ("no/such.model", "none-of-this-name"):
        with pytest.raises((InputError, UsageError)):
            load_model(wrong)
    (tmp_path / "junk").write_bytes(b"junk")
    with pytest.raises(InputError):
        load_model(str(tmp_path / "junk"))
    with pytest.raises(UsageError, match="--tier"):
        maker("best", multi_label=False)
    with pytest.raises(UsageError, match="few-shot"):
        maker("few-shot", multi_label=True)


def test_school(tmp_path: Path) -> None:
    texts: list[str | None] = [f"{word}{at}号" for at in range(40) for word in ("好吃", "难吃")]
    labels = ["good", "bad"] * 40
    done = school(posts_of([*texts, texts[0], None], None, [*labels, "good", "bad"]), tmp_path / "m.model")
    assert (done.ready.duplicates, done.ready.empty, len(done.ready.texts)) == (1, 1, 80)
    assert done.learned.folds == 5
    assert done.learned.held == 80
    figures = done.plain()
    assert figures["accuracy"] > 0.95
    assert figures["baseline"] <= 0.6
    told = {one.label: one.ngrams for one in done.telling}
    assert any("好" in gram for gram in told["good"])
    assert any("难" in gram for gram in told["bad"])
    assert load_model(str(tmp_path / "m.model")).classes == ("bad", "good")


def test_school_of_several_labels(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    lines = [f"好吃{at},food\n快递慢{at},post\n好吃快递慢{at},food;post\n你好{at},\n" for at in range(30)]
    path.write_text("text,label\n" + "".join(lines), "utf-8")
    done = school(read_posts([path], labelled=True), tmp_path / "m.model", separator=";")
    assert done.ready.sizes == {"food": 60, "post": 60}
    assert done.ready.unlabelled == 0
    assert done.plain()["micro_f1"] > 0.9
