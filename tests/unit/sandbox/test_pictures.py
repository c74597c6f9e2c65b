"""The pictures of the simulated shop: the same for the same shop, and showing what they should."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from jianwei.common.media import RejectedMediaError
from jianwei.common.progress import SilentProgress
from jianwei.render.draw import rasterized
from jianwei.sandbox.population import BROKEN_PICTURES, Shop, simulate, write_pictures
from jianwei.sandbox.population.shop import local
from jianwei.sources._media_times import time_in_name
from jianwei.vision._base import ImageReport
from jianwei.vision.hashing import near_groups
from jianwei.vision.looking import open_looker
from jianwei.workspace.pictures.viewing import View, view_all


@pytest.fixture(scope="module")
def seen(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> list[ImageReport | RejectedMediaError]:
    """What is seen in the pictures, in their order."""
    written = write_pictures(shop, tmp_path_factory.mktemp("pictures"), rasterized)
    looked = view_all(written, open_looker(parts=["text", "codes"]), progress=SilentProgress())
    return [one.frames[0][2] if isinstance(one, View) else one for one in looked]


def test_all_but_the_last_are_read(seen: list[ImageReport | RejectedMediaError]) -> None:
    assert [one.code for one in seen if isinstance(one, RejectedMediaError)] == ["damaged"] * BROKEN_PICTURES
    assert isinstance(seen[-1], RejectedMediaError)


def test_they_show_goods_a_talk_and_codes(shop: Shop, seen: list[ImageReport | RejectedMediaError]) -> None:
    reports = [one for one in seen if isinstance(one, ImageReport)]
    assert f"{shop.products[0].price:.2f}" in reports[0].text
    codes = [code.text for one in reports if isinstance(one.codes, tuple) for code in one.codes]
    assert codes == ["https://weixin.qq.com/g/AwYAAJianweiDemo", *["https://u.wechat.com/EJianweiDemo"] * 2]
    (chat,) = [one.chat for one in reports if one.chat]
    said = {message.text for message in shop.messages if message.id in set(shop.truth.incident.message_ids)}
    bubbles = [line for line in chat if line.side in ("left", "right")]
    assert {line.side for line in bubbles} == {"left", "right"}
    # A half or full width of a mark may be mistaken, a bubble not.
    assert len([line for line in bubbles if line.text in said]) >= len(bubbles) - 1


def test_what_came_twice_is_near(seen: list[ImageReport | RejectedMediaError]) -> None:
    hashes = [one.hash for one in seen if isinstance(one, ImageReport)]
    assert sorted(len(group) for group in near_groups(hashes)) == [2, 2]


def test_names_tell_times_of_the_season(tmp_path: Path) -> None:
    shop = simulate(seed=3, customers=40, days=25)
    written = write_pictures(shop, tmp_path / "one", rasterized)
    again = write_pictures(shop, tmp_path / "two", rasterized)
    assert [path.read_bytes() for path in written] == [path.read_bytes() for path in again]
    for path in written:
        told = time_in_name(path.name)
        assert told is not None
        assert shop.start <= local(int(told.timestamp())).date() < shop.start + timedelta(days=shop.days)
