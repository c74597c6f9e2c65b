"""Answers in a terminal: heads, figures and codes in the reader's language; paths that stay on their line."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pyarrow as pa
import pytest

from jianwei.behavior.emotions import EmotionsResult
from jianwei.behavior.near_duplicates import NearDuplicatesResult
from jianwei.cli._answers import columns_of, figure_name
from jianwei.cli._door import show
from jianwei.common.i18n import LANGUAGES, catalog
from jianwei.common.results import Reason, Unavailable

PATH = f"media/5e/{'5e1ca7' * 10}5e1c.jpeg"
SCHEMAS = {
    "pictures": "PICTURES_SCHEMA",
    "picture_kinds": "PICTURE_KINDS_SCHEMA",
    "near_duplicates": "NEAR_DUPLICATES_SCHEMA",
    "voices": "VOICES_SCHEMA",
    "voice_wants": "VOICE_WANTS_SCHEMA",
    "unsafe": "UNSAFE_SCHEMA",
}


@pytest.fixture(autouse=True)
def _chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)


def result() -> NearDuplicatesResult:
    rows = pa.table(
        {
            "rows": [3, 2],
            "people": [2, 1],
            "conversations": [1, 1],
            "first_us": [1, 2],
            "record_id": ["m:1", "m:2"],
            "text": ["第一行\n第二行" * 9, "order"],
            "codes": pa.array([[], []], pa.list_(pa.string())),
            "verdict": ["unsafe", None],
            "path": [PATH, PATH],
        }
    )
    return NearDuplicatesResult(rows, pictures=7, repeated=5, groups=2)


def test_heads_figures_and_codes_are_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    show(result(), json=False)
    told = capsys.readouterr().out
    figures, heads, *_ = told.splitlines()
    assert figures == "图片：7   重复的：5   组：2"
    assert heads.split() == ["数量", "人数", "会话", "文字", "判定", "文件"]
    assert "不安全" in told


def test_paths_are_shortened_and_stay_on_one_line_of_a_narrow_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show(result(), json=False)
    told = capsys.readouterr().out
    assert told.count("5e1ca75e1ca…ca75e1c.jpeg") == 2
    assert "media/" not in told


def test_programs_get_whole_paths_and_field_names(capsys: pytest.CaptureFixture[str]) -> None:
    show(result(), json=True)
    first = json.loads(capsys.readouterr().out)["rows"][0]
    assert (first["path"], first["verdict"]) == (PATH, "unsafe")


def test_who_lacks_the_detector_is_told_to_pull_it_first(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("JIANWEI_MODELS", raising=False)
    show(Unavailable(Reason("not_looked_for", {"task": "object"})), json=False)
    assert "先运行 `jianwei models pull yolox`，再运行 `jianwei enrich --stages vision`" in capsys.readouterr().out
    show(Unavailable(Reason("not_looked_for", {"task": "code"})), json=False)
    told = capsys.readouterr().out
    assert "pull" not in told
    assert "`jianwei enrich --stages vision`" in told


def test_codes_say_what_they_are_codes_of() -> None:
    rows = pa.table({"of": ["shows", "blamed", "mood"], "code": ["chat", "price", "negative"], "rows": [1, 2, 3]})
    assert columns_of(rows) == {"内容": ["聊天截图", "抱怨：价格", "态度：负面"], "数量": [1, 2, 3]}


def test_no_column_is_lost_to_another_of_the_same_head() -> None:
    rows = pa.table({"recency_days": [1], "median_recency_days": [2], "emotion": ["happy"]})
    assert columns_of(rows) == {"距上次天数": [1], "median_recency_days": [2], "情绪": ["高兴"]}


def test_a_step_of_time_is_said_and_no_line_is_left_empty(capsys: pytest.CaptureFixture[str]) -> None:
    rows = pa.table({"label": ["2026-05"], "emotion": ["sad"], "rows": [2]})
    show(EmotionsResult(rows, "month"), json=False)
    assert capsys.readouterr().out.splitlines()[0] == "时段：月"
    show(EmotionsResult(rows, ""), json=False)
    assert capsys.readouterr().out.splitlines()[0].split() == ["时段", "情绪", "数量"]


@pytest.mark.parametrize("name", sorted(SCHEMAS))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_and_figure_of_pictures_and_voices_has_words(name: str, language: str) -> None:
    module = importlib.import_module(f"jianwei.behavior.{name}")
    texts = catalog(language)
    hidden = ("_us", "_id", "_ids")
    columns = [column for column in getattr(module, SCHEMAS[name]).names if not column.endswith(hidden)]
    assert [c for c in columns if c not in ("id", "of") and not texts.has(f"answers.column.{c}")] == []
    (kind,) = (value for key, value in vars(module).items() if key.endswith("Result"))
    figures = [field for field, type_ in kind.__annotations__.items() if type_ in ("int", "str", "float", "int | None")]
    assert [f for f in figures if not texts.has(f"answers.figure.{f}")] == []
    assert figure_name("no such figure") == "no such figure"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_profile_picture_without_a_person_is_called_the_same_everywhere(language: str) -> None:
    """Animals are not among them: a photograph of one is "none"."""
    texts = catalog(language)
    called = texts.text("answers.avatar.drawing")
    assert called in texts.text("vision.avatar.drawing")
    assert called in texts.text("charts.person.drawing")
