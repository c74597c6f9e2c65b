"""Codes drawn by the library's writer, then turned, shrunk, blurred and inverted; and what they ask for."""

import cv2
import numpy as np
import pytest
import zxingcpp

from jianwei.vision._base import Code
from jianwei.vision.codes import FORMATS, find_codes
from jianwei.vision.payloads import PAYLOADS, payload_kind

TEXTS = {
    "QRCode": "https://u.wechat.com/EAbcd?s=中文",
    "MicroQRCode": "12345",
    "RMQRCode": "rmqr text",
    "DataMatrix": "Data Matrix 42",
    "Aztec": "aztec 123",
    "PDF417": "pdf417 text",
    "EAN13": "6901234567892",
    "EAN8": "96385074",
    "Code39": "ABC-1234",
    "Code93": "CODE93",
    "Code128": "Code-128",
    "ITF": "30012345678906",
}


def drawn(name: str, dots: int, pad: int = 40) -> np.ndarray:
    """uint8 [h, w], the code in a light picture."""
    code = zxingcpp.create_barcode(TEXTS[name], getattr(zxingcpp.BarcodeFormat, name))
    small = np.array(code.to_image(add_hrt=False, add_quiet_zones=True))
    grey = np.kron(small, np.ones((dots, dots), np.uint8))
    return np.pad(grey, pad, constant_values=235)


def turned(grey: np.ndarray, angle: float) -> np.ndarray:
    height, width = grey.shape
    side = int(np.hypot(height, width)) + 8
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1)
    matrix[:, 2] += [(side - width) / 2, (side - height) / 2]
    return cv2.warpAffine(grey, matrix, (side, side), borderValue=235)


def read(grey: np.ndarray) -> tuple[Code, ...]:
    return find_codes(np.repeat(grey[..., None], 3, axis=2))


def says(codes: tuple[Code, ...], name: str) -> bool:
    return [(code.format, code.text.lstrip("0")) for code in codes] == [(name, TEXTS[name].lstrip("0"))]


@pytest.mark.parametrize("name", list(TEXTS))
def test_formats(name: str) -> None:
    assert says(read(drawn(name, 3)), name)


@pytest.mark.parametrize("name", ["QRCode", "DataMatrix", "Aztec", "Code128", "EAN13"])
@pytest.mark.parametrize("angle", [30, 45, 90, 180])
def test_turned(name: str, angle: int) -> None:
    assert says(read(turned(drawn(name, 4), angle)), name)


@pytest.mark.parametrize("name", ["QRCode", "Code39", "EAN13", "ITF"])
def test_inverted(name: str) -> None:
    assert says(read(255 - drawn(name, 4)), name)


@pytest.mark.parametrize("name", ["MicroQRCode", "Aztec", "EAN13", "QRCode"])
def test_small(name: str) -> None:
    grey = drawn(name, 3)
    half = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    assert says(read(half), name)


def test_upc_is_an_ean_with_a_zero() -> None:
    code = zxingcpp.create_barcode("036000291452", zxingcpp.BarcodeFormat.UPCA)
    grey = np.kron(np.array(code.to_image(add_hrt=False, add_quiet_zones=True)), np.ones((3, 3), np.uint8))
    assert [(found.format, found.text) for found in read(grey)] == [("EAN13", "0036000291452")]


def test_pale_and_noisy() -> None:
    rng = np.random.default_rng(0)
    grey = drawn("QRCode", 5).astype(float)
    assert says(read(np.clip(grey * 0.2 + 110, 0, 255).astype(np.uint8)), "QRCode")
    assert says(read(np.clip(grey + rng.normal(0, 35, grey.shape), 0, 255).astype(np.uint8)), "QRCode")


def test_red_codes_are_read() -> None:
    grey = drawn("QRCode", 4)
    red = np.stack([np.full_like(grey, 235), grey, grey], axis=2)
    assert [code.text for code in find_codes(red)] == [TEXTS["QRCode"]]


def test_several_from_top_to_bottom() -> None:
    upper, lower = drawn("QRCode", 3), drawn("DataMatrix", 3)
    width = max(upper.shape[1], lower.shape[1])
    both = np.concatenate(
        [np.pad(part, ((0, 0), (0, width - part.shape[1])), constant_values=235) for part in (upper, lower)]
    )
    assert [code.format for code in read(both)] == ["QRCode", "DataMatrix"]


@pytest.mark.parametrize(("dots", "angle"), [(4, 0), (1, 0), (4, 45)])
def test_corners_lie_around_the_code(dots: int, angle: float) -> None:
    grey = drawn("EAN13", dots) if angle else drawn("RMQRCode", max(dots, 2))
    picture = turned(grey, angle) if angle else grey
    (code,) = read(picture)
    xs, ys = zip(*code.corners, strict=True)
    assert len(code.corners) == 4
    assert 0 <= min(xs) < max(xs) <= picture.shape[1]
    assert 0 <= min(ys) < max(ys) <= picture.shape[0]
    middle = np.mean(code.corners, axis=0)
    assert np.abs(middle - np.array(picture.shape[::-1]) / 2).max() < 0.12 * max(picture.shape)


def test_nothing_is_found_in_patterns() -> None:
    rng = np.random.default_rng(1)
    noise = rng.integers(0, 256, (300, 400)).astype(np.uint8)
    blocks = np.kron(rng.integers(0, 2, (30, 40)).astype(np.uint8) * 255, np.ones((10, 10), np.uint8))
    stripes = ((np.add.outer(np.arange(300), np.arange(400)) // 5) % 2 * 255).astype(np.uint8)
    for grey in (noise, blocks, stripes, np.full((50, 50), 128, np.uint8), np.zeros((1, 1), np.uint8)):
        assert read(grey) == ()


def test_bytes_without_an_encoding_are_chinese() -> None:
    code = zxingcpp.create_barcode("店铺 WIFI 密码".encode("gb18030"), zxingcpp.BarcodeFormat.QRCode)
    grey = np.kron(np.array(code.to_image(add_quiet_zones=True)), np.ones((4, 4), np.uint8))
    assert [found.text for found in read(grey)] == ["店铺 WIFI 密码"]


def test_formats_are_the_libraries() -> None:
    assert all(hasattr(zxingcpp.BarcodeFormat, name) for name in FORMATS)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("wxp://f2f0Xy", "wechat_pay"),
        ("weixin://wxpay/bizpayurl?pr=x", "wechat_pay"),
        ("https://payapp.weixin.qq.com/qr/AQ", "wechat_pay"),
        ("HTTPS://QR.ALIPAY.COM/FKX0", "alipay"),
        ("alipays://platformapi/startapp", "alipay"),
        ("https://qr.95516.com/00010000", "unionpay"),
        ("https://u.wechat.com/EAbcd", "wechat_contact"),
        ("https://weixin.qq.com/g/AQ", "wechat_group"),
        ("http://weixin.qq.com/r/abc", "wechat_account"),
        ("https://login.weixin.qq.com/l/x==", "wechat_login"),
        ("https://mp.weixin.qq.com/a/~x", "mini_program"),
        ("https://mp.weixin.qq.com/s/article", "url"),
        ("https://work.weixin.qq.com/ca/cawx", "wecom"),
        ("https://evil.example/?u=wxp://f2f0", "url"),
        ("https://qr.alipay.com.evil.example/", "url"),
        ("myapp://open", "app"),
        ("tel:+8613800138000", "phone"),
        ("SMSTO:10086:hi", "sms"),
        ("WIFI:T:WPA;S:店;P:1;;", "wifi"),
        ("BEGIN:VCARD\nFN:x\nEND:VCARD", "contact"),
        ("geo:30.2,120.1", "place"),
        ("6901234567892", "text"),
        ("", "text"),
        ("收款请扫码", "text"),
    ],
)
def test_payloads(text: str, kind: str) -> None:
    assert payload_kind(text) == kind
    assert kind in PAYLOADS


def test_numbers_of_goods() -> None:
    assert payload_kind("6901234567892", "EAN13") == "product"
    assert payload_kind("6901234567892", "QRCode") == "text"
