"""What goes with what as a network: items before the arrow to the left, items after it to the right, a line for each rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING

from jianwei.render.charts._base import Chart, Json, ink, words
from jianwei.render.charts._parts import column

if TYPE_CHECKING:
    from jianwei.mining.questions.rules import AssociationRulesResult

__all__ = ["Rule", "rule_network", "strongest"]

_RULES = 18
_ROW = 30
_BEFORE, _JOINT, _AFTER = 0.0, 1.0, 2.0
_SWEEPS = 8


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as a picture needs it; items as (id, name)."""

    before: tuple[tuple[str, str], ...]
    after: tuple[tuple[str, str], ...]
    rows: int
    confidence: float
    lift: float


def strongest(result: AssociationRulesResult, limit: int) -> list[Rule]:
    """The first rules of an answer, one for each set of items: the one that holds most often."""
    fields = ("antecedent", "antecedent_names", "consequent", "consequent_names", "rows", "confidence", "lift")
    best: dict[frozenset[str], Rule] = {}
    for source, titles, target, names, rows, confidence, lift in zip(
        *(column(result.rows, f) for f in fields), strict=True
    ):
        items = frozenset((*source, *target))
        rule = Rule(
            tuple(zip(source, titles, strict=True)), tuple(zip(target, names, strict=True)), rows, confidence, lift
        )
        if lift > 1 and (items not in best or best[items].confidence < confidence):
            best[items] = rule
    return list(best.values())[:limit]


def rule_network(result: AssociationRulesResult) -> Chart:
    """The strongest rules. Thicker lines have the higher lift, larger dots lie in more baskets; where several items stand before the
    arrow, or after it, their lines meet in a small dot between the sides."""
    rules = strongest(result, _RULES)
    before, after = _places(rules)
    joints = {at: rule for at, rule in enumerate(rules) if len(rule.before) > 1 or len(rule.after) > 1}
    heights = _apart({at: _middle(rule, before, after) for at, rule in joints.items()})
    top = max((rule.rows for rule in rules), default=1)
    nodes = [
        *_side(rules, before, "<", top),
        *_side(rules, after, ">", top),
        *(
            {"id": f"+{at}", "name": _said(rule), "value": [_JOINT, heights[at]], "symbol": "diamond", "symbolSize": 9,
             "itemStyle": {"color": ink("series2")}, "label": {"show": False}}
            for at, rule in joints.items()
        ),
    ]  # fmt: skip
    links = [link for at, rule in enumerate(rules) for link in _links(at, rule, joint=at in joints)]
    rows = max(len(before), len(after), 1)
    axis = {"type": "value", "show": False}
    option = {
        "tooltip": {"trigger": "item"},
        "title": [_heading("before", "left"), _heading("after", "right")],
        "grid": {"left": 190, "right": 190, "top": 30, "bottom": 10},
        "xAxis": {**axis, "min": _BEFORE, "max": _AFTER},
        "yAxis": {**axis, "min": -0.5, "max": rows - 0.5, "inverse": True},
        "series": [
            {
                "type": "graph",
                "coordinateSystem": "cartesian2d",
                "data": nodes,
                "links": links,
                "itemStyle": {"color": ink("series1"), "borderColor": ink("panel"), "borderWidth": 1.5},
                "label": {"show": True, "color": ink("ink"), "fontSize": 12, "width": 168, "overflow": "truncate"},
                "lineStyle": {"color": ink("series2"), "opacity": 0.75, "curveness": 0},
                "emphasis": {"focus": "adjacency"},
            }
        ],
        "media": [_fitted(0, 459, 118, 100), _fitted(460, 699, 165, 143), _fitted(700, 9_999, 190, 168)],
    }
    return Chart("rules-network", option, result.rows, max(180, 40 + _ROW * rows))


def _heading(key: str, side: str) -> dict[str, Json]:
    style = {"color": ink("muted"), "fontSize": 12, "fontWeight": "normal"}
    return {"text": words(f"rules.{key}"), side: 0, "top": 0, "padding": 0, "textStyle": style}


def _fitted(least: int, most: int, margin: int, label: int) -> dict[str, Json]:
    """Room for names beside the network, in a picture between `least` and `most` pixels wide."""
    return {
        "query": {"minWidth": least, "maxWidth": most},
        "option": {"grid": {"left": margin, "right": margin}, "series": [{"label": {"width": label}}]},
    }


def _places(rules: Sequence[Rule]) -> tuple[dict[str, float], dict[str, float]]:
    """The heights of items on both sides, so ordered that few lines cross (barycentres in turn: Sugiyama et al. 1981)."""
    left = list(dict.fromkeys(item for rule in rules for item, _ in rule.before))
    right = list(dict.fromkeys(item for rule in rules for item, _ in rule.after))
    pairs = [(a, b) for rule in rules for a, _ in rule.before for b, _ in rule.after]
    rows = max(len(left), len(right))
    for _ in range(_SWEEPS):
        right = _by_partners(right, _spread(left, rows), [(b, a) for a, b in pairs])
        left = _by_partners(left, _spread(right, rows), pairs)
    return _spread(left, rows), _spread(right, rows)


def _spread(items: Sequence[str], rows: int) -> dict[str, float]:
    step = rows / max(len(items), 1)
    return {item: (at + 0.5) * step - 0.5 for at, item in enumerate(items)}


def _by_partners(items: Sequence[str], others: Mapping[str, float], pairs: Iterable[tuple[str, str]]) -> list[str]:
    heights: dict[str, list[float]] = {item: [] for item in items}
    for item, other in pairs:
        heights[item].append(others[other])
    return sorted(items, key=lambda item: sum(heights[item]) / len(heights[item]))


def _middle(rule: Rule, before: Mapping[str, float], after: Mapping[str, float]) -> float:
    heights = [*(before[item] for item, _ in rule.before), *(after[item] for item, _ in rule.after)]
    return sum(heights) / len(heights)


def _apart(heights: Mapping[int, float]) -> dict[int, float]:
    """Dots between the sides, none on top of another: pushed down where they would be."""
    placed: dict[int, float] = {}
    last = float("-inf")
    for at, height in sorted(heights.items(), key=lambda pair: (pair[1], pair[0])):
        last = max(height, last + 0.6)
        placed[at] = last
    return placed


def _side(rules: Sequence[Rule], heights: Mapping[str, float], mark: str, top: int) -> list[dict[str, Json]]:
    names: dict[str, str] = {}
    rows: dict[str, int] = {}
    for rule in rules:
        for item, name in rule.before if mark == "<" else rule.after:
            names[item] = name
            rows[item] = max(rows.get(item, 0), rule.rows)
    x, where = (_BEFORE, "left") if mark == "<" else (_AFTER, "right")
    return [
        {"id": mark + item, "name": names[item], "value": [x, height], "symbolSize": 8 + 16 * (rows[item] / top) ** 0.5,
         "label": {"position": where, "formatter": "{b}"}}
        for item, height in heights.items()
    ]  # fmt: skip


def _links(at: int, rule: Rule, *, joint: bool) -> list[dict[str, Json]]:
    width = 1 + min(6.0, log2(rule.lift))
    strong = {"value": round(rule.lift, 2), "lineStyle": {"width": width}}
    if not joint:
        ((source, _),), ((target, _),) = rule.before, rule.after
        return [{"source": f"<{source}", "target": f">{target}", **strong}]
    weak = {"value": round(rule.lift, 2), "lineStyle": {"width": max(1.0, width / 2), "type": "dashed"}}
    return [
        *({"source": f"<{item}", "target": f"+{at}", **weak} for item, _ in rule.before),
        *({"source": f"+{at}", "target": f">{item}", **strong} for item, _ in rule.after),
    ]


def _said(rule: Rule) -> str:
    before, after = (" + ".join(name for _, name in side) for side in (rule.before, rule.after))
    return f"{before} → {after}"
