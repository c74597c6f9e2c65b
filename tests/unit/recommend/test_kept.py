"""What was learned is kept, and only for as long as it is true."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jianwei.recommend import Choice, Learning
from jianwei.recommend.choosing import for_basket, for_everybody
from jianwei.recommend.kept import place_of, recalled
from jianwei.recommend.knowledge import Knowledge, learn

VERSIONS = {"events": 3, "items": 1}


class Learner:
    def __init__(self, reader: Any, learning: Learning) -> None:
        self.reader, self.learning, self.times = reader, learning, 0

    def __call__(self) -> Knowledge:
        self.times += 1
        return learn(self.reader, self.learning)


def test_the_second_time_it_is_recalled_and_says_the_same(shop: Any, tmp_path: Path) -> None:
    learning = Learning()
    place, learner = place_of(tmp_path / "r", VERSIONS, {}, "UTC", learning), Learner(shop, learning)
    first = recalled(place, learning, learner)
    second = recalled(place, learning, learner)
    assert learner.times == 1
    assert first is not second
    assert list(for_everybody(first, 5, Choice())) == list(for_everybody(second, 5, Choice()))
    tea = np.array([int(first.shelf.columns_of(["i:tea"])[0])], np.int32)
    assert for_basket(first, tea, 5, Choice()) == for_basket(second, tea, 5, Choice())


def test_a_shop_without_orders_is_recalled_too(memory_reader: Any, tmp_path: Path) -> None:
    learning = Learning()
    place = place_of(tmp_path / "r", VERSIONS, {}, "UTC", learning)
    learner = Learner(memory_reader(events=[{"user_id": "u:1", "name": "view", "item_id": "i:1"}]), learning)
    recalled(place, learning, learner)
    assert recalled(place, learning, learner).book is None
    assert learner.times == 1


def test_everything_that_matters_is_in_the_name() -> None:
    def name(versions: dict[str, int] = VERSIONS, zone: str = "UTC", model: str = "a", **settings: Any) -> str:
        return place_of(Path(), versions, {"sentiment": model}, zone, Learning(**settings)).path.name

    names = [
        name(), name({"events": 4, "items": 1}), name(zone="Asia/Shanghai"), name(model="b"), name(days=7), name(alpha=0.01),
        name(min_rows=9), name(weights={"buy": 1.0}), name(left_out=frozenset({"u:1"})), name(left_out=frozenset({"u:2"})),
    ]  # fmt: skip
    assert len(set(names)) == len(names)
    assert name() == name(left_out=frozenset())
    assert not any("u:" in one for one in names)


def test_a_broken_file_is_learned_anew(shop: Any, tmp_path: Path) -> None:
    learning = Learning()
    place, learner = place_of(tmp_path / "r", VERSIONS, {}, "UTC", learning), Learner(shop, learning)
    first = recalled(place, learning, learner)
    whole = place.path.read_bytes()
    for broken in (b"", b"PK", whole[: len(whole) // 2], whole.replace(b'"kind":"Touches"', b'"kind":"Xouches"')):
        place.path.write_bytes(broken)
        again = recalled(place, learning, learner)
        assert list(for_everybody(again, 5, Choice())) == list(for_everybody(first, 5, Choice()))
        assert len(place.path.read_bytes()) == len(whole)
    assert learner.times == 5


def test_what_was_learned_from_older_tables_goes(shop: Any, tmp_path: Path) -> None:
    folder, learner = tmp_path / "r", Learner(shop, Learning())
    for days in range(1, 7):
        learning = Learning(days=days)
        recalled(place_of(folder, VERSIONS, {}, "UTC", learning), learning, learner)
    assert len(list(folder.iterdir())) == 4
    recalled(place_of(folder, {"events": 4}, {}, "UTC", Learning()), Learning(), learner)
    assert len(list(folder.iterdir())) == 1


def test_a_place_that_cannot_be_written_is_no_matter(shop: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    learning = Learning()
    place = place_of(tmp_path / "file", VERSIONS, {}, "UTC", learning)
    assert len(recalled(place, learning, Learner(shop, learning)).shelf) == 7


@pytest.mark.parametrize("people", [frozenset[str](), frozenset({"u:q0"})])
def test_settings_do_not_tell_who_is_left_out(people: frozenset[str]) -> None:
    assert "u:q0" not in Learning(left_out=people).settings
