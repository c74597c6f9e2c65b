"""The lists: every word findable, nothing twice, wrong lines named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.errors import InputError
from jianwei.text.opinion.lists import ASPECTS, KINDS, lists, one_of, parse_lists


@given(st.lists(st.text(st.sampled_from("ab(.?好吃"), min_size=1, max_size=5), min_size=1, max_size=20), st.data())
def test_the_expression_matches_the_longest_word(words: list[str], data: st.DataObject) -> None:
    text = data.draw(st.text(st.sampled_from("ab(.?好吃"), max_size=12))
    longest = max((word for word in words if text.startswith(word)), key=len, default=None)
    found = re.match(one_of(words), text)
    assert (found[0] if found else None) == longest


def test_every_word_of_the_package_is_found_and_says_something_known() -> None:
    known = lists()
    assert len(known.words) > 2000
    for word, readings in known.words.items():
        found = known.pattern.fullmatch(word)
        assert found, word
        for term in readings.values():
            assert term.aspect in (*ASPECTS, "*", "-"), word
            assert term.kind in KINDS, word
    assert {domain for readings in known.words.values() for domain in readings} <= {"", *known.domains}
    judged = {(term.aspect, term.kind[:3]) for readings in known.words.values() for term in readings.values()}
    assert {(aspect, kind) for aspect in ASPECTS for kind in ("goo", "bad")} <= judged


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("taste\tgood\t好吃", "no line of the lists"),
        ("taste\tgreat\t\t好吃", "no line of the lists"),
        ("taste\tgood\t\t好吃\nprice\tbad\t\t便宜 好吃", "'好吃' is listed twice"),
        ("taste\tgood\t\t~(好吃", "no expression"),
    ],
)
def test_a_wrong_line_is_named(line: str, wrong: str) -> None:
    with pytest.raises(InputError, match=wrong) as caught:
        parse_lists("# head\n" + line, "mine.tsv")
    assert caught.value.where == f"mine.tsv:{1 + len(line.splitlines())}"


def test_the_same_word_may_do_other_things_elsewhere() -> None:
    known = parse_lists("delivery\tbad?\t\t慢\nuse\tbad?\tdevice\t慢\n@device\tis\t\t手机 电脑")
    assert [known.term("慢", domain).aspect for domain in ("", "device", "hotel")] == ["delivery", "use", "delivery"]


def test_labels_by_hand_name_known_aspects() -> None:
    file = Path(__file__).parents[4] / "benchmarks" / "data" / "aspects.tsv"
    lines = [line.split("\t") for line in file.read_text("utf-8").splitlines() if not line.startswith("#")]
    assert len({tuple(line[:2]) for line in lines}) == len(lines) == 280
    for _, row, part, told in lines:
        assert row.isdecimal()
        assert part in ("dev", "report")
        assert all(entry[:-1] in ASPECTS and entry[-1] in "+-0~" for entry in told.split())
