"""Every code that the room gives has words in both languages, and every figure in them is one that it gives."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import jianwei.recommend
from jianwei.common.i18n import LANGUAGES, catalog
from jianwei.common.results import Reason
from jianwei.recommend._base import WEIGHTS
from jianwei.recommend.wording import note_text, reason_text

SOURCE = "\n".join(path.read_text("utf-8") for path in Path(jianwei.recommend.__file__).parent.glob("*.py"))
TOGETHER = {"items": ["茶", "杯"], "rows": 212, "both": 81, "confidence": 81 / 212, "usual": 0.093, "lift": 4.108}
ALIKE = {"items": ["茶"], "rows": 40, "both": 12, "share": 0.3, "usual": 0.1, "lift": 3.0}
LATELY = {"rows": 1200, "what": "buy", "who": "people", "days": 30}
REASONS = {
    "bought_together": TOGETHER,
    "seen_together": TOGETHER,
    "like_history": {"did": "cart", **ALIKE},
    "like_basket": ALIKE,
    "in_category": {"category": "茶", "did": "view", "rows": 9},
    "alike": ALIKE,
    "much_wanted": LATELY,
    "much_wanted_up": {**LATELY, "before": 60},
    "much_wanted_down": {**LATELY, "before": 6000},
    "much_wanted_same": {**LATELY, "before": 1200},
    "much_wanted_in_all": {"rows": 3, "what": "any", "who": "baskets", "of": 10},
    "new": {"days": 3, "rows": 5, "what": "buy"},
    "bought_again": {"times": 2, "share": 0.4},
}
TESTED: dict[str, object] = {"rows": 9, "who": "baskets", "k": 10}
NOTES: dict[str, dict[str, object]] = {
    "nothing_known": {}, "no_baskets": {}, "no_times": {}, "nothing_new": {"days": 30, "old": 60}, "left_out": {},
    "nothing_alike": {"item": "茶"}, "strange_people": {"rows": 1, "of": 2}, "strange_items": {"rows": 1, "of": 2},
    "judged_people": TESTED, "judged_baskets": TESTED, "few_tested": TESTED, "no_better": TESTED, "nothing_to_judge": {},
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", sorted(REASONS))
def test_reasons_have_words(language: str, code: str) -> None:
    text = reason_text(catalog(language), Reason(code, REASONS[code]))
    assert "{" not in text
    for name in REASONS[code].get("items", ()):  # type: ignore[attr-defined]
        assert name in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", sorted(NOTES))
def test_notes_have_words(language: str, code: str) -> None:
    assert "{" not in note_text(catalog(language), Reason(code, NOTES[code]))


def test_no_code_is_forgotten() -> None:
    words = catalog("en").entries
    told = {key.split(".")[2] for key in words if key.startswith(("recommend.reason.", "recommend.note."))}
    assert told == {*REASONS, *NOTES}
    given = set(re.findall(r'Reason\(\s*"(\w+)"', SOURCE)) | set(re.findall(r'_together\("(\w+)"', SOURCE))
    assert given <= told


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_event_that_counts_has_a_word(language: str) -> None:
    assert all(catalog(language).has(f"recommend.did.{name}") for name in WEIGHTS)


def test_the_figures_are_written_as_people_write_them() -> None:
    english, chinese = catalog("en"), catalog("zh_CN")
    together = Reason("bought_together", TOGETHER)
    assert reason_text(english, together) == "who bought 茶 and 杯 bought this too: 38 % of 212 orders, 4.1× the usual"
    assert reason_text(chinese, together) == "买了“茶”和“杯”的人也买它：212 单中的 38%，是平常的 4.1 倍"
    up = Reason("much_wanted_up", REASONS["much_wanted_up"])
    assert reason_text(english, up) == "much bought lately: by 1,200 people in 30 days, up from 60"


def test_a_weight_of_ones_own_names_has_words_too() -> None:
    text = reason_text(catalog("en"), Reason("like_history", {**ALIKE, "did": "subscribe"}))
    assert "had to do with" in text
