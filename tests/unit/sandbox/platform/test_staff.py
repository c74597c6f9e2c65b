"""The staff of customer service, their sessions, and what was said."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.areas.customer_service import Desk, heard
from jianwei.sandbox.platform.areas.media import Hosted
from jianwei.sandbox.platform.pending import Pending
from jianwei.sandbox.platform.world import App, Clock, Follower, Platform
from jianwei.wechat import ApiError, AsyncClient, Client
from jianwei.wechat.endpoints.customer_service import DAY, ListRecords, Record, RecordPage, Session, records
from jianwei.wechat.endpoints.outgoing import TextMessage
from jianwei.wechat.request import File

NOW = 1_772_380_800
ANING, OTHER = "o" + "a" * 27, "o" + "b" * 27
HE, YE = "he@gh_tea", "ye@gh_tea"


@dataclass(frozen=True)
class Stage:
    platform: Platform
    app: App
    client: Client
    url: str

    def staff(self, *names: str) -> None:
        for name in names:
            self.client.customer_service.add_staff(name, name[:2])


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Platform, str]]:
    platform = Platform(Clock(lambda: float(NOW)))
    with running(platform) as url:
        yield platform, url


@pytest.fixture
def stage(server: tuple[Platform, str]) -> Iterator[Stage]:
    platform, url = server
    app = platform.add(App(f"wx{len(platform.apps):016x}", "secret", "service", original_id="gh_tea"))
    for openid in (ANING, OTHER):
        app.followers[openid] = Follower(openid, "阿宁")
    with Client(app.app_id, app.secret, base_url=url) as client:
        yield Stage(platform, app, client, url)


def refusal(call: Callable[[], object]) -> int:
    with pytest.raises(ApiError) as error:
        call()
    return error.value.code


def test_staff_are_added_changed_and_deleted(stage: Stage) -> None:
    service = stage.client.customer_service
    stage.staff(HE, YE)
    service.update_staff(HE, "小禾")
    service.upload_avatar(HE, File("a.jpg", b"\xff\xd8\xff\xe0face", "image/jpeg"))
    service.invite_staff(YE, "ye_tea2026")
    he, ye = service.staff()
    assert (he.kf_account, he.kf_nick, he.kf_id) == (HE, "小禾", "1001")
    assert stage.platform.of(Hosted).files[he.kf_headimgurl.removeprefix(stage.url)].content == b"\xff\xd8\xff\xe0face"
    assert (ye.invite_wx, ye.invite_status, ye.invite_expire_time) == ("ye_tea2026", "waiting", NOW + DAY)
    stage.app.of(Desk).offline.add(YE)
    assert [one.kf_account for one in service.online()] == [HE]
    service.delete_staff(HE)
    assert [one.kf_account for one in service.staff()] == [YE]
    stage.staff("wu@gh_tea")
    assert [one.kf_id for one in service.staff()] == ["1002", "1003"]


@pytest.mark.parametrize(
    ("account", "nickname", "code"),
    [
        ("tea", "小禾", 61451),
        ("@gh_tea", "小禾", 61451),
        ("tea@gh_tea", "", 61451),
        ("tea@gh_tea", "长" * 17, 61451),
        ("abcdefghijk@gh_tea", "小禾", 61454),
        ("te-a@gh_tea", "小禾", 61455),
        (HE, "小禾", 61453),
    ],
)
def test_names_that_are_refused(stage: Stage, account: str, nickname: str, code: int) -> None:
    stage.staff(HE)
    assert refusal(lambda: stage.client.customer_service.add_staff(account, nickname)) == code


def test_staff_who_are_unknown_or_too_many(stage: Stage) -> None:
    service = stage.client.customer_service
    for call in (
        lambda: service.update_staff(HE, "小禾"),
        lambda: service.delete_staff(HE),
        lambda: service.invite_staff(HE, "he_tea2026"),
        lambda: service.upload_avatar(HE, File("a.jpg", b"\xff\xd8\xff")),
        lambda: service.create_session(HE, ANING),
        lambda: service.sessions(HE),
    ):
        assert refusal(call) == 61452
    stage.staff(HE)
    assert refusal(lambda: service.upload_avatar(HE, File("a.png", b"\x89PNG\r\n\x1a\n"))) == 61457
    assert refusal(lambda: service.invite_staff(HE, "1")) == 40132
    assert refusal(lambda: service.update_staff(HE, "")) == 61451
    for number in range(99):
        stage.staff(f"s{number}@gh_tea")
    assert refusal(lambda: service.add_staff("more@gh_tea", "多")) == 61456


def test_a_session_begins_changes_hands_and_ends(stage: Stage) -> None:
    service, desk = stage.client.customer_service, stage.app.of(Desk)
    stage.staff(HE, YE)
    heard(stage.app, OTHER, "在吗", NOW - 5)
    heard(stage.app, ANING, "在吗", NOW - 9)
    waiting = service.waiting()
    assert (waiting.count, [one.openid for one in waiting.waitcaselist]) == (2, [ANING, OTHER])
    service.create_session(HE, ANING)
    assert service.waiting().count == 1
    assert service.session(ANING) == Session(kf_account=HE, createtime=NOW)
    assert service.session(OTHER) == Session()
    assert service.sessions(HE) == [Session(ANING, createtime=NOW)]
    assert [(one.kf_account, one.accepted_case) for one in service.online()] == [(HE, 1), (YE, 0)]
    service.create_session(YE, ANING)
    assert refusal(lambda: service.close_session(HE, ANING)) == 61451
    service.close_session(YE, ANING)
    assert service.sessions(YE) == []
    told = [(e["Event"], e.get("KfAccount") or (e["FromKfAccount"], e["ToKfAccount"])) for e in _events(stage)]
    assert told == [("kf_create_session", HE), ("kf_switch_session", (HE, YE)), ("kf_close_session", YE)]
    assert refusal(lambda: service.create_session(HE, "o_nobody")) == 40003
    assert refusal(lambda: service.session("o_nobody")) == 40003
    desk.offline.add(HE)
    assert refusal(lambda: service.create_session(HE, ANING)) == 61452


def _events(stage: Stage) -> list[dict[str, str]]:
    return stage.app.of(Pending).events


def test_what_is_said_in_a_session_is_recorded(stage: Stage) -> None:
    service = stage.client.customer_service
    stage.staff(HE)
    heard(stage.app, ANING, "没人理", NOW - 60)
    service.create_session(HE, ANING)
    heard(stage.app, ANING, "有红茶吗", NOW - 1)
    service.send(ANING, TextMessage("有的"), HE)
    service.send(ANING, TextMessage("机器人说的"))
    assert service.records(NOW - 100, NOW + 1) == [
        Record(ANING, 2003, "有红茶吗", NOW - 1, HE),
        Record(ANING, 2002, "有的", NOW, HE),
    ]


def test_records_of_any_range_come_once_each(stage: Stage) -> None:
    desk = stage.app.of(Desk)
    times = [NOW + hour * 3_600 for hour in range(0, 80, 3)]
    for at in times:
        desk.note(ANING, 2003, str(at), at, HE)
    for begin, end in ((NOW, NOW + 80 * 3_600), (NOW + 1, NOW + DAY), (NOW, NOW + 1), (NOW, NOW), (NOW, NOW + 3 * DAY)):
        got = stage.client.customer_service.records(begin, end)
        assert [one.time for one in got] == [at for at in times if begin <= at < end]

    async def count() -> int:
        async with AsyncClient(stage.app.app_id, stage.app.secret, base_url=stage.url) as client:
            return len(await client.customer_service.records(NOW, NOW + 80 * 3_600))

    assert asyncio.run(count()) == len(times)


def test_records_come_in_pages(stage: Stage) -> None:
    desk = stage.app.of(Desk)
    for number in range(10):
        desk.note(ANING, 2003, str(number), NOW, HE)
    listed = list(stage.client.iterate(ListRecords(NOW, NOW, number=3)))
    assert [one.text for one in listed] == [str(number) for number in range(10)]
    for wrong in (ListRecords(NOW, NOW + DAY + 1), ListRecords(NOW, NOW - 1), ListRecords(NOW, NOW, number=10_001)):
        assert refusal(lambda wrong=wrong: stage.client.call(wrong)) == 61451  # type: ignore[misc]
    stage.client.call(ListRecords(NOW, NOW + DAY))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10 * DAY), st.integers(0, 5 * DAY))
def test_slices_cover_a_range_without_a_gap(begin: int, length: int) -> None:
    asked: list[ListRecords] = []
    steps = records(begin, begin + length)
    with suppress(StopIteration):
        step = next(steps)
        while True:
            assert isinstance(step, ListRecords)
            asked.append(step)
            step = steps.send(RecordPage())
    assert all(0 <= one.endtime - one.starttime < DAY for one in asked)
    edges = Counter(edge for one in asked for edge in (one.starttime, one.endtime + 1))
    assert {edge for edge, count in edges.items() if count % 2} == ({begin, begin + length} if length else set())
