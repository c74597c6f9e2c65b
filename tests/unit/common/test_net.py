"""Guarded fetch: which addresses may be asked, how much is read, and how a broken fetch goes on."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.faulty_files import Files, serving

from jianwei.common.net import (
    FetchError,
    FetchLimits,
    PrivateAddressError,
    UnknownHostError,
    _checked,
    fetch_file,
    public_addresses,
    shown_url,
)
from jianwei.common.progress import SilentProgress

BODY = bytes(range(256)) * 1000


@pytest.fixture
def files() -> Iterator[Files]:
    with serving() as running:
        running.content["/m.bin"] = BODY
        yield running


class Waits(list[float]):
    """A sleep that only takes notes."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


class Counted:
    def __init__(self) -> None:
        self.units = 0.0

    def advance(self, units: float = 1) -> None:
        self.units += units

    def total(self, units: float) -> None:
        return None


def test_a_file_comes_whole(files: Files, tmp_path: Path) -> None:
    counted = Counted()
    fetch_file(f"{files.address}/m.bin", tmp_path / "m", size=len(BODY), task=counted)
    assert (tmp_path / "m").read_bytes() == BODY
    assert counted.units == len(BODY)


@pytest.mark.parametrize("lengths", [True, False])
def test_what_breaks_off_goes_on_where_it_stopped(files: Files, tmp_path: Path, lengths: bool) -> None:
    files.cut, files.lengths, waits = [100_000, 50_000], lengths, Waits()
    fetch_file(f"{files.address}/m.bin", tmp_path / "m", size=len(BODY), resume=True, sleep=waits)
    assert (tmp_path / "m").read_bytes() == BODY
    assert [asked for _, asked in files.asked] == [None, "bytes=100000-", "bytes=150000-"]
    assert len(waits) == 2


def test_without_a_way_to_check_the_whole_it_begins_anew(files: Files, tmp_path: Path) -> None:
    files.cut = [100_000]
    (tmp_path / "m").write_bytes(b"something else")
    fetch_file(f"{files.address}/m.bin", tmp_path / "m", sleep=Waits())
    assert (tmp_path / "m").read_bytes() == BODY
    assert [asked for _, asked in files.asked] == [None, None]


def test_a_server_without_ranges_sends_all_of_it_again(files: Files, tmp_path: Path) -> None:
    files.cut, files.ranges = [100_000], False
    fetch_file(f"{files.address}/m.bin", tmp_path / "m", size=len(BODY), resume=True, sleep=Waits())
    assert (tmp_path / "m").read_bytes() == BODY


def test_what_lies_here_is_longer_than_what_lies_there(files: Files, tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(BODY + b"more")
    fetch_file(f"{files.address}/m.bin", tmp_path / "m", resume=True, sleep=Waits())
    assert (tmp_path / "m").read_bytes() == BODY


def test_a_server_that_is_busy_is_asked_again_but_not_for_ever(files: Files, tmp_path: Path) -> None:
    files.status, waits = [503, 429, 500], Waits()
    fetch_file(f"{files.address}/m.bin", tmp_path / "m", sleep=waits)
    assert waits == [1.0, 2.0, 4.0]
    files.status = [503] * 9
    with pytest.raises(FetchError, match="answers 503"):
        fetch_file(f"{files.address}/m.bin", tmp_path / "n", sleep=Waits())
    assert len(files.status) == 9 - 5


def test_always_the_same_break_ends_too(files: Files, tmp_path: Path) -> None:
    files.cut = [1000] * 50
    with pytest.raises(FetchError, match="connection failed"):
        fetch_file(f"{files.address}/m.bin", tmp_path / "m", sleep=Waits())


@pytest.mark.parametrize("status", [401, 403, 404, 410, 204])
def test_what_is_not_there(files: Files, tmp_path: Path, status: int) -> None:
    files.status = [status]
    with pytest.raises(FetchError, match=f"answers {status}"):
        fetch_file(f"{files.address}/m.bin", tmp_path / "m", sleep=Waits())


@pytest.mark.parametrize("lengths", [True, False])
def test_too_large(files: Files, tmp_path: Path, lengths: bool) -> None:
    files.lengths = lengths
    with pytest.raises(FetchError, match="larger than 1,000 bytes"):
        fetch_file(f"{files.address}/m.bin", tmp_path / "m", limits=FetchLimits(most_bytes=1000))
    assert not (tmp_path / "m").exists() or (tmp_path / "m").stat().st_size <= 1000


def test_more_than_was_promised_is_too_large(files: Files, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="larger"):
        fetch_file(f"{files.address}/m.bin", tmp_path / "m", size=len(BODY) - 1)


def test_redirects_are_followed_and_end(files: Files, tmp_path: Path) -> None:
    files.redirects = {"/a": "/b", "/b": "m.bin", "/round": "/round"}
    fetch_file(f"{files.address}/a", tmp_path / "m")
    assert (tmp_path / "m").read_bytes() == BODY
    with pytest.raises(FetchError, match="5 redirects"):
        fetch_file(f"{files.address}/round", tmp_path / "n")


@pytest.mark.parametrize(
    ("there", "error"),
    [
        ("https://10.0.0.1/x", PrivateAddressError),
        ("https://[fe80::1]/x", PrivateAddressError),
        ("http://8.8.8.8/x", FetchError),
        ("file:///etc/passwd", FetchError),
        ("", FetchError),
    ],
)
def test_redirects_lead_nowhere_that_may_not_be_asked(
    files: Files, tmp_path: Path, there: str, error: type[FetchError]
) -> None:
    files.redirects = {"/a": there} if there else {"/a": "http://["}
    with pytest.raises(error):
        fetch_file(f"{files.address}/a", tmp_path / "m", sleep=Waits())


def test_nobody_is_redirected_to_this_machine(files: Files) -> None:
    with pytest.raises(PrivateAddressError, match="this machine"):
        _checked(f"{files.address}/m.bin", inside=False)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://a.example/", "http://", "", "//a.example", "http://example.com/x", "https://", "m.bin",
        "https://10.0.0.1/", "https://192.168.1.1/", "https://169.254.169.254/latest/meta-data", "https://0.0.0.0/",
        "https://[::ffff:127.0.0.1]/", "https://2130706433/", "https://127.1/",
    ],
)  # fmt: skip
def test_addresses_that_may_not_be_asked(url: str, tmp_path: Path) -> None:
    with pytest.raises(FetchError):
        fetch_file(url, tmp_path / "m", sleep=Waits())
    assert not (tmp_path / "m").exists()


def test_a_name_that_leads_inside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def found(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(2, 1, 6, "", ("8.8.8.8", 443)), (2, 1, 6, "", ("192.168.0.9", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    with pytest.raises(PrivateAddressError, match="private network"):
        fetch_file("https://models.example/m", tmp_path / "m", sleep=Waits())


@pytest.mark.parametrize(
    "inside",
    [
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "::7f00:1",
        "::ffff:10.0.0.1",
        "fec0::1",
        "224.0.0.1",
        "ff02::1",
        "::1",
        "fe80::1%1",
    ],
)
def test_addresses_that_stand_for_inner_ones(inside: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(10, 1, 6, "", (inside, 443, 0, 0))])
    with pytest.raises(PrivateAddressError, match="private network"):
        public_addresses("models.example", 443)


def test_public_addresses_of_both_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    outside = ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(10, 1, 6, "", (one, 443, 0, 0)) for one in outside])
    assert public_addresses("models.example", 443) == outside


def test_a_name_that_nobody_knows() -> None:
    with pytest.raises(UnknownHostError):
        public_addresses("no-such-name.invalid", 443)


def test_packed_answers_are_refused(files: Files, tmp_path: Path) -> None:
    files.headers = {"Content-Encoding": "gzip"}
    with pytest.raises(FetchError, match="packs"):
        fetch_file(f"{files.address}/m.bin", tmp_path / "m")


def test_secrets_of_an_address_are_not_shown(files: Files, tmp_path: Path) -> None:
    url = f"{files.address.replace('//', '//me:hunter2@')}/none?token=hunter3"
    with pytest.raises(FetchError) as caught:
        fetch_file(url, tmp_path / "m")
    assert "hunter" not in str(caught.value)
    assert shown_url("https://a:b:c") == "the address"


def test_a_folder_that_cannot_be_written(files: Files, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="cannot be written"):
        fetch_file(f"{files.address}/m.bin", tmp_path / "none" / "m")


def test_silence_is_fine() -> None:
    with SilentProgress().task("x") as task:
        task.total(3)
