"""When media are from: names against the standard library, EXIF against what Pillow writes."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from jianwei.common.media.exif import taken_at
from jianwei.sources._media_times import time_in_name, time_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2033, 5, 18, tzinfo=UTC)
moments = st.datetimes(datetime(2001, 9, 10), datetime(2033, 5, 18))  # noqa: DTZ001 - readings of clocks
wechat_moments = st.datetimes(datetime(2011, 1, 1), datetime(2033, 5, 18))  # noqa: DTZ001


LAYOUTS = [
    "IMG_%Y%m%d_%H%M%S.jpg",
    "VID_%Y%m%d_%H%M%S~2.mp4",
    "微信图片_%Y%m%d%H%M%S.jpg",
    "微信图片_%Y%m%d%H%M%S1.jpg",
    "WeChat Image_%Y%m%d%H%M%S.jpg",
    "Screenshot_%Y-%m-%d-%H-%M-%S-77.png",
    "Screenshot_%Y%m%d-%H%M%S_WeChat.png",
    "Screenshot %Y-%m-%d at %H.%M.%S.png",
    "%Y%m%d_%H%M%S.heic",
]


@settings(deadline=None, max_examples=60)
@given(moments, st.sampled_from(LAYOUTS))
def test_readings_in_names_are_those_of_a_clock_here(moment: datetime, layout: str) -> None:
    moment = moment.replace(microsecond=0)
    found = time_of(f"phone/{moment.strftime(layout)}", b"", None, "Asia/Shanghai", now=NOW)
    assert found == (int(moment.replace(tzinfo=SHANGHAI).timestamp()) * 1_000_000, "name")


@settings(deadline=None, max_examples=30)
@given(
    wechat_moments,
    st.sampled_from(["mmexport{}.jpg", "wx_camera_{}.mp4", "microMsg.{}.jpg", "{}.amr", "mmexport{}(1).jpg"]),
)
def test_milliseconds_in_names_are_instants(moment: datetime, name: str) -> None:
    millis = int(moment.replace(tzinfo=UTC).timestamp() * 1000)
    assert time_of(name.format(millis), b"", None, "Europe/Berlin", now=NOW) == (millis * 1000, "name")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("mmexport1700000000000.jpg", "2023-11-14T22:13:20+00:00"),
        ("wx_camera_1700000000000.jpg", "2023-11-14T22:13:20+00:00"),
        ("microMsg.1700000000000.jpg", "2023-11-14T22:13:20+00:00"),
        ("1700000000000.jpg", "2023-11-14T22:13:20+00:00"),
        ("1293840000000.jpg", "2011-01-01T00:00:00+00:00"),
        ("IMG_20240131_101112.jpg", "2024-01-31T10:11:12"),
        ("IMG_20050131_101112.jpg", "2005-01-31T10:11:12"),
        ("1293839999999.jpg", None),
        ("1013800138000.jpg", None),
        ("mmexport1013800138000.jpg", None),
        ("张三13800138000.jpg", None),
        ("8613800138000.jpg", None),
        ("+86 13800138000.jpg", None),
        ("17000000000001.jpg", None),
    ],
)
def test_times_and_telephone_numbers(name: str, told: str | None) -> None:
    found = time_in_name(name)
    assert (found.isoformat() if found else None) == told


@pytest.mark.parametrize("name", ["mmexport1800000000000.jpg", "IMG_20270115_101112.jpg", "1893456000000.jpg"])
def test_nothing_is_from_the_future(name: str) -> None:
    now = datetime(2027, 1, 13, tzinfo=UTC)
    assert time_of(name, b"", None, "Asia/Shanghai", now=now) == (None, "nothing")
    assert time_of(name, b"", now, "Asia/Shanghai", now=now)[1] == "file"
    assert time_of(name, b"", now + timedelta(days=2), "Asia/Shanghai", now=now) == (None, "nothing")
    assert time_of(name, b"", None, "Asia/Shanghai", now=now + timedelta(days=1_500))[1] == "name"


@pytest.mark.parametrize(
    "name",
    [
        "13800138000.jpg",
        "6901234567892.png",
        "IMG_4711.jpg",
        "20219905_123456.jpg",
        "IMG-20210305-WA0001.jpg",
        "a120210305123456.jpg",
    ],
)
def test_other_numbers_are_no_times(name: str) -> None:
    assert time_in_name(name) is None


@settings(deadline=None, max_examples=30)
@given(moments, st.sampled_from([None, "+09:00", "-03:30"]), st.booleans())
def test_cameras_tell_when(moment: datetime, offset: str | None, early: bool) -> None:
    exif, file, moment = Image.Exif(), io.BytesIO(), moment.replace(microsecond=0)
    if early:
        exif[0x010F] = "a maker with a long name"
    exif.get_ifd(0x8769)[0x9003] = moment.strftime("%Y:%m:%d %H:%M:%S")
    if offset:
        exif.get_ifd(0x8769)[0x9011] = offset
    Image.new("RGB", (4, 4)).save(file, "JPEG", exif=exif)
    zone = {None: None, "+09:00": timezone(timedelta(hours=9)), "-03:30": timezone(-timedelta(hours=3, minutes=30))}[
        offset
    ]
    assert taken_at(file.getvalue()) == moment.replace(tzinfo=zone)


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=120), st.sampled_from([b"II*\0", b"MM\0*"]))
def test_what_is_no_exif_tells_nothing_and_breaks_nothing(noise: bytes, order: bytes) -> None:
    block = b"Exif\0\0" + order + noise
    head = b"\xff\xd8\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block
    assert taken_at(head) is None or isinstance(taken_at(head), datetime)
    assert taken_at(noise) is None


def test_at_last_the_file_itself_tells() -> None:
    packed = datetime(2021, 3, 5, 12, 0)  # noqa: DTZ001 - an archive tells no zone
    assert time_of("a.jpg", b"", packed, "Asia/Shanghai") == (1_614_916_800_000_000, "file")
    assert time_of("a.jpg", b"", packed.replace(tzinfo=UTC), "Asia/Shanghai") == (1_614_945_600_000_000, "file")
    assert time_of("a.jpg", b"", datetime(1970, 1, 1, tzinfo=UTC), "Asia/Shanghai") == (None, "nothing")
    assert time_of("a.jpg", b"", None, "Asia/Shanghai") == (None, "nothing")
