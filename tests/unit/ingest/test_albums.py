"""Folders of media: a message each, once, kept by content; what is refused is in quarantine; times from where they are told."""

from __future__ import annotations

import io
import json
import os
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from support.media_files import film, sound

import jianwei as jw
from jianwei.ingest import ImportOptions, retry_quarantine

AMR = b"#!AMR\n" + (b"\x3c" + bytes(31)) * 50
MAY = 1_620_000_000


def picture(n: int, taken: str | None = None) -> bytes:
    file, image = io.BytesIO(), Image.new("RGB", (30, 20), (n, 7, 7))
    exif = Image.Exif()
    if taken:
        exif.get_ifd(0x8769)[0x9003] = taken
    image.save(file, "JPEG", exif=exif)
    return file.getvalue()


def write(path: Path, content: bytes, modified: int = MAY) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (modified, modified))


def rows(workspace: jw.Workspace) -> list[dict[str, Any]]:
    query = """
        SELECT m.kind, m.ts_us, m.attrs, m.user_id, m.direction, c.title, d.sha256, d.path, d.mime, d.bytes, d.seconds, d.width, d.height
        FROM messages m JOIN media d ON d.record_id = m.message_id JOIN conversations c USING (conversation_id) ORDER BY m.attrs
    """
    return workspace.sql(query).to_pylist()


def test_a_folder_becomes_a_conversation_of_files(tmp_path: Path) -> None:
    album = tmp_path / "家人群"
    write(album / "b.amr", AMR)
    write(album / "IMG_20210305_123456.jpg", picture(1, "2019:01:01 00:00:00"))
    write(album / "mmexport1589123456789.jpg", picture(2))
    write(album / "photo.jpg", picture(3, "2020:02:03 04:05:06"))
    workspace = jw.open(tmp_path / "w")
    report = workspace.import_files([album])
    assert report.complete
    assert report.new["messages"] == 4
    found = {json.loads(row["attrs"])["file"]: row for row in rows(workspace)}
    told = {name: (json.loads(row["attrs"])["time_from"], row["ts_us"] // 1_000_000) for name, row in found.items()}
    assert told == {
        "b.amr": ("file", MAY),
        "IMG_20210305_123456.jpg": ("name", 1_614_918_896),  # 04:56:36 in Greenwich
        "mmexport1589123456789.jpg": ("name", 1_589_123_456),
        "photo.jpg": ("camera", 1_580_673_906),
    }
    voice = found["b.amr"]
    assert (voice["kind"], voice["mime"], voice["bytes"], voice["seconds"]) == ("voice", "audio/amr", len(AMR), 1.0)
    assert (voice["title"], voice["user_id"], voice["direction"]) == ("家人群", None, None)
    assert (found["photo.jpg"]["width"], found["photo.jpg"]["height"]) == (30, 20)
    for row in found.values():
        content = (workspace.store.folder / row["path"]).read_bytes()
        assert sha256(content).hexdigest() == row["sha256"]


def test_the_same_file_is_one_message_wherever_it_lies(tmp_path: Path) -> None:
    write(tmp_path / "one" / "a.jpg", picture(1))
    write(tmp_path / "one" / "copy.jpg", picture(1))
    write(tmp_path / "two" / "b.jpg", picture(1))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("three/c.jpg", picture(1))
        archive.writestr("three/d.jpg", picture(2))
    write(tmp_path / "all.zip", packed.getvalue())
    workspace = jw.open(tmp_path / "w")
    paths = [tmp_path / name for name in ("one", "two", "all.zip")]
    assert workspace.import_files(paths).new["messages"] == 2
    before = rows(workspace)
    again = workspace.import_files(paths)
    assert (again.new.get("messages", 0), again.duplicate["messages"]) == (0, 5)
    assert rows(workspace) == before
    assert [item.added.get("messages", 0) for item in workspace.store.state.inputs()] == [1, 0, 1]
    left = [path.name for path in (workspace.store.folder / "media").rglob("*") if path.is_file()]
    assert len(left) == 2, "nothing but the files themselves"


def test_what_is_refused_is_in_quarantine_under_its_code(tmp_path: Path) -> None:
    album = tmp_path / "album"
    write(album / "good.jpg", picture(1))
    write(album / "a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
    write(album / "b.png", b"just words")
    write(album / "c.mp3", picture(2))
    write(album / "d.wav", b"RIFF" + (9_000).to_bytes(4, "little") + b"WAVEfmt " + bytes(100))
    write(album / "e.jpg", bytes(range(256)) * 4)
    write(album / "f.jpg", b"")
    workspace = jw.open(tmp_path / "w")
    report = workspace.import_files([album])
    assert not report.complete
    assert report.new["messages"] == 1
    found = {Path(row.file).name: row.reason for row in workspace.store.state.quarantined()}
    assert found == {
        "a.svg": "script", "b.png": "wrong_kind", "c.mp3": "wrong_kind", "d.wav": "damaged", "e.jpg": "unknown", "f.jpg": "empty",
    }  # fmt: skip
    workspace.import_files([album])
    assert len(workspace.store.state.quarantined()) == len(found), "refused again is refused once"


def test_tables_among_them_are_still_tables(tmp_path: Path) -> None:
    write(tmp_path / "mixed" / "a.jpg", picture(1))
    write(tmp_path / "mixed" / "话.csv", "时间,用户,内容\n2024-01-01 10:00:00,张三,你好\n".encode())
    workspace = jw.open(tmp_path / "w")
    report = workspace.import_files([tmp_path / "mixed"])
    assert {item.format: item.new.get("messages", 0) for item in report.inputs} == {"table": 1, "media": 1}


@pytest.mark.parametrize(("suffix", "content"), [(".jpg", picture(9)), (".amr", AMR)])
def test_a_disk_that_refuses_is_no_fault_of_the_file(tmp_path: Path, suffix: str, content: bytes) -> None:
    from jianwei.errors import StoreError

    write(tmp_path / "album" / f"a{suffix}", content)
    workspace = jw.open(tmp_path / "w")
    (workspace.store.folder / "media").write_text("in the way")
    with pytest.raises(StoreError):
        workspace.import_files([tmp_path / "album"])
    (workspace.store.folder / "media").unlink()
    assert workspace.import_files([tmp_path / "album"]).new["messages"] == 1


def test_films_without_a_picture_are_voices(tmp_path: Path) -> None:
    for name, content in {
        "a.webm": sound("webm"),
        "b.mkv": sound("mkv"),
        "c.mov": sound("mov"),
        "d.mp4": film([0], hertz=440),
    }.items():
        write(tmp_path / "album" / name, content)
    workspace = jw.open(tmp_path / "w")
    workspace.import_files([tmp_path / "album"])
    found = {json.loads(row["attrs"])["file"]: (row["kind"], row["mime"]) for row in rows(workspace)}
    assert found == {
        "a.webm": ("voice", "audio/webm"), "b.mkv": ("voice", "audio/x-matroska"), "c.mov": ("voice", "audio/quicktime"),
        "d.mp4": ("video", "video/mp4"),
    }  # fmt: skip


def test_names_in_no_encoding_stay_different(tmp_path: Path) -> None:
    """Every file is its own, under a name that can be shown; also where the folder itself is named so."""
    album = tmp_path / "album\udcff"
    for folder in (album, album / "x\udcff", album / "x\udcfe"):
        folder.mkdir()
        for n, name in enumerate(("\udcff", "\udcfe", os.fsdecode("张".encode("gbk")))):
            (folder / f"{name}.amr").write_bytes(AMR + b"\x04" + os.fsencode(folder)[-2:] * 5 + bytes([0, n]))
            (folder / f"{name}.txt").touch()
    workspace = jw.open(tmp_path / "w")
    report = workspace.import_files([album])
    assert report.new["messages"] == 9
    told = {(row["title"], json.loads(row["attrs"])["file"]) for row in rows(workspace)}
    assert told == {(title, f"{name}.amr") for title in ("album%FF", "x%FF", "x%FE") for name in ("%FF", "%FE", "张")}
    assert len({item.name for item in report.inputs if item.status == "rejected"}) == 9
    assert {item.origin for item in workspace.store.state.inputs()} == {f"{tmp_path}/album%FF"}
    again = workspace.import_files([album])
    assert (again.new.get("messages", 0), again.duplicate["messages"]) == (0, 9)
    for path in (album / "\udcff.amr", album / "nowhere\udcff.amr"):
        assert not workspace.import_files([path]).new.get("messages", 0)


@pytest.mark.parametrize("name", ["张三", "\udcff", "全\udcfe"])
def test_what_was_refused_is_tried_again_whatever_its_folder_is_called(tmp_path: Path, name: str) -> None:
    folder = tmp_path / (os.fsdecode(name.encode("gbk")) if name == "张三" else name)
    try:
        folder.mkdir()
    except (OSError, UnicodeError):
        pytest.skip("this file system takes no such names")
    (folder / "a.csv").write_text("时间,用户,内容\n2024-01-01 10:00:01,张三,你好\nbad,张三,x\n", "utf-8")
    workspace = jw.open(tmp_path / "w")
    assert sum(workspace.import_files([folder]).rejected.values()) == 1
    again = retry_quarantine(store=workspace.store, options=ImportOptions())
    assert [sum(again.rejected.values()), len(again.inputs)] == [1, 1]
