"""Media of flushed messages: fetched, kept by content, tried again with patience, and never lost without a word."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from jianwei.errors import StoreError
from jianwei.ingest import flush
from jianwei.ingest.downloads import (
    KEPT_US,
    MOST_TRIES,
    DownloadReport,
    Fetched,
    GoneError,
    download_media,
    media_id,
)
from jianwei.records import key_id
from jianwei.settings import Secret
from jianwei.store import Account, MediaDownload, Store, Vault, open_store
from jianwei.store.scan import connect, scan_sql
from jianwei.store.state.tables import downloads, inbox
from jianwei.wechat.codes import code_of
from jianwei.wechat.errors import ApiError, QuotaError, TransportError
from jianwei.wechat.request import Download

NOW = 1_700_000_000_000_000
GIF = b"GIF89a\x02\0\x03\0"
AMR = b"#!AMR\n" + (b"\x3c" + bytes(31)) * 50


@pytest.fixture
def store(state_url: str | None, tmp_path: Path) -> Store:
    return open_store(tmp_path / "workspace", state_url=state_url)


@dataclass
class Platform:
    """Answers in turn what it is told; the last answer stays."""

    answers: dict[str, list[bytes | Exception]]
    asked: list[str] = field(default_factory=list)

    def __call__(self, row: MediaDownload) -> Fetched:
        self.asked.append(row.media_id)
        answers = self.answers[row.media_id]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return Download(answer, "text/html")


def media(name: str, **changes: object) -> MediaDownload:
    given: dict[str, Any] = {
        "account": "shop",
        "media_id": name,
        "record_id": f"m:{name}",
        "kind": "image",
        "ts_us": NOW,
    }
    return MediaDownload(**{**given, **changes})


def at(now: int) -> Callable[[], int]:
    return lambda: now


def kept(store: Store) -> list[dict[str, Any]]:
    with connect() as connection:
        pinned = store.lake.snapshot(["media"]).tables["media"]
        found = connection.execute(f"SELECT * FROM ({scan_sql(pinned)}) ORDER BY media_id").to_arrow_table()
    rows: list[dict[str, Any]] = found.to_pylist()
    return rows


def state_of(store: Store) -> dict[str, tuple[str, int, str]]:
    with store.state.engine.connect() as connection:
        rows = connection.execute(sa.select(downloads)).all()
    return {row.media_id: (row.status, row.tries, row.detail) for row in rows}


def test_a_film_without_a_picture_is_kept_as_sound(store: Store) -> None:
    content = b"RIFF\x1c\0\0\0AVI LIST\0\0\0\0hdrlstrh\0\0\0\0auds"
    store.downloads().add([media("a", kind="video")])
    download_media(store, Platform({"a": [content]}), clock=at(NOW))
    assert [row["mime"] for row in kept(store)] == ["audio/x-msvideo"]


def test_files_are_kept_by_content_whatever_they_are_called(store: Store) -> None:
    store.downloads().add([media("A", seq=7), media("B", kind="voice"), media("C")])
    page = b"<html>not what it says</html>"
    done = download_media(store, Platform({"A": [GIF], "B": [AMR], "C": [page]}), clock=at(NOW))
    assert done == DownloadReport(done=3)
    found = {row["record_id"]: row for row in kept(store)}
    picture = found["m:A"]
    assert picture == {
        "account": "shop", "ts_us": NOW, "seq": 7, "media_id": media_id("shop", "A"), "record_id": "m:A", "kind": "image",
        "mime": "image/gif", "sha256": sha256(GIF).hexdigest(), "path": picture["path"], "bytes": len(GIF), "seconds": None,
        "width": 2, "height": 3,
    }  # fmt: skip
    assert (found["m:B"]["mime"], found["m:B"]["seconds"]) == ("audio/amr", 1.0)
    assert found["m:C"]["path"].endswith(".bin")
    for row, content in ((found["m:A"], GIF), (found["m:B"], AMR), (found["m:C"], page)):
        path = store.folder / row["path"]
        assert path.read_bytes() == content
        assert path.parent.name == row["sha256"][:2]
    assert sum(1 for path in (store.folder / "media").rglob("*") if path.is_file()) == 3
    assert download_media(store, Platform({}), clock=at(NOW)) == DownloadReport()


def test_flushed_pictures_come_down_and_belong_to_their_messages(store: Store) -> None:
    body = json.dumps({"MsgType": "image", "MediaId": "A", "MsgId": 5, "FromUserName": "o", "CreateTime": NOW // 10**6})
    with store.state.engine.begin() as connection:
        row = {"account": "shop", "key": "m:5", "body": body.encode(), "answer": b"", "received_us": NOW}
        connection.execute(sa.insert(inbox).values(**row))
    flush(store)
    assert download_media(store, Platform({"A": [GIF]}), clock=at(NOW)).done == 1
    assert [row["record_id"] for row in kept(store)] == [key_id("m:", "shop", "wechat", "5")]


def test_one_file_of_two_messages_lies_once(store: Store) -> None:
    store.downloads().add([media("A"), media("A", record_id="m:2"), media("B")])
    download_media(store, Platform({"A": [GIF], "B": [GIF]}), clock=at(NOW))
    rows = kept(store)
    assert len(rows) == 3
    assert len({row["path"] for row in rows}) == 1


def transport() -> TransportError:
    return TransportError("media", "no answer came", "try later", sent=False)


def test_what_fails_is_tried_again_ever_later_and_given_up_in_the_end(store: Store) -> None:
    store.downloads().add([media("A", url="http://p")])
    platform, now, waits = Platform({"A": [transport()]}), NOW, []
    for _ in range(MOST_TRIES):
        assert download_media(store, platform, clock=at(now)).done == 0
        (row,) = store.downloads().due(2**60) or [None]
        if row is not None:
            waits.append(row.next_us - now)
            assert download_media(store, platform, clock=at(row.next_us - 1)) == DownloadReport()
            now = row.next_us
    assert len(platform.asked) == MOST_TRIES == len(waits) + 1
    assert waits == sorted(waits)
    assert waits[0] == 60_000_000
    assert state_of(store) == {"A": ("failed", MOST_TRIES, "no answer came")}
    assert kept(store) == []


def test_second_try_may_succeed(store: Store) -> None:
    store.downloads().add([media("A")])
    platform = Platform({"A": [transport(), GIF]})
    assert download_media(store, platform, clock=at(NOW)) == DownloadReport(later=1)
    assert download_media(store, platform, clock=at(NOW + 10**8)) == DownloadReport(done=1)
    assert state_of(store) == {"A": ("done", 2, "")}


def test_used_up_quota_is_waited_for_and_is_no_try(store: Store) -> None:
    store.downloads().add([media("A")])
    error = QuotaError("media/get", code_of(45009), "reach max api daily quota limit", NOW)
    assert error.resume_us is not None
    assert download_media(store, Platform({"A": [error]}), clock=at(NOW)) == DownloadReport(later=1)
    (row,) = store.downloads().due(2**60)
    assert (row.tries, row.next_us) == (0, error.resume_us)


@pytest.mark.parametrize(
    "error", [ApiError("media/get", code_of(40007), "invalid media_id"), GoneError("A", "it is no longer there")]
)
def test_what_is_gone_is_noted_and_not_asked_for_again(store: Store, error: Exception) -> None:
    store.downloads().add([media("A")])
    platform = Platform({"A": [error]})
    assert download_media(store, platform, clock=at(NOW)) == DownloadReport(gone=1)
    assert download_media(store, platform, clock=at(NOW + 10**12)) == DownloadReport()
    assert state_of(store)["A"][:2] == ("gone", 1)
    assert state_of(store)["A"][2]


def test_after_three_days_only_addresses_are_tried(store: Store) -> None:
    store.downloads().add([media("A"), media("B", url="http://p"), media("C", url="http://p")])
    platform = Platform({"B": [GIF], "C": [transport()]})
    done = download_media(store, platform, clock=at(NOW + KEPT_US + 1))
    assert done == DownloadReport(done=1, gone=2)
    assert sorted(platform.asked) == ["B", "C"]
    assert all("three days" in detail for name, (_, _, detail) in state_of(store).items() if name != "B")


def test_files_that_are_too_large_or_empty_are_not_kept(store: Store) -> None:
    store.downloads().add([media("A"), media("B")])
    done = download_media(store, Platform({"A": [GIF], "B": [b""]}), most_bytes=len(GIF) - 1, clock=at(NOW))
    assert done == DownloadReport(failed=2)
    assert "more than" in state_of(store)["A"][2]
    assert not (store.folder / "media").exists()


def test_a_kill_before_crossing_off_costs_a_download(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.downloads().add([media("A")])
    with monkeypatch.context() as patched:
        patched.setattr("jianwei.store.state.downloads.DownloadTable.put", killed)
        with pytest.raises(KeyboardInterrupt):
            download_media(store, Platform({"A": [GIF]}), clock=at(NOW))
    assert download_media(store, Platform({"A": [GIF]}), clock=at(NOW)) == DownloadReport(done=1)
    assert len(kept(store)) == 1


def killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_full_disk_is_an_error_of_the_store(store: Store) -> None:
    (store.folder / "media").write_text("no folder")
    store.downloads().add([media("A")])
    with pytest.raises(StoreError, match="cannot be written"):
        download_media(store, Platform({"A": [GIF]}), clock=at(NOW))
    assert state_of(store)["A"][0] == "waiting"


def test_account_that_was_removed_stops_no_other(store: Store) -> None:
    store.downloads().add([media("A", account="gone", url="http://p"), media("B")])
    store_error = store_error_of(store, "gone")
    done = download_media(store, Platform({"A": [store_error], "B": [GIF]}), clock=at(NOW))
    assert done == DownloadReport(done=1, gone=1)
    assert state_of(store)["A"] == ("gone", 1, "is not known here")


def store_error_of(store: Store, name: str) -> StoreError:
    with pytest.raises(StoreError) as caught:
        store.accounts(Vault(Vault.new_key())).get(name)
    return caught.value


def test_account_whose_secrets_cannot_be_opened_stops_no_other_and_waits(store: Store) -> None:
    store.accounts(Vault(Vault.new_key())).put(Account(name="sealed", kind="service", app_id="wx", secret=Secret("s")))
    error = store_error_of(store, "sealed")
    store.downloads().add([media("A", account="sealed", url="http://p"), media("B")])
    platform = Platform({"A": [error], "B": [GIF]})
    assert download_media(store, platform, clock=at(NOW)) == DownloadReport(done=1, later=1)
    assert state_of(store)["A"][:2] == ("waiting", 0)
    assert download_media(store, platform, clock=at(NOW + KEPT_US + 1)) == DownloadReport(gone=1)
