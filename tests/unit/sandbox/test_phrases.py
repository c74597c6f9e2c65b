"""The package's lines: enough of them, well formed, and every slot known to the facts."""

from __future__ import annotations

import re

import pytest

from jianwei.sandbox.population.catalogue import RULES, catalogue
from jianwei.sandbox.population.dice import Dice
from jianwei.sandbox.population.facts import FACTS, wording
from jianwei.sandbox.population.phrases import Act, Scene, fill, group_scenes, load, private_scenes, timely, vary

SLOT = re.compile(r"\{(@?\w+)\}")
STAGE = {"a", "b", "d", "@a", "@b", "@d", "@s"}


def lines_of(act: Act) -> list[str]:
    return [line for group in act.lines for line in group]


def acts(*scenes: Scene) -> list[Act]:
    return [act for scene in scenes for flow in scene.flows for act in flow]


def test_there_are_many_templates() -> None:
    templates = {line for act in acts(*private_scenes(), *group_scenes()) for line in lines_of(act)}
    assert len(templates) >= 900
    reviews = load("reviews")
    assert len({line for group in reviews.values() for lines in group.values() for line in lines}) >= 80


@pytest.mark.parametrize("scene", private_scenes(), ids=lambda scene: scene.name)
def test_private_scenes_are_well_formed(scene: Scene) -> None:
    assert set(scene.chance) == {"bargain", "loyal", "gift"}
    assert all(2 <= len(flow) <= 8 for flow in scene.flows)
    for act in acts(scene):
        assert act.by in ("c", "s")
        assert all(set(SLOT.findall(line)) <= FACTS for line in lines_of(act))


@pytest.mark.parametrize("scene", group_scenes(), ids=lambda scene: scene.name)
def test_group_scenes_are_well_formed(scene: Scene) -> None:
    assert set(scene.chance) == {"tea", "deals", "gifts"}
    assert scene.hours
    assert all(2 <= len(flow) <= 8 for flow in scene.flows)
    for act in acts(scene):
        assert act.by in ("a", "b", "d", "s")
        assert all(set(SLOT.findall(line)) <= FACTS | STAGE for line in lines_of(act))


def test_answers_are_as_many_as_questions() -> None:
    for scene in (*private_scenes(), *group_scenes()):
        by_name = {act.name: act for act in acts(scene)}
        for act in by_name.values():
            if act.to:
                assert len(act.lines) == len(by_name[act.to].lines), (scene.name, act.name)


def test_lines_have_balanced_marks() -> None:
    for act in acts(*private_scenes(), *group_scenes()):
        for line in lines_of(act):
            read = vary(line, Dice(line))
            assert not set("()") & set(read), line
            assert line.count("{") == line.count("}"), line
            assert line.count("<") == line.count(">"), line


def test_answers_about_goods_are_complete_where_scenes_need_them() -> None:
    """A scene about tea may speak of temperatures: every kind of tea then has one, and so on."""
    for scene in private_scenes():
        for goods in (goods for goods in catalogue().values() if goods.fits(scene.fits)):
            facts = wording(goods, "小满", Dice(goods.product.id))
            for act in acts(scene):
                for line in lines_of(act):
                    needed = set(SLOT.findall(line)) & {"temp", "grams", "secs", "keeps", "size"}
                    assert all(facts[slot] for slot in needed), (scene.name, goods.product.id, line)


def test_references_in_the_data_exist() -> None:
    ids = set(catalogue())
    assert len(ids) >= 55
    people = load("people")
    assert all(set(entry["picks"]) <= ids for entry in [*people["need"], *people["occasion"]])
    assert all(len(entry["text"]) == len(entry["who"]) for entry in people["occasion"])
    assert all(set(rule.antecedent) | {rule.consequent} <= ids for rule in RULES)


def test_a_line_waits_for_its_hour() -> None:
    assert timely("今晚直播", 12)
    assert not timely("今晚直播", 21)
    assert not timely("早", 15)


def test_fill_takes_facts_as_they_are() -> None:
    assert fill("{item}和{other}", {"item": "{other}", "other": "茶"}) == "{other}和茶"


def test_an_answer_follows_its_question() -> None:
    scene = next(scene for scene in private_scenes() if scene.name == "spec")
    by_name = {act.name: act for act in acts(scene)}
    dice = Dice("follow")
    for _ in range(50):
        number, question = by_name["more"].choose("loyal", 12, {}, dice)
        _, answer = by_name["more_a"].choose("shop", 12, {"more": number}, dice)
        assert question in by_name["more"].lines[number]
        assert answer in by_name["more_a"].lines[number]
