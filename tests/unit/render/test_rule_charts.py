"""Pictures of rules: what is joined, what meets in a dot, what stands where."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from support import answers

from jianwei.mining.questions.rules import RULES_SCHEMA, AssociationRulesResult
from jianwei.render import charts


def rules(*given: tuple[str, str, float, float]) -> AssociationRulesResult:
    """From (items before, items after, confidence, lift); an item is a letter."""
    rows = [
        {
            "antecedent": [f"i:{c}" for c in before], "antecedent_names": list(before.upper()),
            "consequent": [f"i:{c}" for c in after], "consequent_names": list(after.upper()),
            "rows": 10, "antecedent_rows": 20, "consequent_rows": 20, "support": 0.1, "confidence": confidence, "lift": lift,
            "leverage": 0.1, "conviction": None, "p_value": 0.001, "q_value": 0.001,
        }
        for before, after, confidence, lift in given
    ]  # fmt: skip
    return replace(answers.rules(), rows=pa.Table.from_pylist(rows, RULES_SCHEMA))


def network(*given: tuple[str, str, float, float]) -> dict[str, Any]:
    (series,) = charts.rule_network(rules(*given)).option["series"]
    return series


def ends(series: dict[str, Any]) -> list[tuple[str, str]]:
    return [(link["source"], link["target"]) for link in series["links"]]


def test_a_set_of_items_is_drawn_once_the_way_it_holds_more_often() -> None:
    series = network(("a", "b", 0.3, 2.0), ("b", "a", 0.6, 2.0), ("c", "d", 0.9, 0.8))
    assert ends(series) == [("<i:b", ">i:a")]
    assert {(node["id"], node["name"]) for node in series["data"]} == {("<i:b", "B"), (">i:a", "A")}


def test_several_items_meet_in_a_dot() -> None:
    series = network(("ab", "c", 0.8, 4.0), ("a", "c", 0.5, 2.0))
    assert ends(series) == [("<i:a", "+0"), ("<i:b", "+0"), ("+0", ">i:c"), ("<i:a", ">i:c")]
    nodes = {node["id"]: node for node in series["data"]}
    assert nodes["+0"]["name"] == "A + B → C"
    assert [nodes[key]["value"][0] for key in ("<i:a", "+0", ">i:c")] == [0.0, 1.0, 2.0]
    widths = [link["lineStyle"]["width"] for link in series["links"]]
    assert widths[2] > widths[3] > 1


def test_nothing_lies_on_anything_else() -> None:
    given = [(a + b, c, 0.5, 2.0) for a, b, c in zip("abcdefgh", "bcdefgha", "stuvwxyz", strict=True)]
    series = network(*given, ("a", "z", 0.5, 2.0))
    places = [tuple(node["value"]) for node in series["data"]]
    assert len(set(places)) == len(places) == 8 + 8 + 8
    for x in (0.0, 1.0, 2.0):
        heights = sorted(y for at, y in places if at == x)
        assert min(b - a for a, b in pairwise(heights)) > 0.5


def test_lines_that_need_not_cross_do_not() -> None:
    series = network(("a", "z", 0.5, 2.0), ("b", "y", 0.5, 2.0), ("c", "x", 0.5, 2.0), ("c", "y", 0.4, 1.9))
    height = {node["id"]: node["value"][1] for node in series["data"]}
    lines = [(height[a], height[b]) for a, b in ends(series)]
    assert not any((a - c) * (b - d) < 0 for a, b in lines for c, d in lines)


@pytest.mark.parametrize("chart", [charts.rule_network, charts.rule_matrix])
def test_no_rules_give_an_empty_picture(chart: Any) -> None:
    option = chart(rules()).option
    assert option["series"][0]["data"] == []


def test_the_matrix_has_a_field_for_each_rule() -> None:
    option = charts.rule_matrix(rules(("ab", "c", 0.8, 4.0), ("c", "a", 0.5, 2.0), ("a", "c", 0.4, 2.5))).option
    assert option["yAxis"]["data"] == ["A + B", "C", "A"]
    assert option["xAxis"]["data"] == ["C", "A"]
    assert option["series"][0]["data"] == [[0, 0, 4.0], [1, 1, 2.0], [0, 2, 2.5]]
    assert (option["visualMap"]["min"], option["visualMap"]["max"]) == (1, 4.0)


def test_the_matrix_stays_small() -> None:
    names = "abcdefghijklmnopqrstuvwxyz"
    many = rules(*((a, b, 0.5, 2.0) for a in names for b in names if a != b))
    option = charts.rule_matrix(many).option
    assert (len(option["yAxis"]["data"]), len(option["xAxis"]["data"])) == (18, 12)
    assert all(x < 12 and y < 18 for x, y, _ in option["series"][0]["data"])
