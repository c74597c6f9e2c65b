"""`pull wecom` against the simulated corp, and its archive through an SDK that really encrypts."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from support.archive_sdk import CHUNK, FakeArchive, new_key, pem_of, text
from support.lake_rows import contents, rows

from jianwei.ingest.pull import PullOptions, PullReport, pull
from jianwei.ingest.pull.archive import ArchiveKeys, archive_part, media_bytes
from jianwei.ingest.pull.archive_files import keeper
from jianwei.ingest.pull.polite import Polite
from jianwei.ingest.pull.wecom import PlatformAgreements, rooms_part, wecom_parts
from jianwei.records import key_id
from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.corp import Corp, Corps, Room, Talk
from jianwei.sandbox.platform.faults import Fault
from jianwei.sandbox.platform.world import App, Clock, Platform
from jianwei.store import Store, open_store
from jianwei.wechat import WeComClient
from jianwei.wechat.endpoints.wecom_archive import Agreement, ArchivedGroup, ArchivedMember
from jianwei.wechat.endpoints.wecom_contacts import CorpTag, CorpTagGroup, ExternalContact
from jianwei.wechat.endpoints.wecom_departments import Department
from jianwei.wechat.endpoints.wecom_groups import CustomerGroup, GroupMember, UserId
from jianwei.wechat.endpoints.wecom_members import Member

NOW = 1_772_000_000
DAY = 86_400
WM = [f"wmErxtDgAA9AW32YyyuYRimKr7D1KW{n:02d}" for n in range(6)]
KEYS = {1: new_key(), 2: new_key()}


@dataclass(frozen=True)
class World:
    platform: Platform
    corp: Corp
    url: str

    def run(
        self,
        store: Store,
        *only: str,
        archive: FakeArchive | None = None,
        keys: tuple[int, ...] = (1, 2),
        keep: object = None,
    ) -> PullReport:
        now, sleep = self.platform.clock.now, self.platform.clock.move
        options = PullOptions(only=frozenset(only) or None, now=now, sleep=sleep)
        with WeComClient("ww1", "secret", base_url=self.url, now=now, sleep=sleep) as client:
            caller = Polite(client, now, sleep)
            parts = dict(wecom_parts(caller))
            if archive is not None:
                opened = ArchiveKeys({version: pem_of(KEYS[version]) for version in keys})
                parts["archive"] = archive_part(archive, opened, PlatformAgreements(caller), keep=keep, sleep=sleep)  # type: ignore[arg-type]
                parts["rooms"] = rooms_part(caller)
            return pull(parts, account="corp", store=store, options=options)


@pytest.fixture
def world() -> Iterator[World]:
    platform = Platform(Clock(lambda: float(NOW)))
    platform.add(App("ww1/1000002", "secret", "wecom"))
    corp = platform.of(Corps)["ww1"]
    corp.departments[2] = Department(2, "门店", parentid=1)
    for userid, name in (("li", "小李"), ("wang", "小王"), ("zhao", "小赵")):
        corp.add(Member(userid, name, department=[2] if userid != "zhao" else [1]))
    corp.contactless.add("zhao")
    corp.tags["g"] = CorpTagGroup("g", "等级", tag=[CorpTag("t1", "常客"), CorpTag("t2", "送礼")])
    for n, wm in enumerate(WM):
        contact = ExternalContact(wm, f"客{n}", gender=n % 3, unionid=f"un{n}" if n % 2 else None)
        corp.met("li", contact, NOW - 40 * DAY + n, state="shop")
        if n < 2:
            corp.met("wang", contact, NOW - 30 * DAY + n)
    li = corp.follows[WM[0]]["li"]
    from jianwei.wechat.endpoints.wecom_contacts import ContactTag

    corp.follows[WM[0]]["li"] = msgspec.structs.replace(li, remark="老客户", tags=[ContactTag("t1", "常客")])
    wang = corp.follows[WM[0]]["wang"]
    corp.follows[WM[0]]["wang"] = msgspec.structs.replace(wang, tags=[ContactTag("t2", "送礼")])
    members = [GroupMember("li", type=1, join_time=NOW - 20 * DAY)]
    members += [
        GroupMember(wm, join_time=NOW - 10 * DAY, group_nickname=f"群{n}" if n == 1 else "")
        for n, wm in enumerate(WM[:4])
    ]
    group = CustomerGroup("wr1", "春茶群", "li", NOW - 20 * DAY, member_list=members, admin_list=[UserId("li")])
    corp.rooms["wr1"] = Room(group, said=[(NOW - DAY, WM[0]), (NOW - DAY, "li")])
    corp.talks += [Talk(NOW - DAY, "li", WM[0], outgoing=False), Talk(NOW - DAY + 60, "li", WM[0], outgoing=True)]
    with running(platform) as url:
        yield World(platform, corp, url)


def test_people_groups_and_figures_come_in_once(world: World, tmp_path: Path) -> None:
    store = open_store(tmp_path)
    report = world.run(store)
    assert {part.name: part.status for part in report.parts} == dict.fromkeys(
        ("members", "contacts", "groups", "statistics"), "done"
    )
    users = {row["key"]: row for row in rows(store, "users")}
    assert set(users) == {"li", "wang", "zhao", *WM}
    assert users["li"]["nickname"] == "小李"
    assert json.loads(users["li"]["attrs"])["departments"] == ["门店"]
    assert json.loads(users[WM[0]]["tags"]) == ["常客", "送礼"]
    assert [row["user_id"] for row in rows(store, "links")].count(users[WM[1]]["user_id"]) == 1
    assert ("remark", "老客户") in {(row["kind"], row["name"]) for row in rows(store, "names")}
    (place,) = rows(store, "conversations")
    assert (place["title"], place["kind"], place["owner_id"]) == ("春茶群", "group", users["li"]["user_id"])
    members = {row["user_id"]: row for row in rows(store, "members")}
    assert len(members) == 5
    assert members[users["li"]["user_id"]]["role"] == "owner"
    assert members[users[WM[2]]["user_id"]]["joined_us"] == (NOW - 10 * DAY) * 1_000_000
    figures = {
        (row["name"], row["value"]) for row in rows(store, "metrics") if row["ts_us"] // 1_000_000 > NOW - 2 * DAY
    }
    assert ("groups.msg_total", 2.0) in figures
    assert ("talks.message_cnt", 1.0) in figures
    before = contents(store)
    assert not any(any(part.new.values()) for part in world.run(store).parts)
    assert contents(store) == before


def test_who_left_a_group_is_marked_once(world: World, tmp_path: Path) -> None:
    store = open_store(tmp_path)
    world.run(store, "groups")
    room = world.corp.rooms["wr1"]
    room.group = msgspec.structs.replace(room.group, member_list=room.group.member_list[:-1])
    assert world.run(store, "groups").parts[0].notes == {"left": 1}
    gone = [row for row in rows(store, "members") if row["left_us"]]
    assert [row["user_id"] for row in gone] == [key_id("u:", "corp", "user", WM[3])]
    assert world.run(store, "groups").parts[0].notes == {}


def test_an_application_without_contacts_reads_the_rest(world: World, tmp_path: Path) -> None:
    world.corp.no_contacts.add(1000002)
    report = world.run(open_store(tmp_path))
    assert [part.status for part in report.parts] == ["done", *["unavailable"] * 3]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(code=-1, times=2), Fault(status=500, times=2), Fault(half=True), Fault(drop=True), Fault(expired=True),
        Fault(code=45011), Fault(code=45033),
    ],
)  # fmt: skip
def test_passing_faults_are_survived(world: World, tmp_path: Path, fault: Fault) -> None:
    clear, troubled = open_store(tmp_path / "a"), open_store(tmp_path / "b")
    world.run(clear)
    world.platform.clock.offset = 0
    number = world.platform.faults.add(msgspec.structs.replace(fault, path="/cgi-bin/externalcontact/*", after=3))
    assert world.run(troubled).complete
    assert world.platform.faults.laid[number].hits == fault.times
    assert contents(clear, but=("ts_us",)) == contents(troubled, but=("ts_us",))


def test_a_quota_stops_at_a_group_and_the_next_pull_goes_on_there(world: World, tmp_path: Path) -> None:
    room = world.corp.rooms["wr1"]
    for n in range(2, 6):
        world.corp.rooms[f"wr{n}"] = Room(msgspec.structs.replace(room.group, chat_id=f"wr{n}", name=f"群{n}"))
    store = open_store(tmp_path)
    world.platform.faults.add(Fault(path="/cgi-bin/externalcontact/groupchat/get", code=45009, after=2))
    assert [part.status for part in world.run(store, "groups").parts] == ["quota"]
    assert {row["key"] for row in rows(store, "conversations")} == {"wr1", "wr2"}
    assert world.run(store, "groups").parts[0].read["conversations"] == 3
    assert {row["key"] for row in rows(store, "conversations")} == {f"wr{n}" for n in range(1, 6)}


def test_contacts_go_on_at_the_member_where_the_quota_stopped(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jianwei.ingest.pull.wecom.BATCH", 1)
    whole, stopped = open_store(tmp_path / "a"), open_store(tmp_path / "b")
    for change in (False, True):  # at first nothing is known; then what is known changed
        if change:
            follow = world.corp.follows[WM[0]]["li"]
            world.corp.follows[WM[0]]["li"] = msgspec.structs.replace(follow, tags=[])
            del world.corp.follows[WM[2]]["li"]
        world.run(whole, "contacts")
        members = len(world.corp.members) - len(world.corp.contactless)
        for _ in range(members - 1):
            world.platform.faults.add(Fault(path="/cgi-bin/externalcontact/batch/get_by_user", code=45009, after=1))
            assert world.run(stopped, "contacts").parts[0].status == "quota"
        assert world.run(stopped, "contacts").complete
        assert contents(whole) == contents(stopped)
    users = {row["key"]: row for row in rows(stopped, "users")}
    assert json.loads(users[WM[0]]["tags"]) == ["送礼"]
    assert "met" not in json.loads(users[WM[2]]["attrs"])


def test_figures_go_on_at_the_member_where_the_quota_stopped(world: World, tmp_path: Path) -> None:
    def days(store: Store) -> set[tuple[object, ...]]:
        return {(row["ts_us"], row["name"], row["attrs"], row["value"]) for row in rows(store, "metrics")}

    world.corp.contactless.clear()
    stopped = open_store(tmp_path / "a")
    path = "/cgi-bin/externalcontact/get_user_behavior_data"
    asked = []
    for _ in range(2):
        world.platform.faults.add(Fault(path=path, code=45009, after=1))
        assert world.run(stopped, "statistics").parts[0].status == "quota"
        asked.append(len({row["attrs"] for row in rows(stopped, "metrics")}))
        world.platform.clock.move(5 * DAY)
    assert asked == [1, 2]
    for _ in range(2):  # to its end, and then the days since it began
        assert world.run(stopped, "statistics").complete
    whole = open_store(tmp_path / "b")
    world.run(whole, "statistics")
    assert days(whole) <= days(stopped)


# --- archive ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def archive(world: World) -> FakeArchive:
    corp = world.corp
    at = NOW - 1_000
    corp.agreements[("li", WM[0])] = Agreement(WM[0], "Agree", "li", NOW - 500_000)
    corp.agreements[("li", WM[1])] = Agreement(WM[1], "Disagree", "li", NOW - 400_000)
    corp.room_agreements["wr1"] = [
        Agreement(WM[0], "Default_Agree"),
        Agreement(WM[1], "Disagree", status_change_time=NOW),
    ]
    corp.archived_groups["wrInner"] = ArchivedGroup(
        "值班", "li", NOW - DAY, "", [ArchivedMember("li", NOW - DAY), ArchivedMember("wang")]
    )
    made = FakeArchive(KEYS)
    made.say(
        text("1", "li", [WM[0]], "您好", at),
        text("2_external", WM[0], ["li"], "想要春茶", at + 1),
        text("3", "li", [WM[1]], "在吗", at + 2),  # refused
        text("4", WM[2], ["li"], "你好", at + 3),  # never asked
        text("5", WM[0], ["li", WM[1]], "群里好", at + 4, "wr1"),
        text("6", WM[1], ["li", WM[0]], "别存我", at + 5, "wr1"),  # refused
        text("7", "li", ["wang"], "内部", at + 6),
        text("8", "li", ["wang"], "换班", at + 7, "wrInner"),
    )
    made.say(text("9", "li", [WM[0]], "说错了", at + 8), version=2)
    made.say({
        "msgid": "10", "action": "recall", "from": "li", "tolist": [WM[0]], "roomid": "", "msgtime": (at + 9) * 1000,
        "msgtype": "revoke", "revoke": {"pre_msgid": "9"},
    }, version=2)  # fmt: skip
    return made


def test_only_what_people_agreed_to_is_kept(world: World, archive: FakeArchive, tmp_path: Path) -> None:
    store = open_store(tmp_path)
    report = world.run(store, "archive", "rooms", archive=archive)
    assert report.complete, report
    assert report.parts[0].notes == {"left_out": 3}
    texts = [row["text"] for row in sorted(rows(store, "messages"), key=lambda row: row["ts_us"])]
    assert texts == ["您好", "想要春茶", "群里好", "内部", "换班", "说错了", None]
    everything = json.dumps([row for table in contents(store).values() for row in table], ensure_ascii=False)
    assert "别存我" not in everything
    assert "在吗" not in everything
    consents = {row["user_id"]: row for row in rows(store, "consents")}
    assert consents[key_id("u:", "corp", "user", WM[0])]["granted"] is True
    refused = consents[key_id("u:", "corp", "user", WM[1])]
    assert (refused["granted"], refused["purpose"]) == (False, "archive")
    assert refused["withdrawn_us"] == NOW * 1_000_000
    titles = {row["key"]: row["title"] for row in rows(store, "conversations")}
    assert titles["wrInner"] == "值班"


def test_words_of_those_who_refused_are_not_kept_in_quotes_and_forwards(
    world: World, archive: FakeArchive, tmp_path: Path
) -> None:
    def forward(msgid: str, *said: tuple[int, str]) -> dict[str, object]:
        items = [
            {"type": "ChatRecordText", "msgtime": at, "content": json.dumps({"content": words}), "from_chatroom": True}
            for at, words in said
        ]
        record = {"title": "群聊的聊天记录", "item": items}
        return {**text(msgid, "li", ["wang"], "", NOW, "wrInner"), "msgtype": "chatrecord", "chatrecord": record}

    quote = "「客：{}」\n- - - - - - - - - - - - - - -\n收到"
    at = NOW - 1_000
    world.corp.room_agreements["wr2"] = [Agreement(WM[0], "Agree")]
    archive.say(
        text("20", "li", [WM[0], WM[1]], quote.format("别存我"), at + 20, "wr1"),
        text("21", "li", [WM[0]], quote.format("想要春茶"), at + 21),
        text("22", "li", [WM[0]], quote.format("都同意"), at + 22, "wr2"),
        text("23", "li", [WM[0], WM[4]], quote.format("没人问过我"), at + 23, "wr2"),
        forward("24", (at + 5, "别存我"), (at + 1, "想要春茶"), (at + 1, "别存我")),
    )
    store = open_store(tmp_path)
    report = world.run(store, "archive", archive=archive)
    assert report.parts[0].notes == {"left_out": 3, "repeated": 4}
    messages = rows(store, "messages")
    everything = json.dumps(messages, ensure_ascii=False)
    assert "别存我" not in everything
    assert "没人问过我" not in everything
    quotes = {json.loads(row["attrs"])["quote"] for row in messages if "quote" in (row["attrs"] or "")}
    assert quotes == {"客：想要春茶", "客：都同意"}
    inner = [row["text"] for row in messages if "parent" in (row["attrs"] or "")]
    assert inner == ["想要春茶"]
    archive.say(forward("25", (at + 1, "想要春茶"), (at + 2, "想要春茶")))  # heard in the pull before
    assert world.run(store, "archive", archive=archive).parts[0].notes == {"repeated": 1}
    assert [row["text"] for row in rows(store, "messages") if "parent" in (row["attrs"] or "")] == ["想要春茶"] * 2


def test_the_archive_goes_on_where_it_was(world: World, archive: FakeArchive, tmp_path: Path) -> None:
    store = open_store(tmp_path)
    world.run(store, "archive", archive=archive)
    before = contents(store)
    world.run(store, "archive", archive=archive)
    assert contents(store) == before
    assert archive.asked == [0, 10, 10]
    archive.say(text("11", "li", [WM[0]], "补充", NOW))
    assert world.run(store, "archive", archive=archive).parts[0].new["messages"] == 1


def test_what_is_known_of_contacts_outlasts_their_messages(world: World, archive: FakeArchive, tmp_path: Path) -> None:
    store = open_store(tmp_path)
    world.platform.clock.move(-DAY)
    world.run(store, "contacts")
    world.platform.clock.move(DAY)
    world.run(store, "archive", "groups", archive=archive)
    users = {row["key"]: row for row in rows(store, "users")}
    met = json.loads(users[WM[0]]["attrs"])["met"]
    assert [one["tags"] for one in met] == [["常客"], ["送礼"]]
    assert json.loads(users["li"]["attrs"]) == {"party": "staff"}


def test_a_recall_takes_the_message_out_of_answers(world: World, archive: FakeArchive, tmp_path: Path) -> None:
    from jianwei.engines import Scope
    from jianwei.engines.duckdb import DuckDBEngine
    from jianwei.query.views import sent

    store = open_store(tmp_path)
    world.run(store, "archive", archive=archive)
    with DuckDBEngine().open(store.lake.snapshot(["messages"]), Scope()) as session:
        texts = session.execute(sent(session).select("text")).column("text").to_pylist()
    assert "说错了" not in texts
    assert "您好" in texts


def test_a_missing_private_key_stops_and_loses_nothing(world: World, archive: FakeArchive, tmp_path: Path) -> None:
    store = open_store(tmp_path)
    report = world.run(store, "archive", archive=archive, keys=(1,))
    assert report.parts[0].status == "failed"
    assert "--archive-key 2=" in str(report.parts[0].reason.values["hint"])  # type: ignore[union-attr]
    assert rows(store, "messages") == []
    assert world.run(store, "archive", archive=archive).complete
    assert len(rows(store, "messages")) == 7


def test_a_damaged_message_goes_to_quarantine(world: World, archive: FakeArchive, tmp_path: Path) -> None:
    archive.broken.add(1)
    store = open_store(tmp_path)
    report = world.run(store, "archive", archive=archive)
    assert report.parts[0].notes == {"left_out": 3, "unreadable": 1}
    (rejected,) = store.state.quarantined()
    assert (rejected.line, rejected.reason) == (1, "archive_unreadable")


@pytest.mark.parametrize("sealed", ["AAAA", "no base64", base64.b64encode(bytes(256)).decode(), ""])
def test_a_damaged_key_does_not_block_the_archive(
    world: World, archive: FakeArchive, tmp_path: Path, sealed: str
) -> None:
    archive.damaged[1] = sealed
    store = open_store(tmp_path)
    report = world.run(store, "archive", archive=archive)
    assert (report.complete, report.parts[0].notes) == (True, {"left_out": 3, "unreadable": 1})
    assert [one.line for one in store.state.quarantined()] == [1]
    assert len(rows(store, "messages")) == 6


def test_a_wrong_private_key_stops_and_loses_nothing(world: World, archive: FakeArchive, tmp_path: Path) -> None:
    store = open_store(tmp_path)
    archive.keys = dict(KEYS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(KEYS, 2, new_key())
        report = world.run(store, "archive", archive=archive)
    assert report.parts[0].status == "failed"
    assert store.state.position("pull/corp/archive") is None
    assert store.state.quarantined() == []
    assert world.run(store, "archive", archive=archive).complete
    assert len(rows(store, "messages")) == 7


def test_internal_groups_are_read_again_and_who_left_is_marked(
    world: World, archive: FakeArchive, tmp_path: Path
) -> None:
    store = open_store(tmp_path)
    world.run(store, "archive", "rooms", archive=archive)
    world.corp.archived_groups["wrInner"] = ArchivedGroup(
        "早班", "li", NOW - DAY, "", [ArchivedMember("li", NOW - DAY), ArchivedMember("zhao", NOW)]
    )
    world.platform.clock.move(DAY)
    assert world.run(store, "rooms", archive=archive).parts[0].notes == {"left": 1}
    place = key_id("c:", "corp", "conversation", "wrInner")
    (title,) = (row["title"] for row in rows(store, "conversations") if row["conversation_id"] == place)
    assert title == "早班"
    left = {row["user_id"]: row["left_us"] for row in rows(store, "members") if row["conversation_id"] == place}
    li, wang, zhao = (key_id("u:", "corp", "user", name) for name in ("li", "wang", "zhao"))
    assert left == {li: None, wang: (NOW + DAY) * 1_000_000, zhao: None}
    assert store.state.position("pull/corp/rooms") == {"others": ["wr1"]}


def test_passing_faults_of_the_library_are_survived(world: World, archive: FakeArchive, tmp_path: Path) -> None:
    archive.faults += [10001, 10003]
    assert world.run(open_store(tmp_path), "archive", archive=archive).complete


def test_files_come_in_chunks(world: World, archive: FakeArchive, tmp_path: Path) -> None:
    content = bytes(range(256)) * 6_000
    archive.files["f1"] = content
    picture = {"sdkfileid": "f1", "md5sum": hashlib.md5(content).hexdigest(), "filesize": len(content)}
    plain = text("12", WM[0], ["li"], "", NOW)
    archive.say({**plain, "msgtype": "image", "image": picture})
    archive.say({**plain, "msgid": "13", "msgtype": "image", "image": {**picture, "sdkfileid": "gone"}})
    damaged = {**picture, "md5sum": "0" * 32}
    archive.say({**plain, "msgid": "14", "msgtype": "image", "image": damaged})
    store = open_store(tmp_path)
    report = world.run(store, "archive", archive=archive, keep=keeper(store, "corp"))
    assert (report.parts[0].notes["media"], report.parts[0].notes["media_failed"]) == (1, 2)
    (row,) = rows(store, "media")
    assert (store.folder / row["path"]).read_bytes() == content
    assert row["sha256"] == hashlib.sha256(content).hexdigest()
    assert row["record_id"] == key_id("m:", "corp", "wecom", "12")
    assert len(list(media_bytes(archive, "f1"))) == -(-len(content) // CHUNK)
