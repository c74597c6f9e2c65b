from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.errors import InputError, ModelNotFoundError
from jianwei.models import ModelIdentity
from jianwei.speech.wording import BEGIN, END, UNKNOWN, Wording, bare, open_wording

PACKAGED = open_wording()


def _small() -> Wording:
    """Ids: 甲 3, 乙 4. By hand: P(甲|begin) is kept, P(乙|begin 甲) too, all else backs off."""
    log = lambda *values: np.log(np.array(values, np.float32))  # noqa: E731
    return Wording(
        identity=ModelIdentity("small", "1"),
        characters="甲乙",
        single=log(1e-6, 0.3, 0.1, 0.4, 0.2),
        single_back=log(0.5, 1.0, 0.9, 0.8, 0.7),
        pairs=np.array([BEGIN * 5 + 3, 3 * 5 + 4], np.int64),
        pair=log(0.6, 0.5),
        pair_back=log(0.25, 0.4),
        triples=np.array([0 * 5 + 4], np.int64),
        triple=log(0.9),
    )


@pytest.mark.parametrize(
    ("text", "probability"),
    [
        ("", 0.5 * 0.3),  # begin, end: no such pair
        ("甲", 0.6 * (0.25 * (0.8 * 0.3))),  # the pair begin 甲 is there, what follows is not
        ("甲乙", 0.6 * 0.9 * (0.4 * (0.7 * 0.3))),
        ("乙甲", (0.5 * 0.2) * (0.7 * 0.4) * (0.8 * 0.3)),
        ("丙", (0.5 * 0.1) * (0.9 * 0.3)),
    ],
)
def test_probabilities_by_hand(text: str, probability: float) -> None:
    assert _small().log_probability(text) == pytest.approx(math.log(probability), rel=1e-5)


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("什么是财政转移支付", "什么食材正转移之负"),
        ("明天早上九点开会", "明天早上酒店开会"),
        ("这家店的衣服质量不错", "这家店的衣服质量不搓"),
        ("请问什么时候发货", "请问什么时候发或"),
    ],
)
def test_what_people_say_is_likelier(said: str, heard: str) -> None:
    assert PACKAGED.log_probability(said) > PACKAGED.log_probability(heard)


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=30))
def test_any_text_has_a_probability(text: str) -> None:
    assert math.isfinite(PACKAGED.log_probability(text))
    assert PACKAGED.log_probability(text) <= 0
    assert bare(bare(text)) == bare(text)


def test_marks_case_script_and_digits_make_no_difference() -> None:
    assert PACKAGED.log_probability("這個 OK，25！") == PACKAGED.log_probability("这个ok13")


def test_ids_begin_with_the_marks() -> None:
    assert (BEGIN, END, UNKNOWN) == (0, 1, 2)
    assert len(PACKAGED.single) == len(PACKAGED.characters) + 3
    for keys in (PACKAGED.pairs, PACKAGED.triples):
        assert (np.diff(keys) > 0).all()


def test_a_file_of_ones_own_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "wording.npz").write_bytes(b"PK\x03\x04 not really")
    with pytest.raises(InputError):
        open_wording(tmp_path)
    np.savez(tmp_path / "wording.npz", scale=np.array(1.0))
    with pytest.raises(InputError):
        open_wording(tmp_path)
    with pytest.raises(ModelNotFoundError):
        open_wording(tmp_path / "absent.npz")
