"""Files from outside: folders, archives, encodings, and what must be refused."""

from __future__ import annotations

import gzip
import io
import os
import random
import struct
import zipfile
import zlib
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.common.encodings import encoding_of
from jianwei.common.files import (
    HEAD_BYTES,
    OWN_MARKER,
    ArchiveLimits,
    BadInput,
    InputFile,
    Sample,
    base_name,
    consumed,
    discover,
    head_text,
    sample,
    sha256_of,
)
from jianwei.common.i18n import catalog
from jianwei.errors import InputError

SMALL = ArchiveLimits(members=50, total_bytes=1 << 20, ratio=20, ratio_from=1 << 16, nested_bytes=1 << 19)


def names(found: list[InputFile | BadInput], root: Path) -> list[str]:
    return [item.name.removeprefix(f"{root.as_posix()}/") for item in found]


def read(item: InputFile | BadInput) -> bytes:
    assert isinstance(item, InputFile), item
    with item.open() as stream:
        return stream.read()


def bad(item: InputFile | BadInput) -> BadInput:
    assert isinstance(item, BadInput), item
    return item


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def of(data: bytes, name: str = "a.csv") -> InputFile:
    return InputFile(name, len(data), lambda: io.BytesIO(data))


# --- folders ---------------------------------------------------------------------------------------------------------


def test_a_folder_is_walked_in_order_and_noise_is_passed_over(tmp_path: Path) -> None:
    for name in ["b/2.csv", "b/10.csv", "a.csv", ".hidden", "__MACOSX/x.csv", "~$orders.xlsx", "c/.DS_Store", "d.lock"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert names(list(discover([tmp_path])), tmp_path) == ["a.csv", "b/10.csv", "b/2.csv"]


def test_own_outputs_are_no_input(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "jianwei.toml").write_text("account = 'x'")
    (tmp_path / "shop" / "data.csv").write_text("a,b")
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / OWN_MARKER).write_text("")
    (tmp_path / "tables" / "words.csv").write_text("a,b")
    (tmp_path / "report.html").write_text('<html><meta name="generator" content="Jianwei 1.0">')
    (tmp_path / "other.html").write_text("<html>")
    assert names(list(discover([tmp_path])), tmp_path) == ["other.html"]


def test_links_in_circles_end_and_a_file_is_given_once(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("x")
    (tmp_path / "in" / "back").symlink_to(tmp_path)
    (tmp_path / "again.csv").symlink_to(tmp_path / "in" / "a.csv")
    found = list(discover([tmp_path, tmp_path / "in" / "a.csv"]))
    assert names(found, tmp_path) == ["again.csv"]
    assert read(found[0]) == b"x"


def test_what_is_no_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    (tmp_path / "nothing").mkdir()
    os.mkfifo(tmp_path / "pipe")
    found = list(discover([tmp_path / "empty.csv", tmp_path / "nothing", tmp_path / "pipe", tmp_path / "gone"]))
    assert [bad(item).code for item in found] == ["empty", "nothing_inside", "not_a_file", "missing"]


def test_a_dangling_link_does_not_stop_the_walk(tmp_path: Path) -> None:
    (tmp_path / "a.csv").symlink_to(tmp_path / "gone")
    (tmp_path / "b.csv").write_text("x")
    found = list(discover([tmp_path]))
    assert bad(found[0]).code == "unreadable"
    assert read(found[1]) == b"x"


def test_file_names_in_a_legacy_encoding_can_be_shown(tmp_path: Path) -> None:
    raw = os.path.join(os.fsencode(tmp_path), "张三.csv".encode("gbk"))  # noqa: PTH118 - bytes paths
    with open(raw, "wb") as stream:  # noqa: PTH123
        stream.write(b"x")
    (found,) = discover([tmp_path])
    assert found.name.endswith("/张三.csv")
    assert read(found) == b"x"


# --- archives --------------------------------------------------------------------------------------------------------


def test_zip_members_are_read_in_order_with_their_names(tmp_path: Path) -> None:
    path = tmp_path / "exports.zip"
    path.write_bytes(
        zipped({"chats/张三.csv": b"zs", "a.csv": b"aa", "__MACOSX/._a.csv": b"no", "chats/": b"", "e.csv": b""})
    )
    found = list(discover([path]))
    assert names(found, path) == ["a.csv", "chats/张三.csv", "e.csv"]
    assert [read(item) for item in found[:2]] == [b"aa", b"zs"]
    assert read(found[1]) == b"zs"  # every open begins anew
    assert bad(found[2]).code == "empty"


@pytest.mark.parametrize(
    ("encoding", "name"), [("gbk", "聊天记录\\张三.csv"), ("utf-8", "群聊/李四.csv"), ("gbk", "群\u8868/表.csv")]
)
def test_names_of_archives_without_the_utf8_flag(tmp_path: Path, encoding: str, name: str) -> None:
    data = zipped({"N" * len(name.encode(encoding)): b"x"})
    path = tmp_path / "windows.zip"
    path.write_bytes(data.replace(b"N" * len(name.encode(encoding)), name.encode(encoding)))
    (found,) = discover([path])
    assert found.name == f"{path.as_posix()}/{name.replace(chr(92), '/')}"
    assert read(found) == b"x"


def test_a_zip_in_a_zip_is_read_and_a_third_is_refused(tmp_path: Path) -> None:
    third = zipped({"deep.csv": b"deep"})
    second = zipped({"in.csv": b"in", "more.csv": b"more", "third.zip": third})
    path = tmp_path / "first.zip"
    path.write_bytes(zipped({"a.csv": b"a", "second.zip": second, "z.csv": b"z", "other.zip": zipped({"o.csv": b"o"})}))
    found = list(discover([path]))
    assert names(found, path) == [
        "a.csv", "other.zip/o.csv", "second.zip/in.csv", "second.zip/more.csv", "second.zip/third.zip", "z.csv",
    ]  # fmt: skip
    assert [read(found[i]) for i in (2, 1, 3, 0, 5)] == [b"in", b"o", b"more", b"a", b"z"]
    assert bad(found[4]).code == "zip_too_deep"


def test_an_office_document_is_one_file(tmp_path: Path) -> None:
    path = tmp_path / "orders.xlsx"
    path.write_bytes(zipped({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}))
    (found,) = discover([path])
    assert isinstance(found, InputFile)
    assert found.path == os.fspath(path)


def test_zip_bombs_are_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    path.write_bytes(zipped({"zeros.csv": bytes(1 << 18), "b.csv": b"b"}))
    assert [bad(item).code for item in discover([path], SMALL)] == ["zip_bomb"]
    noise = random.Random(1).randbytes(1 << 17)
    path.write_bytes(zipped({"noise.bin": noise, "zeros.csv": bytes(1 << 17)}))
    found = list(discover([path], SMALL))
    assert isinstance(found[0], InputFile)
    assert bad(found[1]).code == "zip_bomb"  # together they look harmless, the member alone does not
    path.write_bytes(zipped({f"{n}.bin": random.Random(n).randbytes(1 << 18) for n in range(5)}))
    assert [bad(item).code for item in discover([path], SMALL)] == ["zip_bomb"]
    path.write_bytes(zipped({f"{n}.csv": b"x" for n in range(51)}))
    assert [bad(item).code for item in discover([path], SMALL)] == ["zip_too_many"]


def test_limits_hold_across_archives_inside_one_another(tmp_path: Path) -> None:
    inner = {f"{i}.zip": zipped({f"{n}.csv": b"x" for n in range(20)}) for i in range(3)}
    path = tmp_path / "many.zip"
    path.write_bytes(zipped(inner))
    found = list(discover([path], SMALL))
    assert [bad(item).code for item in found if isinstance(item, BadInput)] == ["zip_too_many"]
    assert len(found) == 41


def test_a_huge_member_list_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.csv": b"x"}))
    end = data.rfind(b"PK\x05\x06")
    data[end + 12 : end + 16] = struct.pack("<I", 0xFFFFFFF0)
    (tmp_path / "list.zip").write_bytes(data)
    assert [bad(item).code for item in discover([tmp_path / "list.zip"])] == ["zip_too_many"]


def test_a_member_that_lies_about_its_size_gives_no_more_than_it_declared(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.csv": b"x" * 1000}))
    directory = data.find(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = struct.pack("<I", 10)
    (tmp_path / "lie.zip").write_bytes(data)
    (found,) = discover([tmp_path / "lie.zip"])
    if isinstance(found, InputFile):
        with found.open() as stream:
            assert len(stream.read(100)) <= 10
            with pytest.raises(InputError):
                stream.read()


def test_broken_and_encrypted_archives_cost_only_themselves(tmp_path: Path) -> None:
    whole = zipped({"a.csv": random.Random(2).randbytes(5000), "b.csv": b"b"})
    (tmp_path / "cut.zip").write_bytes(whole[:-40])
    locked = bytearray(whole)
    for mark, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = locked.find(mark)
        locked[at + flag] |= 1
    (tmp_path / "locked.zip").write_bytes(locked)
    (tmp_path / "7z.7z").write_bytes(b"7z\xbc\xaf\x27\x1c\0\4")
    flipped = bytearray(whole)
    flipped[2000] ^= 0xFF
    (tmp_path / "rotten.zip").write_bytes(flipped)
    found = list(discover([tmp_path]))
    assert [(item.name.rsplit("/", 2)[-1], getattr(item, "code", "")) for item in found] == [
        ("7z.7z", "archive_unsupported"), ("cut.zip", "zip_broken"), ("a.csv", "zip_encrypted"), ("b.csv", ""),
        ("a.csv", ""), ("b.csv", ""),
    ]  # fmt: skip
    with pytest.raises(InputError, match="damaged"):
        read(found[4])
    assert read(found[5]) == b"b"


def test_gzip_is_read_through_and_counted_in_packed_bytes(tmp_path: Path) -> None:
    text = "你好\n".encode() * 5000
    path = tmp_path / "retail.dat.gz"
    path.write_bytes(gzip.compress(text))
    (found,) = discover([path])
    assert isinstance(found, InputFile)
    assert read(found) == text
    assert sha256_of(found) == sha256(text).hexdigest()
    seen = sample(found)
    assert isinstance(seen, Sample)
    assert (seen.name.rsplit("/", 1)[-1], seen.encoding, seen.whole) == ("retail.dat", "utf-8", True)
    with found.open() as stream:
        stream.read()
        assert consumed(stream) == found.size == path.stat().st_size


def test_a_cut_gzip_gives_its_head_and_then_says_so(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(gzip.compress(random.Random(3).randbytes(200_000).hex().encode())[:-1000])
    (found,) = discover([path])
    assert isinstance(found, InputFile)
    assert isinstance(sample(found), Sample)
    with pytest.raises(InputError, match=r"damaged after \d+ bytes"):
        sha256_of(found)
    path.write_bytes(b"\x1f\x8b\x08 no gzip at all")
    (found,) = discover([path])
    assert isinstance(found, InputFile)
    with pytest.raises(InputError):
        sample(found)


def test_a_gzip_bomb_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(bytes(4 << 20)))
    (found,) = discover([path], SMALL)
    with pytest.raises(InputError, match="bomb"):
        read(found)
    path.write_bytes(zipped({"bomb.gz": gzip.compress(bytes(4 << 20))}))
    (found,) = discover([path], SMALL)
    with pytest.raises(InputError, match="bomb"):
        read(found)


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"PK\x03\x04", b"\x1f\x8b\x08", b"PK\x05\x06"]))
def test_junk_with_an_archives_beginning_never_gives_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, junk: bytes, mark: bytes
) -> None:
    path = tmp_path_factory.mktemp("junk") / "x"
    path.write_bytes(mark + junk)
    for item in discover([path]):
        if isinstance(item, InputFile):
            try:
                sample(item)
            except InputError:
                continue


# --- samples ---------------------------------------------------------------------------------------------------------

TEXT = "时间,发送人,内容\n2024-01-01 09:00:00,张三,在吗？明天下午的会改到三点了\n" * 40


@pytest.mark.parametrize(
    ("codec", "expected"),
    [
        ("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("gb18030", "gb18030"), ("gbk", "gb18030"), ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"), ("utf-16-be", "utf-16-be"), ("utf-32", "utf-32"),
    ],
)  # fmt: skip
def test_encodings_are_found(codec: str, expected: str) -> None:
    seen = sample(of(TEXT.encode(codec)))
    assert isinstance(seen, Sample)
    assert seen.encoding == expected
    assert head_text(seen) == TEXT


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "utf-16-le"])
def test_a_character_cut_by_the_end_of_the_sample_is_no_damage(codec: str) -> None:
    for shift in range(4):
        seen = sample(of(("x" * shift + "见微知著，说来话长\n" * 60_000).encode(codec)))
        assert isinstance(seen, Sample)
        assert seen.encoding == codec
        assert (len(seen.head), seen.whole) == (HEAD_BYTES, False)


def test_a_few_damaged_bytes_do_not_hide_the_encoding() -> None:
    data = bytearray(TEXT.encode())
    data[100] = 0xFF
    assert encoding_of(bytes(data), True) == "utf-8"
    data = bytearray(TEXT.encode("gbk"))
    data[-20] = 0xFF
    assert encoding_of(bytes(data), True) == "gb18030"
    assert encoding_of(TEXT.encode().replace(b"\n", b"\0\n", 3), True) == "utf-8"


@pytest.mark.parametrize(
    "data",
    [bytes(5000), random.Random(5).randbytes(5000), zlib.compress(TEXT.encode()), struct.pack("<500d", *range(500))],
    ids=["zeros", "noise", "deflated", "doubles"],
)
def test_binary_data_is_no_text(data: bytes) -> None:
    seen = sample(of(data))
    assert isinstance(seen, Sample)
    assert seen.encoding is None
    assert head_text(seen) == ""


def test_an_empty_file_has_no_sample() -> None:
    assert sample(of(b"")) == BadInput("a.csv", "empty")


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1))
def test_valid_utf8_text_is_text(text: str) -> None:
    assert encoding_of(text.encode(), True) in {"utf-8", "utf-8-sig"}


def test_base_names() -> None:
    assert [base_name(n) for n in ("a/b/张三_utf8.csv", "x.zip/群.GZ", "plain")] == ["张三_utf8", "群", "plain"]


def test_every_code_has_words() -> None:
    codes = {
        "missing", "unreadable", "not_a_file", "empty", "nothing_inside", "archive_unsupported", "zip_broken", "zip_encrypted",
        "zip_bomb", "zip_too_many", "zip_too_deep", "zip_nested_large",
    }  # fmt: skip
    for language in ("zh_CN", "en"):
        words = catalog(language)
        for code in codes:
            assert "{" not in words.text(f"files.{code}")
