"""Which days a pull asks for, and where it stands afterwards."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.ingest.pull._base import Pulling, PullOptions
from jianwei.ingest.pull.known import Known
from jianwei.store import Store, open_store

NOON = datetime(2026, 7, 10, 4, tzinfo=UTC).timestamp()  # 12:00 in Beijing
YESTERDAY = date(2026, 7, 9)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return open_store(tmp_path_factory.mktemp("ws"))


def pulling(store: Store, reached: str | None, since: date | None = None, until: date | None = None) -> Pulling:
    options = PullOptions(now=lambda: NOON, since=since, until=until)
    position = {} if reached is None else {"x": reached}
    return Pulling("shop", "part", options, position, Known(store, "shop"), lambda _: None, frozenset())


def test_a_pull_goes_on_where_the_last_one_stopped_less_the_days_that_still_change(store: Store) -> None:
    assert pulling(store, "2026-07-01").days("x", overlap=3) == (date(2026, 6, 28), YESTERDAY)
    assert pulling(store, None).days("x", overlap=3) == (date(2026, 6, 10), YESTERDAY)
    assert pulling(store, None).days("x", overlap=3, first=2, since=YESTERDAY) == (YESTERDAY, YESTERDAY)


DAYS = st.dates(date(2026, 1, 1), date(2026, 7, 20))


@settings(max_examples=150, deadline=None)
@given(
    start=DAYS, limits=st.lists(st.tuples(st.none() | DAYS, st.none() | DAYS), max_size=6), overlap=st.integers(0, 9)
)
def test_no_day_is_left_out_between_limited_pulls(
    store: Store, start: date, limits: list[tuple[date | None, date | None]], overlap: int
) -> None:
    start = min(start, YESTERDAY)
    reached, read = start.isoformat(), {start}
    for since, until in [*limits, (None, None)]:
        if since and until and since > until:
            since, until = until, since
        one = pulling(store, reached, since, until)
        first, last = one.days("x", overlap=overlap)
        if first <= last:
            read |= {first + timedelta(days=n) for n in range((last - first).days + 1)}
            reached = one.reached("x", first, last)
    assert reached == YESTERDAY.isoformat()
    assert {start + timedelta(days=n) for n in range((YESTERDAY - start).days + 1)} <= read
