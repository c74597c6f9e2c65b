"""The shop as a whole: the same for the same seed, and sound in itself."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from datetime import date, datetime
from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.errors import UsageError
from jianwei.records import EVENT_NAMES, MESSAGE_KINDS
from jianwei.sandbox.population import Message, Shop, simulate
from jianwei.sandbox.population.shop import SHANGHAI, local

_DIGEST = (
    "from hashlib import sha256; from jianwei.sandbox.population import simulate; "
    "print(sha256(repr(simulate(seed=3, customers=40, days=20)).encode()).hexdigest())"
)


def threads(shop: Shop) -> dict[str, list[Message]]:
    grouped = defaultdict(list)
    for message in shop.messages:
        if message.thread in shop.truth.topics and message.sender_id:
            grouped[message.thread].append(message)
    return grouped


def test_same_seed_same_shop_whatever_the_hash_seed() -> None:
    here = sha256(repr(simulate(seed=3, customers=40, days=20)).encode()).hexdigest()
    for hash_seed in ("0", "12345"):
        other = subprocess.run(
            [sys.executable, "-c", _DIGEST],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
        )
        assert other.stdout.strip() == here


def test_other_seeds_give_other_shops() -> None:
    one, two = simulate(seed=1, customers=30, days=14), simulate(seed=2, customers=30, days=14)
    assert {customer.user_id for customer in one.customers}.isdisjoint(customer.user_id for customer in two.customers)
    assert [message.text for message in one.messages] != [message.text for message in two.messages]


@pytest.mark.parametrize(
    "wrong",
    [{"customers": 5}, {"days": 3}, {"scale": 0.0}, {"start": "02.03.2026"}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_arguments_out_of_bounds_are_named(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        simulate(**wrong)  # type: ignore[arg-type]


@settings(max_examples=8, deadline=None)
@given(
    st.integers(0, 10**6),
    st.integers(20, 60),
    st.integers(14, 40),
    st.dates(date(2000, 1, 1), date(2035, 1, 1)),
    st.floats(0.2, 2.0),
)
def test_any_shop_is_sound(seed: int, customers: int, days: int, start: date, scale: float) -> None:
    check_sound(simulate(seed, customers, days, start.isoformat(), scale))


def test_the_default_shop_is_sound(shop: Shop) -> None:
    check_sound(shop)


def check_sound(shop: Shop) -> None:
    people = {customer.user_id for customer in shop.customers}
    team = {member.user_id for member in shop.staff}
    goods = {product.id for product in shop.products}
    talks = {talk.id: talk for talk in shop.conversations}
    orders = {order.id: order for order in shop.orders}
    begin = datetime(shop.start.year, shop.start.month, shop.start.day, tzinfo=SHANGHAI).timestamp()

    def inside(at: int) -> bool:
        return begin <= at < begin + shop.days * 86_400

    assert len(orders) == len(shop.orders)
    for order in shop.orders:
        assert order.customer_id in people
        assert inside(order.at)
        assert len({line.product_id for line in order.lines} & goods) == len(order.lines) > 0
        assert all(line.quantity > 0 and line.amount > 0 for line in order.lines)
    assert len({event.id for event in shop.events}) == len(shop.events)
    for event in shop.events:
        assert event.user_id in people
        assert event.name in EVENT_NAMES
        assert inside(event.at)
        assert event.product_id in goods | {""}
        assert not event.order_id or orders[event.order_id].customer_id == event.user_id
    for review in shop.reviews:
        order = orders[review.order_id]
        assert review.customer_id == order.customer_id
        assert review.at > order.at
        assert review.product_id in {line.product_id for line in order.lines}
        assert review.rating in range(1, 6)
        assert review.text
    assert set(talks) >= {message.conversation_id for message in shop.messages}
    known = {message.id: message for message in shop.messages}
    assert len(known) == len(shop.messages)
    for message in shop.messages:
        assert inside(message.at)
        assert message.kind in MESSAGE_KINDS
        assert message.text.strip()
        assert not set("{}|<>") & set(message.text), message.text
        assert message.sender_id in set(talks[message.conversation_id].member_ids) | team | {""}
        assert set(message.mentions) <= people | team
        if message.reply_to:
            quoted = known[message.reply_to]
            assert quoted.at < message.at
            assert quoted.conversation_id == message.conversation_id
    assert set(shop.truth.moods) == {m.id for m in shop.messages if m.kind in ("text", "reply")} | {
        r.id for r in shop.reviews
    }
    assert set(shop.truth.kinds) == people
    assert set(shop.truth.incident.message_ids) <= set(known)
    assert set(shop.truth.incident.order_ids) <= set(orders)
    assert set(shop.truth.incident.refund_ids) <= {event.id for event in shop.events if event.name == "refund"}


def test_everything_is_in_order_of_time(shop: Shop) -> None:
    for rows in (shop.messages, shop.orders, shop.events, shop.reviews):
        assert all(one.at <= two.at for one, two in pairwise(rows))
    assert all(int(one.id) < int(two.id) for one, two in pairwise(shop.messages))


def test_a_conversation_and_a_second_name_one_message(shop: Shop) -> None:
    assert len({(message.conversation_id, message.at) for message in shop.messages}) == len(shop.messages)


def test_every_order_line_is_a_buy(shop: Shop) -> None:
    bought = sorted((e.order_id, e.product_id, e.quantity, e.amount) for e in shop.events if e.name == "buy")
    assert bought == sorted(
        (o.id, line.product_id, line.quantity, line.amount) for o in shop.orders for line in o.lines
    )


def test_talks_have_two_to_eight_turns_and_two_sides(shop: Shop) -> None:
    team = {member.user_id for member in shop.staff}
    for thread, messages in threads(shop).items():
        speakers = [message.sender_id for message in messages]
        turns = 1 + sum(one != two for one, two in pairwise(speakers))
        assert 2 <= turns <= 8, thread
        if "@chatroom" not in messages[0].conversation_id and len(set(speakers)) > 1:
            assert len(set(speakers)) == 2
            assert len(set(speakers) & team) == 1


def test_talks_after_an_order_are_about_what_was_ordered(shop: Shop) -> None:
    """Complaints and thanks name goods of an order of that customer."""
    says = {product.id: product.says for product in shop.products}
    bought: dict[str, set[str]] = defaultdict(set)
    for order in shop.orders:
        bought[order.customer_id] |= {name for line in order.lines for name in says[line.product_id]}
    all_names = {name for names in says.values() for name in names}
    wrong = checked = 0
    for thread, messages in threads(shop).items():
        if shop.truth.topics[thread] in ("praise", "tasting", "broken") and "@chatroom" not in thread:
            spoken = " ".join(m.text for m in messages if m.sender_id == m.conversation_id)
            named = {name for name in all_names if name in spoken}
            if named:
                checked += 1
                wrong += named.isdisjoint(bought[messages[0].conversation_id])
    assert checked > 100
    assert wrong / checked < 0.02  # a slip of the finger may spoil a name


def test_replies_take_as_long_as_staff_and_hour_have_it(shop: Shop) -> None:
    waits: dict[str, list[int]] = defaultdict(list)
    by_day: dict[bool, list[int]] = defaultdict(list)
    team = {member.user_id: member for member in shop.staff}
    last: dict[str, Message] = {}
    for message in (m for m in shop.messages if "@chatroom" not in m.conversation_id and m.sender_id):
        before = last.get(message.conversation_id)
        if before and message.sender_id in team and before.sender_id not in team and message.thread == before.thread:
            hour = local(before.at).hour
            bad = local(before.at).date() in shop.truth.incident.days
            if 9 <= hour < 22:
                by_day[bad].append(message.at - before.at)
                if not bad:
                    waits[message.sender_id].append(message.at - before.at)
            else:
                assert local(message.at).hour == 9 or local(message.at).hour == 10
        last[message.conversation_id] = message
    medians = {user: sorted(values)[len(values) // 2] for user, values in waits.items()}
    assert sorted(medians, key=lambda user: medians[user]) == sorted(medians, key=lambda user: team[user].median_reply)
    usual, bad_days = (sorted(by_day[key])[len(by_day[key]) // 2] for key in (False, True))
    assert bad_days > 4 * usual


def test_texts_are_varied(shop: Shop) -> None:
    texts = [message.text for message in shop.messages if message.kind in ("text", "reply")]
    assert len(texts) >= 5000
    assert len(set(texts[:5000])) / 5000 >= 0.6
    assert len(set(texts)) / len(texts) >= 0.6
    lengths = sorted(map(len, texts))
    assert lengths[0] <= 2
    assert lengths[-1] >= 120
    assert {"image", "emoji", "link", "reply", "system", "recall"} <= {message.kind for message in shop.messages}


def test_people_write_differently(shop: Shop) -> None:
    texts = [message.text for message in shop.messages if message.kind == "text"]
    for habit in ("😊", "[", "！！", "？？", "～", "@", "亲", "yyds", "绝绝子", "再", "蟹蟹"):
        assert any(habit in text for text in texts), habit


def test_scale_changes_how_much_is_done() -> None:
    quiet, busy = simulate(customers=60, days=30, scale=0.5), simulate(customers=60, days=30, scale=2.0)
    assert len(busy.orders) > 2 * len(quiet.orders)
    assert len(busy.messages) > 2 * len(quiet.messages)
    assert busy.customers == quiet.customers
