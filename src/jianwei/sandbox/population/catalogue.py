"""The goods, what can truly be said of each, and how often each kind of customer picks them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from jianwei.sandbox.population.phrases import load
from jianwei.sandbox.population.shop import Kind, Product, Rule

__all__ = ["RULES", "Goods", "appetite", "catalogue"]

RULES = (
    Rule(("T11", "C01"), "K01", 0.60, 0.02),  # Da Hong Pao and a master's cup → the kettle
    Rule(("T26",), "W04", 0.55, 0.01),  # matcha → the whisk
    Rule(("C04",), "W06", 0.45, 0.02),  # thermos → the brush
)
"""The planted rules. Their confidence is exact in expectation, because baskets are corrected to it; see `trade.basket`."""


@dataclass(frozen=True, slots=True)
class Goods:
    """A product with the facts that answers use; a fact that does not apply is empty."""

    product: Product
    tastes: tuple[str, ...]
    faults: tuple[str, ...]
    temp: str
    grams: str
    secs: str
    keeps: str
    size: str
    stuff: str

    def fits(self, wanted: tuple[str, ...]) -> bool:
        return not wanted or self.product.group in wanted or self.product.category in wanted


@cache
def catalogue() -> Mapping[str, Goods]:
    """Product id → goods, in the order of the price list."""
    data = load("products")
    categories = {entry["name"]: entry for entry in data["category"]}
    goods = {}
    for entry in data["product"]:
        category = categories[entry["category"]]
        product = Product(
            entry["id"],
            entry["title"],
            entry["category"],
            category["group"],
            Decimal(entry["price"]),
            tuple(entry["says"]),
        )
        goods[product.id] = Goods(
            product,
            tuple(category.get("tastes", ())),
            tuple(category["faults"]),
            category.get("temp", ""),
            category.get("grams", ""),
            category.get("secs", ""),
            category.get("keeps", ""),
            entry.get("size", ""),
            entry.get("stuff", ""),
        )
    return goods


_TASTE: Mapping[Kind, Mapping[str, float]] = {
    "loyal": {"tea": 5.0, "ware": 1.2, "gift": 0.2, "snack": 1.0},
    "bargain": {"tea": 1.5, "ware": 2.0, "gift": 0.05, "snack": 2.5},
    "gift": {"tea": 0.5, "ware": 0.6, "gift": 12.0, "snack": 0.4},
}


def appetite(kind: Kind) -> dict[str, float]:
    """Weight of every product for one kind: what they like, what they can pay, and the long tail of any shop.

    Consequents of the planted rules are left out; they enter baskets by rule or at their base rate only.
    """
    consequents = {rule.consequent for rule in RULES}
    weights: dict[str, float] = {}
    for rank, (key, goods) in enumerate(catalogue().items()):
        product = goods.product
        if key in consequents:
            continue
        # A fixed scramble of the list gives every group its bestsellers and its slow sellers.
        popularity = 1 / (1 + (rank * 17 % 23)) ** 0.5
        price = float(product.price)
        purse = 60 / (60 + price) if kind == "bargain" else 1.0
        weights[key] = (
            _TASTE[kind][product.group] * popularity * purse * (0.05 if kind == "bargain" and price > 120 else 1)
        )
    return weights
