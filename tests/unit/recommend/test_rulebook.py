"""Rules for a basket against brute force over the baskets themselves."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest

from jianwei.mining.baskets.transactions import Transactions
from jianwei.recommend import Learning
from jianwei.recommend.rulebook import RuleBook, alike_in_baskets, by_rules, by_togetherness, learn_rules
from jianwei.recommend.shelf import Shelf

ITEMS = 12


def shelf() -> Shelf:
    ids = pa.array([f"i:{n:02d}" for n in range(ITEMS)])
    return Shelf(ids, ids, pa.array([f"item {n}" for n in range(ITEMS)]), ids, np.zeros(ITEMS, bool))


def planted(seed: int, number: int = 600) -> list[set[int]]:
    """Random baskets; 0 brings 1 in most of them, and 2 and 3 together bring 4."""
    dice = random.Random(seed)
    baskets = []
    for _ in range(number):
        basket = {n for n in range(ITEMS) if n not in (1, 4) and dice.random() < 0.2}
        if dice.random() < (0.7 if 0 in basket else 0.05):
            basket.add(1)
        if dice.random() < (0.8 if {2, 3} <= basket else 0.05):
            basket.add(4)
        baskets.append(basket)
    return [basket for basket in baskets if basket]


def learned(baskets: list[set[int]]) -> RuleBook:
    offsets = np.concatenate([[0], np.cumsum([len(basket) for basket in baskets])]).astype(np.int64)
    columns = np.array([item for basket in baskets for item in sorted(basket)], np.int32)
    return learn_rules(Transactions(offsets, columns, shelf().ids), Learning())


@pytest.mark.parametrize("seed", range(3))
def test_the_planted_rules_are_there_and_their_figures_are_true(seed: int) -> None:
    baskets = planted(seed)
    book = learned(baskets)
    found = {}
    for rule in range(len(book.after)):
        before = frozenset(book.before[book.before_offsets[rule] : book.before_offsets[rule + 1]].tolist())
        after = int(book.after[rule])
        found[before, after] = int(book.rows[rule]), int(book.both[rule])
        assert found[before, after] == (
            sum(before <= basket for basket in baskets),
            sum(before | {after} <= basket for basket in baskets),
        )
    assert (frozenset({0}), 1) in found
    assert (frozenset({2, 3}), 4) in found
    confidence = book.both / book.rows
    assert (np.diff(confidence) <= 0).all()


@pytest.mark.parametrize("seed", range(5))
def test_each_item_comes_by_its_best_rule(seed: int) -> None:
    dice = random.Random(seed)
    baskets = planted(seed)
    book = learned(baskets)
    basket = dice.sample(range(ITEMS), 3)
    allowed = np.array([dice.random() < 0.8 for _ in range(ITEMS)])
    best: dict[int, float] = {}
    for rule in range(len(book.after)):
        before = set(book.before[book.before_offsets[rule] : book.before_offsets[rule + 1]].tolist())
        after = int(book.after[rule])
        if before <= set(basket) and after not in basket and allowed[after]:
            best[after] = max(best.get(after, 0), book.both[rule] / book.rows[rule])
    picks = list(by_rules(book, shelf(), np.array(basket, np.int32), allowed))
    assert {item: score for item, score, _ in picks} == pytest.approx(best)
    assert [score for _, score, _ in picks] == sorted(best.values(), reverse=True)
    for item, score, reason in picks:
        assert reason.code == "bought_together"
        before = {int(str(name).removeprefix("item ")) for name in reason.values["items"]}  # type: ignore[attr-defined]
        rows = [basket for basket in baskets if before <= basket]
        usual = sum(item in basket for basket in baskets) / len(baskets)
        assert reason.values["rows"] == len(rows)
        assert reason.values["confidence"] == pytest.approx(sum(item in basket for basket in rows) / len(rows))
        assert reason.values["lift"] == pytest.approx(score / usual)


def test_what_lay_together() -> None:
    baskets = planted(1)
    book = learned(baskets)
    allowed = np.ones(ITEMS, bool)
    allowed[1] = False
    picks = list(by_togetherness(book, shelf(), np.array([0, 2], np.int32), allowed, 3))
    assert {item for item, *_ in picks} == set(range(ITEMS)) - {0, 1, 2}
    assert [score for _, score, _ in picks] == sorted((score for _, score, _ in picks), reverse=True)
    for item, score, reason in picks:
        usual = sum(item in basket for basket in baskets) / len(baskets)
        shares, best = [], (0.0, -1)
        for one in (0, 2):
            rows = [basket for basket in baskets if one in basket]
            both = sum(item in basket for basket in rows)
            shares.append((both + 5 * usual) / (len(rows) + 5))
            if both >= 3 and both / len(rows) >= 1.1 * usual:
                best = max(best, (both / (len(rows) + 5), one))
        assert score == pytest.approx(sum(shares))
        if reason is None:
            assert best[1] == -1
            continue
        rows = [basket for basket in baskets if best[1] in basket]
        both = sum(item in basket for basket in rows)
        assert reason.values["items"] == [f"item {best[1]}"]
        assert (reason.values["rows"], reason.values["both"]) == (len(rows), both)
        assert reason.values["lift"] == pytest.approx(both / len(rows) / usual)


def test_what_is_alike_in_baskets() -> None:
    baskets = planted(2)
    picks = list(alike_in_baskets(learned(baskets), shelf(), 0, np.ones(ITEMS, bool), 3))
    held = {n: {at for at, basket in enumerate(baskets) if n in basket} for n in range(ITEMS)}
    cosine = {n: len(held[0] & held[n]) / (len(held[0]) * len(held[n])) ** 0.5 for n in range(1, ITEMS)}
    more = {n for n in cosine if len(held[0] & held[n]) * len(baskets) >= 1.1 * len(held[0]) * len(held[n])}
    assert picks[0][0] == 1
    assert {item: score for item, score, _ in picks} == pytest.approx({n: cosine[n] for n in more})


def test_baskets_of_one_item_give_no_rules() -> None:
    book = learned([{n % ITEMS} for n in range(100)])
    basket, allowed = np.array([0], np.int32), np.ones(ITEMS, bool)
    assert list(by_rules(book, shelf(), basket, allowed)) == []
    assert all(why is None for *_, why in by_togetherness(book, shelf(), basket, allowed, 1))
    assert list(alike_in_baskets(book, shelf(), 0, allowed, 1)) == []


def test_shuffled_baskets_give_hardly_any_rules() -> None:
    dice = random.Random(3)
    baskets = [{n for n in range(ITEMS) if dice.random() < 0.25} or {0} for _ in range(800)]
    assert len(learned(baskets).after) <= 6


def test_where_too_much_goes_together_more_baskets_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    from jianwei.mining.patterns import searching

    baskets = planted(4)
    assert learned(baskets).both.min() < 20
    monkeypatch.setitem(searching.frequent_itemsets.__kwdefaults__, "max_sets", 100)
    assert learned(baskets).both.min() >= 20
