"""The planted truth stands in the raw data: found again by counting, without any room of Jianwei."""

from __future__ import annotations

import math
from collections import Counter, defaultdict

import numpy as np
import pytest

from jianwei.sandbox.population import Rule, Shop, simulate
from jianwei.sandbox.population.catalogue import RULES
from jianwei.sandbox.population.shop import local


@pytest.fixture(scope="module")
def large() -> Shop:
    return simulate(seed=11, customers=900)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.consequent)
def test_rules_hold(large: Shop, rule: Rule) -> None:
    baskets = [{line.product_id for line in order.lines} for order in large.orders]
    having = [basket for basket in baskets if set(rule.antecedent) <= basket]
    others = [basket for basket in baskets if not set(rule.antecedent) <= basket]
    hits, misses = (sum(rule.consequent in basket for basket in part) for part in (having, others))
    assert len(having) >= 60
    # Within four standard errors of what was planted.
    assert abs(hits / len(having) - rule.confidence) < 4 * math.sqrt(
        rule.confidence * (1 - rule.confidence) / len(having)
    )
    assert abs(misses / len(others) - rule.base) < 4 * math.sqrt(rule.base * (1 - rule.base) / len(others))
    lift = hits / len(having) / ((hits + misses) / len(baskets))
    assert lift > 4


def test_the_pair_rules_are_among_the_strongest_pairs(shop: Shop) -> None:
    baskets = [{line.product_id for line in order.lines} for order in shop.orders]
    single = Counter(item for basket in baskets for item in basket)
    pairs = Counter((a, b) for basket in baskets for a in basket for b in basket if a != b)
    confidence = {pair: count / single[pair[0]] for pair, count in pairs.items() if count >= 10}
    best = sorted(confidence, key=lambda pair: -confidence[pair])[:12]
    assert {(rule.antecedent[0], rule.consequent) for rule in RULES[1:]} <= set(best)


def test_the_bad_days_are_bad(shop: Shop) -> None:
    days = shop.truth.incident.days
    assert len(days) == 2
    customers = {customer.user_id for customer in shop.customers}
    negative: Counter[object] = Counter()
    spoken: Counter[object] = Counter()
    for message in shop.messages:
        if message.sender_id in customers and message.id in shop.truth.moods:
            day = local(message.at).date()
            spoken[day] += 1
            negative[day] += shop.truth.moods[message.id] == "negative"
    shares = {day: negative[day] / spoken[day] for day in spoken}
    usual = np.median([share for day, share in shares.items() if day not in days])
    assert min(shares[day] for day in days) > 0.4
    assert usual < 0.12
    assert set(sorted(shares, key=lambda day: -negative[day])[:2]) == set(days)
    assert len(shop.truth.incident.message_ids) >= 200


def test_the_incident_is_told_by_its_messages(shop: Shop) -> None:
    known = {message.id: message for message in shop.messages}
    topics = {shop.truth.topics[known[key].thread] for key in shop.truth.incident.message_ids}
    assert topics == {"stuck", "wrong", "uproar"}
    late = [
        known[key]
        for key in shop.truth.incident.message_ids
        if local(known[key].at).date() not in shop.truth.incident.days
    ]
    # Answers may come the next morning.
    assert len(late) < 0.2 * len(shop.truth.incident.message_ids)


def test_refunds_pile_up(shop: Shop) -> None:
    by_day = Counter(local(event.at).date() for event in shop.events if event.name == "refund")
    bad = sum(by_day[day] for day in shop.truth.incident.days)
    assert bad >= 15
    assert bad > 0.5 * sum(by_day.values())


def test_the_campaign_lifts_what_it_says(large: Shop) -> None:
    campaign = large.truth.campaign
    length = (campaign.last - campaign.first).days + 1
    for name, planted in campaign.lift.items():
        days = [local(event.at).date() for event in large.events if event.name == name]
        inside = sum(campaign.first <= day <= campaign.last for day in days) / length
        outside = sum(not campaign.first <= day <= campaign.last for day in days) / (large.days - length)
        assert inside / outside == pytest.approx(planted, rel=0.35), name
    newcomers = {
        customer.user_id
        for customer in large.customers
        if campaign.first <= local(customer.joined).date() <= campaign.last
    }
    assert newcomers == set(campaign.newcomer_ids)
    assert len(newcomers) / length > 3 * sum(local(c.joined).date() > campaign.last for c in large.customers) / (
        large.days - length
    )


def features(shop: Shop) -> tuple[np.ndarray, np.ndarray]:
    """What anybody can see of a customer: float64 [n, 6] and their kinds [n]."""
    orders = defaultdict(list)
    for order in shop.orders:
        orders[order.customer_id].append(order)
    hours = defaultdict(list)
    for event in shop.events:
        hours[event.user_id].append(local(event.at).hour)
    rows, kinds = [], []
    for customer in shop.customers:
        if not orders[customer.user_id]:
            continue
        mine, when = orders[customer.user_id], hours[customer.user_id]
        amounts = [float(order.amount) for order in mine]
        rows.append(
            [
                math.log(len(mine)),
                math.log(sum(amounts) / len(amounts)),
                math.log(len(when) / len(mine)),
                sum(5 <= hour < 11 for hour in when) / len(when),
                sum(hour >= 18 for hour in when) / len(when),
                sum(line.product_id.startswith("G") for order in mine for line in order.lines) / len(mine),
            ]
        )
        kinds.append(shop.truth.kinds[customer.user_id])
    return np.array(rows), np.array(kinds)


def test_kinds_can_be_told_by_what_they_do(shop: Shop, large: Shop) -> None:
    learn, labels = features(large)
    seen, truth = features(shop)
    middle, spread = learn.mean(0), learn.std(0)
    names = np.unique(labels)
    centres = np.array([((learn - middle) / spread)[labels == name].mean(0) for name in names])
    distance = (((seen - middle) / spread)[:, None, :] - centres) ** 2
    guessed = names[distance.sum(2).argmin(1)]
    assert (guessed == truth).mean() > 0.85


def test_kinds_can_be_told_by_what_they_say(shop: Shop) -> None:
    own = {
        "bargain": ("亲", "绝绝子", "便宜", "券"),
        "loyal": ("香", "新茶", "泡", "回甘"),
        "gift": ("礼", "送", "您好", "贺卡"),
    }
    said: dict[str, Counter[str]] = defaultdict(Counter)
    total: Counter[str] = Counter()
    for message in shop.messages:
        kind = shop.truth.kinds.get(message.sender_id)
        if kind and message.kind == "text":
            total[kind] += 1
            said[kind].update(name for name, words in own.items() if any(word in message.text for word in words))
    for name in own:
        rate = {kind: said[kind][name] / total[kind] for kind in total}
        assert max(rate, key=lambda kind: rate[kind]) == name


def test_subscriptions_differ_by_kind(shop: Shop) -> None:
    newcomers = {c.user_id for c in shop.customers if local(c.joined).date() >= shop.start}
    followed = {event.user_id for event in shop.events if event.name == "subscribe"} & newcomers
    rate = {
        kind: sum(user in followed for user in newcomers if shop.truth.kinds[user] == kind)
        / sum(shop.truth.kinds[user] == kind for user in newcomers)
        for kind in ("loyal", "bargain", "gift")
    }
    assert rate["loyal"] > rate["bargain"] > rate["gift"]
