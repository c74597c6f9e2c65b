"""Hostile files, in a process with little memory: each gets a verdict, none brings the process down."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.media_files import film, picture, silk, sound, speex

WORKER = Path(__file__).parents[1] / "support" / "media_worker.py"
ADDRESS_SPACE = 4096  # megabytes; libraries map much that they never touch
PEAK = 400  # megabytes in use; the largest file here takes 200 with the libraries
JPEG, PNG, GIF, MP3, WAV, MP4 = (
    picture("JPEG"),
    picture("PNG"),
    picture("GIF"),
    sound("mp3"),
    sound("wav"),
    film([0, 99], hertz=440),
)


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width: int, height: int, depth: int, colour: int, *chunks: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IEND", b"")


def box(name: bytes, *inside: bytes) -> bytes:
    return struct.pack(">I", 8 + sum(map(len, inside))) + name + b"".join(inside)


def tables(samples: int, kind: bytes) -> bytes:
    """An MP4 whose tables tell of so many samples of one byte."""
    entry = {
        b"soun": box(b"mp4a", bytes(7) + b"\x01" + bytes(8) + struct.pack(">HHHHI", 1, 16, 0, 0, 8_000 << 16)),
        b"vide": box(b"avc1", bytes(7) + b"\x01" + bytes(16) + struct.pack(">HH", 64, 64) + bytes(50)),
    }[kind]
    inner = box(
        b"stbl",
        box(b"stsd", struct.pack(">II", 0, 1), entry),
        box(b"stts", struct.pack(">IIIIII", 0, 2, 1, 512, samples - 1, 511)),
        box(b"stsz", struct.pack(">III", 0, 1, samples)),
        box(b"stsc", struct.pack(">IIIII", 0, 1, 1, samples, 1)),
        box(b"stco", struct.pack(">III", 0, 1, 4_000)),
    )
    handler = box(b"hdlr", bytes(8) + kind + bytes(14))
    media = box(
        b"mdia", box(b"mdhd", struct.pack(">IIIIIHH", 0, 0, 0, 8_000, 1_000, 0, 0)), handler, box(b"minf", inner)
    )
    track = box(b"trak", box(b"tkhd", struct.pack(">IIIIII", 0, 0, 0, 1, 0, 100) + bytes(60)), media)
    movie = box(b"moov", box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 1_000, 1_000) + bytes(80)), track)
    return box(b"ftyp", b"isom\0\0\0\0isom") + movie + box(b"mdat", bytes(10_000))


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("Evil.class", b"\xca\xfe\xba\xbe")
    return file.getvalue()


def white(side: int) -> bytes:
    """A valid PNG of side × side pixels in two colours: some kilobytes."""
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress((b"\0" + b"\xff" * ((side + 7) // 8)) * 100) for _ in range(side // 100))
    return png(side, side, 1, 0, chunk(b"IDAT", rows + packer.flush()))


HOSTILE: dict[str, tuple[bytes, str]] = {
    "empty.amr": (b"", "empty"),
    "empty.jpg": (b"", "empty"),
    "cut.jpg": (JPEG[: len(JPEG) // 2], "damaged"),
    "cut.png": (PNG[: len(PNG) // 2], "damaged"),
    "cut.gif": (GIF[: len(GIF) // 2], "damaged"),
    "cut.wav": (WAV[: len(WAV) // 2], "damaged"),
    "cut.mp4": (MP4[: len(MP4) // 2], "damaged"),
    "cut.amr": (sound("amr")[:-5], "damaged"),
    "cut.silk": (silk()[:-5], "damaged"),
    "text.jpg": (b"Dear all, the parcel arrives at six.\n" * 9, "wrong_kind"),
    "sound.jpg": (MP3, "wrong_kind"),
    "picture.mp3": (JPEG, "wrong_kind"),
    "picture.mp4": (PNG, "wrong_kind"),
    "bomb.png": (white(20_000), "too_many_pixels"),
    "claim.png": (png(0x7FFFFFFF, 0x7FFFFFFF, 8, 6, chunk(b"IDAT", zlib.compress(bytes(9)))), "too_many_pixels"),
    "claim.gif": (b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;", "too_many_pixels"),
    "claim.webp": (b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xfe\x3f\0\xfe\x3f\0ALPH\0\0\0\0", "too_many_pixels"),
    "text bomb.png": (png(1, 1, 8, 2, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(300 << 20), 9))), "damaged"),
    "ten hours.amr": (b"#!AMR\n" + b"\x7c" * (36_000 * 50), "too_long"),
    "ten hours.silk": (b"\x02#!SILK_V3" + b"\x01\0\0" * (36_000 * 50), "too_long"),
    "ten hours.speex": (speex(36_000 * 50), "too_long"),
    "ten hours.mp3": ((b"\xff\xe3\x18\xc4" + bytes(68)) * 500_000, "too_long"),
    "script.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "script"),
    "script.png": (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "script"),
    "page.jpg": (b"\n<!DOCTYPE html><html><body onload=alert(1)>", "script"),
    "archive.gif": (GIF + zipped(), "polyglot"),
    "archive.mp3": (MP3 + zipped(), "polyglot"),
    "archive.mp4": (MP4 + zipped(), "polyglot"),
    "page.png": (PNG + b"<html><script>alert(1)</script>", "polyglot"),
    "php.jpg": (picture("JPEG", comment=b"<?php system($_GET['c']); ?>"), "polyglot"),
    "program.wav": (WAV + b"MZ\x90\0" + bytes(60), "polyglot"),
    "playlist.mp3": (b"#EXTM3U\n#EXTINF:9,\nfile:///etc/passwd\n", "wrong_kind"),
    "playlist.mp4": (b"ffconcat version 1.0\nfile /etc/passwd\n", "wrong_kind"),
    "tables sound.mp4": (tables(150_000_000, b"soun"), "damaged"),
    "tables film.mp4": (tables(150_000_000, b"vide"), "damaged"),
    "chunk.wav": (WAV[:36] + b"LIST\x1a\0\0\xffINFOISFT\x0e\0\0\xff" + WAV[36:], "damaged"),
    "document.tif": (picture("TIFF"), "unsupported"),
    "bytes.bin": (bytes(range(1, 256)) * 40, "unknown"),
}
OTHERS = {"wrong_kind", "unsupported", "no_sound", "no_picture"}
"""What a reader says of a file that is not for it, before it looks closer."""


@pytest.fixture(scope="module")
def verdicts(
    tmp_path_factory: pytest.TempPathFactory, child_environment: dict[str, str]
) -> dict[str, dict[str, dict[str, object]]]:
    folder = tmp_path_factory.mktemp("hostile")
    for name, (content, _) in HOSTILE.items():
        (folder / name).write_bytes(content)
    with (folder / "ten hours.wav").open("wb") as file:  # 16-bit stereo of 8 kHz: a hole on the disk
        file.write(b"RIFF" + struct.pack("<I", 1_152_000_036) + WAV[8:36] + b"data" + struct.pack("<I", 1_152_000_000))
        file.truncate(1_152_000_044)
    (folder / "\x1b[31mname\udcff.jpg").write_bytes(b"")
    command = [sys.executable, str(WORKER), str(folder), str(ADDRESS_SPACE)]
    environment = child_environment | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-2_000:]
    found: dict[str, dict[str, dict[str, object]]] = {}
    for line in map(json.loads, done.stdout.splitlines()):
        found.setdefault(line["file"], {})[line["reader"]] = line
    return found


def codes(verdicts: dict[str, dict[str, dict[str, object]]], name: str) -> Iterator[str]:
    return (str(line["code"]) for line in verdicts[name].values())


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_every_hostile_file_gets_its_verdict(verdicts: dict[str, dict[str, dict[str, object]]], name: str) -> None:
    _, expected = HOSTILE[name]
    given = set(codes(verdicts, name))
    assert expected in given
    assert given <= {expected} | OTHERS


def test_larger_than_allowed(verdicts: dict[str, dict[str, dict[str, object]]]) -> None:
    assert set(codes(verdicts, "ten hours.wav")) == {"too_many_bytes"}


def test_names_are_printable(verdicts: dict[str, dict[str, dict[str, object]]]) -> None:
    (name,) = (name for name in verdicts if name.startswith("\x1b"))
    assert set(codes(verdicts, name)) == {"empty"}


def test_memory_stays_small(verdicts: dict[str, dict[str, dict[str, object]]]) -> None:
    peaks = [line["peak"] for readers in verdicts.values() for line in readers.values()]
    assert max(int(str(peak)) for peak in peaks) < PEAK
