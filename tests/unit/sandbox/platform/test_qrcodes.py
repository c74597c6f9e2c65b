"""QR codes with a parameter and their pictures; short keys."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest
from PIL import Image

from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.areas.qrcodes import QrBook, scene_of
from jianwei.sandbox.platform.world import App, Clock, Platform
from jianwei.wechat import AnswerError, ApiError, AsyncClient, Client
from jianwei.wechat.endpoints.qrcodes import CreateQrCode

MONTH = 2_592_000


@dataclass(frozen=True)
class Stage:
    platform: Platform
    app: App
    client: Client
    url: str


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    platform = Platform(Clock(lambda: 1_772_000_000.0))
    app = platform.add(App("wx00000000000000a0", "app-secret", "service"))
    with running(platform) as url, Client(app.app_id, app.secret, base_url=url) as client:
        yield Stage(platform, app, client, url)


def refused(code: int, call: Callable[[], object]) -> None:
    with pytest.raises(ApiError) as error:
        call()
    assert error.value.code == code


@pytest.mark.parametrize("scene", [1, 2**32 - 1, "门口", "x" * 64])
def test_a_code_that_ends(stage: Stage, scene: int | str) -> None:
    made = stage.client.qrcodes.create(scene, seconds=MONTH)
    assert made.expire_seconds == MONTH
    assert made.url.startswith("http://weixin.qq.com/q/")
    assert scene_of(stage.platform, stage.app, made.ticket) == scene
    stage.platform.clock.move(MONTH - 1)
    assert stage.client.qrcodes.image(made.ticket).media_type == "image/png"
    stage.platform.clock.move(1)
    assert scene_of(stage.platform, stage.app, made.ticket) is None
    with pytest.raises(AnswerError):
        stage.client.qrcodes.image(made.ticket)


def test_a_code_that_stays(stage: Stage) -> None:
    number, text = stage.client.qrcodes.create(100_000), stage.client.qrcodes.create("桌 5")
    assert (number.expire_seconds, text.expire_seconds) == (None, None)
    stage.platform.clock.move(100 * MONTH)
    assert scene_of(stage.platform, stage.app, number.ticket) == 100_000
    assert scene_of(stage.platform, stage.app, text.ticket) == "桌 5"


def test_sixty_seconds_where_nothing_is_said(stage: Stage) -> None:
    assert stage.client.call(CreateQrCode("QR_SCENE", scene_id=5)).expire_seconds == 60


def test_codes_that_are_refused(stage: Stage) -> None:
    create = stage.client.qrcodes.create
    for scene in (0, -1, 2**32, "", "x" * 65, "门" * 22):
        refused(40053, lambda scene=scene: create(scene, seconds=60))
    refused(40053, lambda: create(100_001))
    refused(40053, lambda: stage.client.call(CreateQrCode("QR_SCENE", scene_str="x")))
    refused(40053, lambda: stage.client.call(CreateQrCode("QR_LIMIT_STR_SCENE", scene_id=5)))
    refused(40035, lambda: create(1, seconds=MONTH + 1))
    refused(40035, lambda: create(1, seconds=0))
    body = {"action_name": "QR_ODD", "action_info": {"scene": {"scene_id": 1}}}
    refused(40035, lambda: stage.client.request("POST", "/cgi-bin/qrcode/create", json=body))
    book = stage.app.of(QrBook)
    before, book.lasting = book.lasting, 100_000
    refused(45029, lambda: create(1))
    create(1, seconds=60)
    book.lasting = before


def test_the_picture_needs_no_token(stage: Stage) -> None:
    made = stage.client.qrcodes.create("a+b/c=", seconds=600)
    picture = Image.open(io.BytesIO(stage.client.qrcodes.image(made.ticket).content))
    picture.load()
    assert picture.size[0] == picture.size[1] > 200
    answer = httpx.get(f"{stage.url}/cgi-bin/showqrcode", params={"ticket": made.ticket})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")


def test_a_bad_ticket_is_not_found_and_not_asked_for_again(stage: Stage) -> None:
    waited: list[float] = []
    with (
        Client(stage.app.app_id, stage.app.secret, base_url=stage.url, sleep=waited.append) as client,
        pytest.raises(AnswerError) as error,
    ):
        client.qrcodes.image("nonsense")
    assert error.value.final
    assert waited == []
    assert httpx.get(f"{stage.url}/cgi-bin/showqrcode").status_code == 404


def test_short_keys(stage: Stage) -> None:
    long = "https://shop.example/?q=" + "茶" * 1_357
    key = stage.client.links.shorten(long + "x", 3_600)
    stage.platform.clock.move(600)
    found = stage.client.links.fetch(key)
    assert (found.long_data, found.expire_seconds) == (long + "x", 3_000)
    assert found.create_time == int(stage.platform.clock.now()) - 600
    stage.platform.clock.move(3_000)
    refused(40035, lambda: stage.client.links.fetch(key))
    assert stage.client.links.fetch(stage.client.links.shorten("短")).expire_seconds == MONTH


def test_short_keys_that_are_refused(stage: Stage) -> None:
    refused(40035, lambda: stage.client.links.shorten("x" * 4_097))
    refused(40035, lambda: stage.client.links.shorten(""))
    refused(40035, lambda: stage.client.links.shorten("x", MONTH + 1))
    refused(40035, lambda: stage.client.links.fetch("nonsense"))


def test_asynchronously(stage: Stage) -> None:
    async def go() -> tuple[bytes, str]:
        async with AsyncClient(stage.app.app_id, stage.app.secret, base_url=stage.url) as client:
            made = await client.qrcodes.create("门", seconds=60)
            picture = await client.qrcodes.image(made.ticket)
            return picture.content[:4], (await client.links.fetch(await client.links.shorten("长"))).long_data

    assert asyncio.run(go()) == (b"\x89PNG", "长")
