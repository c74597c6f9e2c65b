"""One call of every endpoint of safety, speech, ocr and images that succeeds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from jianwei.sandbox.platform.areas.speech import Hearing, Voice
from jianwei.sandbox.platform.formats import picture
from jianwei.sandbox.platform.pictures import Seen
from jianwei.sandbox.platform.world import App, Follower, Platform
from jianwei.wechat.endpoints import images, ocr, safety, speech
from jianwei.wechat.request import File, Request

__all__ = ["EXAMPLES", "MP3"]

MP3 = (b"\xff\xf3\x48\xc4" + bytes(140)) * 25
"""A silent voice of 0.9 seconds: MPEG-2 layer III, 16 kHz, one channel, 32 kbit/s."""
OPENID = "o" + "m" * 27
Example = Callable[[Platform, App], Request[Any]]


def _awake(platform: Platform, app: App) -> str:
    app.followers[OPENID] = Follower(OPENID, "茶友", spoke_at=int(platform.clock.now()))
    return OPENID


def _text(platform: Platform, app: App) -> Request[Any]:
    return safety.CheckText("这款茶很香", _awake(platform, app), 2)


def _image(platform: Platform, app: App) -> Request[Any]:
    return safety.CheckImage(File.of(picture(b"tea"), name="tea.png"))


def _media(platform: Platform, app: App) -> Request[Any]:
    return safety.CheckMedia("https://shop.example/tea.png", 2, _awake(platform, app), 1)


def _voice(platform: Platform, app: App) -> Request[Any]:
    return speech.AddVoice(File.of(MP3, name="a.mp3"), "voice-1")


def _said(platform: Platform, app: App) -> Request[Any]:
    app.of(Hearing).voices["voice-2"] = Voice("我要两盒龙井", int(platform.clock.now()) - 5)
    return speech.QueryVoice("voice-2")


def _translated(platform: Platform, app: App) -> Request[Any]:
    app.of(Hearing).words["zh_CN", "en_US", "茶"] = "tea"
    return speech.Translate("茶")


def _meant(platform: Platform, app: App) -> Request[Any]:
    return speech.AskMeaning("附近的茶馆", "restaurant,map", city="杭州")


def _shows(kind: type[Request[Any]], *what: msgspec.Struct | str) -> Example:
    def prepare(platform: Platform, app: App) -> Request[Any]:
        content = picture(kind.__name__.encode(), 24)
        app.of(Seen).show(content, *what)
        return kind(file=File.of(content, name="a.png"))

    return prepare


EXAMPLES: dict[type[Request[Any]], Example] = {
    safety.CheckText: _text,
    safety.CheckImage: _image,
    safety.CheckMedia: _media,
    speech.AddVoice: _voice,
    speech.QueryVoice: _said,
    speech.Translate: _translated,
    speech.AskMeaning: _meant,
    ocr.ReadText: _shows(ocr.ReadText, "龙井茶", "净含量 250 克"),
    ocr.ReadIdCard: _shows(ocr.ReadIdCard, ocr.IdCard("Front", "张三", "110101199003071234", "北京市", "男", "汉")),
    ocr.ReadBankCard: _shows(ocr.ReadBankCard, ocr.BankCard("6222021234567890123")),
    ocr.ReadVehicleLicence: _shows(ocr.ReadVehicleLicence, ocr.VehicleLicence("浙A12345", owner="张三")),
    ocr.ReadDriverLicence: _shows(ocr.ReadDriverLicence, ocr.DriverLicence(name="张三", car_class="C1")),
    ocr.ReadBusinessLicence: _shows(
        ocr.ReadBusinessLicence, ocr.BusinessLicence("91330100MA2", enterprise_name="茶铺")
    ),
    ocr.ReadPlateNumber: _shows(ocr.ReadPlateNumber, ocr.PlateNumber("浙A12345")),
    images.CropPicture: _shows(images.CropPicture),
    images.ReadCodes: _shows(images.ReadCodes, images.Code("QR_CODE", "https://shop.example/")),
    images.Sharpen: _shows(images.Sharpen),
}
