"""When a picture, voice or video is from: its name, what the camera wrote into it, or when the file was changed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

import numpy as np

from jianwei.common.media.exif import taken_at
from jianwei.common.times import utc_micros

__all__ = ["time_in_name", "time_of"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = datetime(1990, 1, 1, tzinfo=UTC)
_WECHAT = datetime(
    2011, 1, 1, tzinfo=UTC
)  # its first version came that month; before it, its digits are a telephone number
_AHEAD = timedelta(days=1)  # clocks elsewhere, and clocks that are wrong
# What WeChat itself names so: mmexport1589123456789.jpg, wx_camera_1589123456789.mp4, microMsg.1589123456789.jpg, msg_…, video_…
_MILLIS = re.compile(
    r"(?:^|mmexport|wx_camera_|micromsg[._]|msg[._]|video_|voice_|record_|img_?|hd_?)(1\d{12})(?!\d)", re.IGNORECASE
)
# 微信图片_20210305123456.jpg (a further digit numbers pictures of one second), IMG_20210305_123456.jpg, Screenshot_2021-03-05-12-34-56.png
_READING = re.compile(
    r"(?<!\d)(20\d\d)([-_.]?)(\d\d)\2(\d\d)(?:[ _T-]|\s+at\s+|-_)?(\d\d)([-_.:]?)(\d\d)\6(\d\d)", re.IGNORECASE
)  # fmt: skip
_UTC_NAMES = ("pxl_",)  # Pixel telephones name files by the clock of Greenwich


def time_of(
    name: str, head: bytes, modified: datetime | None, zone: str, *, now: datetime | None = None
) -> tuple[int | None, str]:
    """(µs since the epoch, whence it is known: "name", "camera", "file" or "nothing"). Times that are still to come are none.

    Args:
        name: of the file.
        head: its first bytes.
        modified: when it was changed; without a zone in archives.
        zone: of times that tell none.
        now: an instant; that of the clock when None.
    """
    last = (now or datetime.now(UTC)) + _AHEAD
    for found, whence in ((time_in_name(name), "name"), (taken_at(head), "camera"), (modified, "file")):
        if found is not None and _FIRST <= (found if found.tzinfo else found.replace(tzinfo=UTC)) <= last:
            return _micros(found, zone), whence
    return None, "nothing"


def time_in_name(name: str) -> datetime | None:
    """The time that a file's name tells: an instant, or a reading of a clock without a zone.

    >>> time_in_name("mmexport1589123456789.jpg").isoformat(), time_in_name("微信图片_20210305123456.jpg").isoformat()
    ('2020-05-10T15:10:56.789000+00:00', '2021-03-05T12:34:56')
    >>> time_in_name("Screenshot_2021-03-05-12-34-56-78.png").minute, time_in_name("13800138000.jpg"), time_in_name("20219905_123456.jpg")
    (34, None, None)
    """
    stem = PurePosixPath(name).stem
    if (found := _MILLIS.search(stem)) and (instant := datetime.fromtimestamp(int(found[1]) / 1000, UTC)) >= _WECHAT:
        return instant
    for found in _READING.finditer(stem):
        try:
            reading = datetime.fromisoformat("{0}-{2}-{3}T{4}:{6}:{7}".format(*found.groups()))
        except ValueError:
            continue
        return reading.replace(tzinfo=UTC) if stem.lower().startswith(_UTC_NAMES) else reading
    return None


def _micros(time: datetime, zone: str) -> int:
    since = (time if time.tzinfo else time.replace(tzinfo=UTC)) - _EPOCH
    micros = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    return micros if time.tzinfo else int(utc_micros(np.array([micros]), zone)[0])
