"""`jianwei text`: what its commands print, write and end with. Each runs in this process."""

from __future__ import annotations

import json
from itertools import permutations, product
from pathlib import Path
from typing import Any

import pyarrow.csv as pa_csv
import pytest
from click.testing import Result
from typer.testing import CliRunner

from jianwei.cli.app import build_app
from jianwei.cli.text.shaping import KEY
from jianwei.common.i18n import LANGUAGES, catalog
from jianwei.text.linear.explaining import EXPLANATION_SCHEMA

POSTS = "用户,评论,类别\n小林,物流太慢了，气死,差评\n老周,很喜欢，谢谢,好评\n小林,,好评\n阿杰,难吃，再也不来了,差评\n"
PRIVATE = "我是13812345678，寄到广州市天河区体育西路103号\nＯＫ  好!!!!!!\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANG", "en")
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("LC_ALL", "LC_MESSAGES", "JIANWEI_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    Path("posts.csv").write_text(POSTS, "utf-8")
    Path("private.txt").write_text(PRIVATE, "utf-8")


def run(*arguments: str, code: int = 0, given: str | bytes | None = None) -> Result:
    result = CliRunner().invoke(build_app(), ["text", *arguments], input=given)
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result


def answer(*arguments: str, code: int = 0, given: str | bytes | None = None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*arguments, "--json", code=code, given=given).stdout)
    return found


def labelled(path: str, rows: int = 60, *, several: bool = False) -> str:
    """A table that is easy to learn: 好吃 is good, 难吃 is bad."""
    lines = ["text,label"]
    for at in range(rows):
        lines.append(f"这家店好吃{at},good" + (";food" if several else ""))
        lines.append(f"这家店难吃{at},bad" + (";food" if several else ""))
    Path(path).write_text("\n".join(lines), "utf-8")
    return path


def test_sentiment_by_person_with_files_and_clouds() -> None:
    result = run("sentiment", "posts.csv", "--by", "user", "--wordcloud", "clouds", "-o", "out.csv", code=3)
    assert "posts.csv: 1 rows without text" in result.stderr
    assert {path.name for path in Path("clouds").iterdir()} == {"negative.png", "positive.png"}
    out = pa_csv.read_csv("out.csv").to_pydict()
    assert out["sentiment"] == ["negative", "positive", "", "negative"]
    assert out["评论"][1] == "很喜欢，谢谢"
    assert out["用户"] == ["小林", "老周", "小林", "阿杰"]
    people = pa_csv.read_csv("out-by.csv").to_pydict()
    assert dict(zip(people["user"], people["negative"], strict=True)) == {"小林": 1, "阿杰": 1, "老周": 0}
    for said in ("3 posts", "negative", "out-by.csv", "clouds/negative.png", "小林"):
        assert said in result.stdout


def test_sentiment_as_json() -> None:
    found = answer("sentiment", "posts.csv", "--by", "user", code=3)
    assert found["totals"] == {"negative": 2, "neutral": 0, "positive": 1}
    assert [row["sentiment"] for row in found["posts"]] == ["negative", "positive", None, "negative"]
    assert {row["by"]: row["total"] for row in found["by"]} == {"小林": 1, "老周": 1, "阿杰": 1}
    assert found["files"][0]["empty"] == 1
    assert found["files"][0]["columns"] == {"text": "评论", "by": "用户"}


def test_sentiment_of_standard_input() -> None:
    shown = run("sentiment", given="太好吃了\n送了两个小时还是凉的\n").stdout
    assert "太好吃了" in shown
    assert shown.index("positive") > 0
    assert answer("sentiment", "-", given="太好吃了\n".encode("gb18030"))["totals"]["positive"] == 1


def test_limits_are_told_of() -> None:
    shown = run("sentiment", "--limit", "2", given="好\n" * 5).stdout
    assert "3 more" in shown


def test_files_that_are_not_there() -> None:
    assert "there is no such file" in run("sentiment", "no.csv", code=1).stderr
    result = run("sentiment", "no.csv", "private.txt", code=3)
    assert "no.csv: there is no such file" in result.stderr
    assert "2 posts" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["sentiment", "posts.csv", "--text", "评伦"], "评论"),
        (["sentiment", "posts.csv", "--by", "门店"], "门店"),
        (["sentiment", "posts.csv", "-o", "out.pdf"], ".xlsx"),
        (["sentiment", "posts.csv", "--model", "nothing-of-that-name"], "nothing-of-that-name"),
        (["classify", "posts.csv"], "--model"),
        (["keywords", "posts.csv", "--method", "magic"], "textrank"),
        (["topics", "posts.csv", "--by", "user", "--every", "hour"], "month"),
        (["redact", "private.txt", "--style", "black"], "label"),
        (["redact", "private.txt", "--kinds", "shoe"], "phone"),
        (["redact", "private.txt", "--style", "hash"], "16"),
        (["train", "posts.csv", "--tier", "best"], "accurate"),
        (["train", "posts.csv", "--label", "品"], "品"),
        (["evaluate", "posts.csv"], "--model"),
        (["evaluate", "--leaks", "posts.csv"], "train.csv test.csv"),
        (["evaluate", "--leaks", "posts.csv", "posts.csv", "--near", "0.1"], "0.3"),
    ],
)
def test_wrong_usage_says_what_is_right(arguments: list[str], told: str) -> None:
    assert told in run(*arguments, code=2).stderr


def test_models_that_are_none() -> None:
    assert "no.model" in run("classify", "posts.csv", "--model", "no.model", code=1).stderr
    Path("junk.model").write_bytes(b"junk")
    assert "junk.model" in run("classify", "posts.csv", "--model", "junk.model", code=1).stderr


def test_train_then_classify_then_evaluate() -> None:
    labelled("data.csv")
    shown = run("train", "data.csv").stdout
    for said in (
        "120 rows",
        "2 classes",
        "5 rounds",
        "accuracy 100",
        "data.model",
        "classify NEW.csv --model data.model",
    ):
        assert said in shown
    found = answer("train", "data.csv", "-o", "own.model")
    assert (found["accuracy"], found["folds"], found["held_out"]) == (1.0, 5, 120)
    assert found["classes"] == {"bad": 60, "good": 60}
    assert "吃" in "".join(found["telling"]["good"]) or "好" in "".join(found["telling"]["good"])
    assert Path("own.model").read_bytes() == Path("data.model").read_bytes()

    new = "好吃\n难吃\n\n"
    judged = answer("classify", "--model", "data.model", "--top", "2", "--explain", given=new, code=3)
    assert [row["labels"][0] for row in judged["posts"][:2]] == ["good", "bad"]
    assert len(judged["posts"][0]["labels"]) == 2
    assert judged["posts"][0]["because"]
    assert judged["posts"][2]["labels"] is None
    assert judged["totals"] == {"bad": 1, "good": 1}
    run("classify", "--model", "data.model", "-o", "out.parquet", given=new, code=3)
    assert Path("out.parquet").exists()
    assert "(none)" in run("classify", "--model", "data.model", "--threshold", "1", given="说不清\n").stdout

    shown = run(
        "evaluate", "data.csv", "--model", "data.model", "--model", "own.model", "--pictures", "pictures"
    ).stdout
    for said in ("accuracy", "texts/s", "cannot be told apart", "pictures/own-confusion.png"):
        assert said in shown
    found = answer("evaluate", "data.csv", "--model", "data.model", "--train", "data.csv")
    assert [(row["model"], row["part"], row["accuracy"]) for row in found["models"]] == [("data", "", 1.0)]
    Path("fresh.csv").write_text("text,label\n真的好吃极了，推荐,good\n这家店好吃1,good\n", "utf-8")
    found = answer("evaluate", "fresh.csv", "--model", "data.model", "--train", "data.csv")
    assert [(row["part"], row["rows"]) for row in found["models"]] == [("", 2), ("clean", 1)]


def test_moderation_has_thresholds_of_its_own() -> None:
    advert = "加微信abc123领红包，兼职日结300元，名额有限\n今天天气不错\n"
    found = answer("classify", "--model", "moderation", "--explain", given=advert)
    assert found["posts"][0]["labels"] != ["normal"]
    assert found["posts"][0]["because"]
    assert found["posts"][1]["labels"] == ["normal"]
    Path("spam.csv").write_text("text,label\n今天天气不错,normal\n", "utf-8")
    assert answer("evaluate", "spam.csv", "--model", "moderation")["models"][0]["accuracy"] == 1.0


@pytest.mark.parametrize("name", ["emotion", "topic", "service"])
def test_packaged_models_by_name(name: str) -> None:
    found = answer("classify", "--model", name, "--explain", given="今天真高兴啊，球队赢了比赛\n")
    assert found["posts"][0]["labels"]
    assert found["posts"][0]["because"]


def test_labels_of_another_world_are_told_of() -> None:
    labelled("data.csv")
    run("train", "data.csv", "-q")
    Path("other.csv").write_text("text,label\n好吃,0\n难吃,1\n", "utf-8")
    told = run("evaluate", "other.csv", "--model", "data.model", code=2).stderr
    assert "data.model knows bad, good; the labels are 0, 1" in told
    assert "--rename 0=bad,1=good" in told
    assert "would be lost" in run("sentiment", "other.csv", "-o", "other.csv", code=2).stderr
    assert Path("other.csv").read_text("utf-8").startswith("text,label")

    found = answer("evaluate", "other.csv", "--model", "data.model", "--rename", "0=good,1=bad")
    assert found["models"][0]["accuracy"] == 1.0
    assert "--rename" in run("evaluate", "other.csv", "--model", "data.model", "--rename", "0:good", code=2).stderr


def test_train_several_labels() -> None:
    labelled("data.csv", several=True)
    found = answer("train", "data.csv", "--multi-label", ";")
    assert found["classes"] == {"food": 120, "bad": 60, "good": 60}
    assert found["accuracy"] > 0.9
    judged = answer("classify", "--model", "data.model", given="这家店好吃7\n")
    assert set(judged["posts"][0]["labels"]) == {"good", "food"}
    assert answer("evaluate", "data.csv", "--model", "data.model", "--multi-label", ";")["models"][0]["accuracy"] > 0.9


def test_train_tells_of_trouble() -> None:
    path = labelled("data.csv")
    with Path(path).open("a", encoding="utf-8") as file:
        file.write("\n这家店好吃1！,good\n这家店难吃1,good\n稀有,rare\n无标签,\n,good")
    result = run("train", path, code=3)
    assert "1 rows repeat a text" in result.stdout
    assert "1 rows have no label" in result.stdout
    assert "1 classes have fewer than 10 texts and will hardly be learnt: rare 1" in result.stderr
    assert "1 texts bear different labels" in result.stderr


def test_train_on_nothing_to_tell_apart() -> None:
    Path("one.csv").write_text("text,label\n好,a\n很好,a\n", "utf-8")
    assert "two classes" in run("train", "one.csv", code=2).stderr


def test_leaks() -> None:
    Path("train.csv").write_text("text,label\n物流太慢了，等了一个星期,0\n很好!,1\n很好,0\n", "utf-8")
    Path("test.csv").write_text("text,label\n物流太慢了，等了一个星期呢,0\n很好。,1\n没见过,1\n", "utf-8")
    shown = run("evaluate", "--leaks", "train.csv", "test.csv", "-o", "leaks.csv").stdout
    assert "2 of 3 test rows (66.7 %)" in shown
    assert pa_csv.read_csv("leaks.csv")["kind"].to_pylist() == ["near", "normalised"]
    found = answer("evaluate", "--leaks", "train.csv", "test.csv", "--near", "0.99")
    assert (found["near"], found["normalised"], found["train_contradictions"]) == (0, 1, 2)
    assert [row["test_row"] for row in found["rows"]] == [1]
    Path("words.csv").write_text("text,label\n很好,好评\n物流太慢了，等了一个星期,差评\n", "utf-8")
    other = answer("evaluate", "--leaks", "train.csv", "words.csv")
    assert (other["exact"], other["contradictory"]) == (2, 0)  # 0 and 差评 are no contradiction
    Path("bare.txt").write_text("很好\n", "utf-8")
    assert answer("evaluate", "--leaks", "train.csv", "bare.txt")["by_label"] == []


def test_keywords() -> None:
    texts = "物流太慢\n物流很快\n物流公司的态度\n"
    for method in ("tfidf", "textrank"):
        words = answer("keywords", "--method", method, given=texts)["keywords"]
        assert words[0]["word"] in ("物流", "公司")
    assert "物流" in run("keywords", given=texts).stdout


def test_topics() -> None:
    things = [("快递", "物流", "包裹", "派送"), ("面条", "味道", "牛肉", "汤底")]
    lines = [
        f"2024-0{1 + at % 2}-03,{a}和{b}让人{mood}"
        for at, (group, mood) in enumerate(product(things, ("生气", "高兴", "失望", "放心", "感动")))
        for a, b in permutations(group, 2)
    ]
    Path("talk.csv").write_text("时间,内容\n" + "\n".join(lines), "utf-8")
    found = answer("topics", "talk.csv", "-k", "2", "--by", "time", "-o", "topics.xlsx")
    assert len(found["topics"]) == 2
    assert sorted({row["period"] for row in found["over_time"]}) == ["2024-01", "2024-02"]
    shown = run("topics", "talk.csv", "-k", "2", "--by", "时间").stdout
    assert "2024-02" in shown
    assert "needed to find topics" in run("topics", given="好\n").stdout


def test_entities_and_redact(monkeypatch: pytest.MonkeyPatch) -> None:
    found = answer("entities", "private.txt")["entities"]
    assert [(row["row"], row["kind"]) for row in found] == [(0, "phone"), (0, "address")]
    assert [row["kind"] for row in answer("entities", "private.txt", "--kinds", "phone")["entities"]] == ["phone"]
    assert "13812345678" in run("entities", "private.txt").stdout
    result = run("redact", "private.txt")
    assert result.stdout.splitlines()[0] == "我是138****5678，寄到广州市天河区****"
    assert "phone: 1 in 1 texts" in result.stderr
    assert "[phone]" in run("redact", "private.txt", "--style", "label").stdout
    monkeypatch.setenv(KEY, "a key of sixteen bytes or more")
    assert "[phone·" in run("redact", "private.txt", "--style", "hash").stdout


def test_a_redacted_file_does_not_hold_what_was_masked() -> None:
    Path("private.csv").write_text("user,text\nu1,我是13812345678\n", "utf-8")
    run("redact", "private.csv", "-o", "out.csv")
    assert Path("out.csv").read_text("utf-8-sig") == '"user","text"\n"u1","我是138****5678"\n'
    assert "13812345678" not in run("redact", "private.csv", "--json").stdout


def test_normalize_and_tokenize() -> None:
    assert run("normalize", "private.txt").stdout.splitlines()[1] == "OK 好!!!"
    assert answer("normalize", "private.txt", "--lower")["normalized"][1] == "ok 好!!!"
    assert run("normalize", "--simplified", given="國家\n\n好\n").stdout == "国家\n\n好\n"
    assert run("tokenize", given="物流太慢了\n").stdout == "物流 太慢 了\n"
    assert answer("tokenize", given="物流太慢了\n")["tokens"] == [["物流", "太慢", "了"]]
    Path("own.txt").write_text("太慢了\n", "utf-8")
    assert run("tokenize", "--words", "own.txt", given="物流太慢了\n").stdout == "物流 太慢了\n"
    run("tokenize", "posts.csv", "-o", "tokens.csv")
    assert pa_csv.read_csv("tokens.csv")["tokens"].to_pylist()[2] == ""


def test_aspects_and_parse() -> None:
    found = answer("aspects", given="送得快但是不好吃，太贵了\n")
    assert {(row["aspect"], row["sentiment"]) for row in found["aspects"]} >= {
        ("delivery", "positive"),
        ("price", "negative"),
    }
    assert "1 of 1 posts" in run("aspects", given="送得快但是不好吃\n").stdout
    found = answer("parse", given="服务员很热情！\n")
    assert [token["text"] for token in found["tokens"]] == ["服务员", "很", "热情", "！"]
    assert "Parts of speech only" in run("parse", given="服务员很热情！\n").stdout


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_and_code_has_words(language: str) -> None:
    words = catalog(language)
    from jianwei.text.evaluation.audit import LEAK_KINDS
    from jianwei.text.opinion.lists import ASPECTS
    from jianwei.text.personal.entities import KINDS

    keys = [f"text.leaks.{kind}" for kind in LEAK_KINDS] + [f"redact.{kind}" for kind in KINDS]
    keys += [f"charts.aspect.{code}" for code in ASPECTS] + [
        f"text.mood.{m}" for m in ("negative", "neutral", "positive")
    ]
    assert [key for key in keys if not words.has(key)] == []
    assert "because" not in EXPLANATION_SCHEMA.names


def test_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    shown = run("sentiment", "posts.csv", "--by", "user", code=3)
    assert "共 3 条" in shown.stdout
    assert "1 行没有文字" in shown.stderr
