"""Safety, speech, OCR and images against the running simulator."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from struct import pack
from typing import Any, NamedTuple

import pytest

sys.path.insert(0, str(Path(__file__).parents[3]))

from support.wechat_examples.machines import MP3

from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.areas.logins import issue_js_code
from jianwei.sandbox.platform.areas.media import MediaStore
from jianwei.sandbox.platform.areas.safety import Censor
from jianwei.sandbox.platform.areas.speech import Hearing
from jianwei.sandbox.platform.formats import picture
from jianwei.sandbox.platform.pending import Pending
from jianwei.sandbox.platform.pictures import Seen, size_of
from jianwei.sandbox.platform.world import App, Clock, Follower, Platform
from jianwei.wechat.client import AsyncClient, Client
from jianwei.wechat.endpoints import images, ocr, safety
from jianwei.wechat.errors import ApiError
from jianwei.wechat.request import File

NOW = 1_772_380_800
AWAKE, ASLEEP = "o" + "a" * 27, "o" + "b" * 27


class World(NamedTuple):
    platform: Platform
    app: App
    client: Client
    url: str


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    platform = Platform(Clock(lambda: float(NOW)))
    app = platform.add(App("wx00000000000000bb", "s", "service"))
    app.followers[AWAKE] = Follower(AWAKE, "a", spoke_at=NOW - 60)
    app.followers[ASLEEP] = Follower(ASLEEP, "b", spoke_at=NOW - 3 * 3_600)
    app.of(Seen).daily = 1_000
    with running(platform) as url, Client(app.app_id, "s", base_url=url, sleep=platform.clock.move) as client:
        yield World(platform, app, client, url)


def refused(call: Any, *args: Any, **kwargs: Any) -> int:
    with pytest.raises(ApiError) as caught:
        call(*args, **kwargs)
    return caught.value.code


def test_a_text_is_judged_by_its_words(world: World) -> None:
    check = world.client.safety.text
    assert check("这款茶很香", AWAKE, 2).passes
    risky = check("代开发票，加微信领茶", AWAKE, 2, nickname="无")
    assert (risky.result, risky.passes) == (safety.Verdict("risky", 10001), False)
    assert [f.keyword for f in risky.detail if f.keyword] == ["代开发票", "加微信领"]
    assert check("好", AWAKE, 1, title="加微信领").result.suggest == "review"
    assert risky.trace_id


def test_texts_that_cannot_be_judged(world: World) -> None:
    check = world.client.safety.text
    assert refused(check, "好", ASLEEP, 2) == 61010
    assert refused(check, "好", "o" + "x" * 27, 2) == 40003
    assert refused(check, "", AWAKE, 2) == 44004
    assert refused(check, "好" * 2_501, AWAKE, 2) == 45002
    assert refused(check, "好", AWAKE, 5) == 40129


def test_who_opens_a_mini_program_is_active(world: World) -> None:
    app = world.platform.add(App("wx00000000000000bd", "s", "miniprogram"))
    openid = "o" + "d" * 27
    with Client(app.app_id, "s", base_url=world.url) as client:
        assert refused(client.safety.text, "好", openid, 2) == 40003
        issue_js_code(world.platform, app, openid)
        assert client.safety.text("好", openid, 2).passes
        world.platform.clock.move(7_300)
        assert refused(client.safety.text, "好", openid, 2) == 61010
    world.platform.clock.move(-7_300)


def test_pictures_are_judged_at_once(world: World) -> None:
    good, bad = picture(b"good"), picture(b"bad")
    world.app.of(Censor).risky[sha256(bad).hexdigest()] = 20002
    assert world.client.safety.image(File.of(good, name="a.png")) is None
    assert refused(world.client.safety.image, bad) == 87014
    assert refused(world.client.safety.image, b"text") == 40005
    assert refused(world.client.safety.image, picture(b"wide", 751)) == 40009
    assert refused(world.client.safety.image, good + bytes(1 << 20)) == 40006


def test_media_are_judged_in_an_event(world: World) -> None:
    world.app.of(Censor).risky["https://shop.example/bad.png"] = 20002
    trace = world.client.safety.media("https://shop.example/bad.png", 2, AWAKE, 3)
    event = world.app.of(Pending).events[-1]
    assert (event["Event"], event["trace_id"], event["FromUserName"]) == ("wxa_media_check", trace, AWAKE)
    assert event["result"] == {"suggest": "risky", "label": 20002}
    bad = picture(b"bad by content")
    world.app.of(Censor).risky[sha256(bad).hexdigest()] = 20012
    url = world.client.media.upload_picture(File.of(bad, name="a.png"))
    world.client.safety.media(url, 2, AWAKE, 3)
    assert world.app.of(Pending).events[-1]["result"]["label"] == 20012
    assert refused(world.client.safety.media, "ftp://x", 2, AWAKE, 3) == 40035
    assert refused(world.client.safety.media, "https://x", 2, ASLEEP, 3) == 61010
    assert refused(world.client.safety.media, "https://x", 2, AWAKE, 9) == 40129


def test_a_voice_is_polled_until_its_text_is_there(world: World) -> None:
    hearing = world.app.of(Hearing)
    hearing.say(MP3, "我要两盒龙井")
    hearing.delay = 3.0
    before = world.platform.clock.now()
    assert world.client.speech.recognise(File.of(MP3, name="a.mp3"), wait=1.0) == "我要两盒龙井"
    assert 3.0 <= world.platform.clock.now() - before < 6.0
    assert world.client.speech.recognise(MP3 + MP3, wait=1.0, limit=4.0) == ""


def test_a_voice_nobody_asks_for_is_forgotten(world: World) -> None:
    world.app.of(Hearing).say(MP3, "喂")
    world.client.speech.add(MP3, "v1")
    world.platform.clock.move(11)
    assert world.client.speech.query("v1") == ""
    assert refused(world.client.speech.query, "none") == 40097
    assert refused(world.client.speech.add, b"#!AMR\n" + bytes(100), "v2") == 40005
    assert refused(world.client.speech.add, b"", "v2") == 44001
    assert refused(world.client.speech.add, MP3 * 80, "v2") == 45007
    assert refused(world.client.speech.add, MP3 + bytes(1 << 20), "v2") == 45001


def test_translation_and_meaning(world: World) -> None:
    speech = world.client.speech
    world.app.of(Hearing).words["zh_CN", "en_US", "茶"] = "tea"
    assert speech.translate("茶").to_content == "tea"
    assert speech.translate("tea", "en_US", "zh_CN").to_content == "tea"
    assert refused(speech.translate, "茶" * 201) == 45002
    assert refused(speech.translate, "") == 44004
    assert refused(speech.translate, "thé", "fr_FR", "zh_CN") == 40035
    meaning = speech.understand("附近的茶馆", "restaurant,map", city="杭州")
    assert (meaning.type, meaning.semantic.details["location"]) == ("restaurant", {"city": "杭州"})
    assert refused(speech.understand, "", "map") == 44004
    assert refused(speech.understand, "茶", ",") == 40035


def test_documents_are_read_from_files_and_addresses(world: World) -> None:
    card, page = picture(b"card", 40), picture(b"page", 60)
    world.app.of(Seen).show(card, ocr.IdCard("Front", "张三"), ocr.BankCard("6222"), url="https://shop.example/card")
    world.app.of(Seen).show(page, "龙井", "250 克")
    read = world.client.ocr
    assert read.id_card(url="https://shop.example/card").name == "张三"
    assert read.bank_card(file=card).number == "6222"
    text = read.text(file=page)
    assert (text.text, text.img_size) == ("龙井\n250 克", ocr.Size(60, 60))
    assert [item.pos.left_top.y for item in text.items] == [0, 30]
    assert refused(read.driver_licence, file=card) == 101001
    assert refused(read.text, file=card) == 101001
    assert refused(read.plate_number, url="https://shop.example/none") == 101000
    assert refused(read.vehicle_licence, file=b"no picture") == 101000
    assert refused(read.business_licence) == 101000


def test_pictures_are_cropped_read_and_sharpened(world: World) -> None:
    wide = b"GIF89a" + pack("<HH", 200, 100) + bytes(40)
    crops = world.client.images.crop(file=wide, ratios="1,2,0.5")
    assert crops.img_size == ocr.Size(200, 100)
    assert crops.results[0] == images.Crop(50, 0, 150, 100)
    assert crops.results[1] == images.Crop(0, 0, 200, 100)
    for crop, ratio in zip(crops.results, (1, 2, 0.5), strict=True):
        assert (crop.crop_right - crop.crop_left) / (crop.crop_bottom - crop.crop_top) == pytest.approx(ratio)
    assert refused(world.client.images.crop, file=wide, ratios="a") == 40035
    assert refused(world.client.images.crop, file=wide, ratios="1,1,1,1,1,1") == 40035
    world.app.of(Seen).show(wide, images.Code("QR_CODE", "https://shop.example/"))
    assert [c.data for c in world.client.images.codes(file=wide).code_results] == ["https://shop.example/"]
    media_id = world.client.images.sharpen(file=wide)
    assert world.app.of(MediaStore).find(media_id, NOW).content == wide


def test_the_day_has_so_many_pictures(world: World) -> None:
    app = world.platform.add(App("wx00000000000000bc", "s", "service"))
    app.of(Seen).daily = 1
    with Client(app.app_id, "s", base_url=world.url) as client:
        client.images.codes(file=picture(b"x"))
        with pytest.raises(ApiError) as caught:
            client.images.codes(file=picture(b"x"))
    assert caught.value.code == 101002


def test_the_asynchronous_client_does_the_same(world: World) -> None:
    async def ask() -> tuple[str, bool]:
        async with AsyncClient(world.app.app_id, "s", base_url=world.url) as client:
            world.app.of(Hearing).delay = 0
            text = await client.speech.recognise(MP3, wait=0.01)
            return text, (await client.safety.text("茶", AWAKE, 2)).passes

    world.app.of(Hearing).say(MP3, "喂")
    assert asyncio.run(ask()) == ("喂", True)


def test_sizes_of_pictures() -> None:
    jpeg = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(10) + b"\xff\xc0\x00\x11\x08" + pack(">HH", 480, 640) + bytes(10)
    bmp = b"BM" + bytes(16) + pack("<ii", 30, -20) + bytes(20)
    assert [size_of(content) for content in (jpeg, bmp, b"")] == [(640, 480), (30, 20), None]
