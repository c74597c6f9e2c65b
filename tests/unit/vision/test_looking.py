"""Looking: every part answers for itself; what one lacks or breaks never costs the others."""

import io
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from jianwei.common.results import Unavailable
from jianwei.errors import UsageError
from jianwei.models import ModelIdentity
from jianwei.vision._base import Code, Face, Picture
from jianwei.vision.drawing import annotated, as_png
from jianwei.vision.looking import PARTS, Looker, open_looker

LIGHT = ("codes", "avatar", "safety", "things", "scenes")


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("JIANWEI_MODELS", raising=False)


def poster() -> np.ndarray:
    code = zxingcpp.create_barcode("https://u.wechat.com/EAbcd", zxingcpp.BarcodeFormat.QRCode)
    dots = np.kron(np.array(code.to_image(add_quiet_zones=True)), np.ones((5, 5), np.uint8))
    pixels = np.full((260, 400, 3), 240, np.uint8)
    pixels[20 : 20 + len(dots), 30 : 30 + len(dots)] = dots[..., None]
    return pixels


def saved(path: Path, pixels: np.ndarray) -> Path:
    Image.fromarray(pixels).save(path)
    return path


def codes_of(looker: Looker, pixels: np.ndarray) -> Sequence[Code]:
    found = looker.look_picture(Picture(pixels, "png", (pixels.shape[1], pixels.shape[0])), "x").codes
    assert isinstance(found, tuple)
    return found


def test_only_what_was_asked_for(tmp_path: Path) -> None:
    looker = open_looker(parts=["codes"])
    report = looker.look(saved(tmp_path / "poster.png", poster()))
    assert [code.text for code in report.codes or ()] == ["https://u.wechat.com/EAbcd"]
    assert (report.size, report.format, len(report.hash)) == ((400, 260), "png", 16)
    assert report.models == (("codes", ModelIdentity("zxing-cpp", "1")),)
    for part, found in (("text", report.lines), ("faces", report.faces), ("safety", report.safety)):
        assert isinstance(found, Unavailable)
        assert (found.reason.code, found.reason.values) == ("not_asked", {"part": part})
    assert report.text == ""
    assert report.chat == ()


def test_bytes_have_no_name(tmp_path: Path) -> None:
    content = saved(tmp_path / "poster.png", poster()).read_bytes()
    assert open_looker(parts=[]).look(content).name == "media"


def test_models_that_were_not_pulled_are_named() -> None:
    looker = open_looker(parts=LIGHT)
    assert looker.missing["things"].reason.code == "missing_model"
    assert looker.missing["things"].reason.values == {"part": "things", "command": "jianwei models pull yolox"}
    assert looker.missing["scenes"].reason.values["command"] == "jianwei models pull ppresnet"
    assert {"codes", "safety"} <= set(looker.identities)
    assert set(looker.identities) | set(looker.missing) == set(PARTS)


def test_a_missing_library_costs_only_its_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zxingcpp", None)  # as if it were not installed
    looker = open_looker(parts=["codes", "safety"])
    assert looker.missing["codes"].reason.code == "missing_extra"
    assert looker.missing["codes"].reason.values["command"] == 'pip install "jianwei[vision]"'
    assert set(looker.identities) == {"safety"}


def test_a_damaged_model_costs_only_its_part(tmp_path: Path) -> None:
    (tmp_path / "yolox.onnx").write_bytes(b"half a model")
    looker = open_looker(tmp_path, parts=["things", "codes"])
    assert looker.missing["things"].reason.code == "damaged_model"
    assert codes_of(looker, poster())


def test_a_part_that_fails_costs_only_itself() -> None:
    looker = open_looker(parts=["codes", "safety"])

    def broken(pixels: np.ndarray) -> tuple[Code, ...]:
        raise RuntimeError("no idea")

    looker = replace(looker, _means=replace(looker._means, codes=broken))
    report = looker.look_picture(Picture(poster(), "png", (400, 260)), "x")
    assert isinstance(report.codes, Unavailable)
    assert report.codes.reason.code == "failed"
    assert "no idea" in str(report.codes.reason.values["error"])
    assert report.safety
    assert report.safety.nsfw < 0.5


def test_avatars_need_faces_but_do_not_show_them() -> None:
    looker = open_looker(parts=["avatar"])
    report = looker.look_picture(Picture(poster(), "png", (400, 260)), "x")
    assert isinstance(report.faces, Unavailable)
    assert report.faces.reason.code == "not_asked"
    assert report.avatar
    assert report.avatar.verdict in ("drawing", "none")


def test_without_faces_nobody_judges_avatars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dlib", None)
    looker = open_looker(parts=["avatar", "faces"])
    assert looker.missing["avatar"].reason.values["part"] == "avatar"
    assert looker.missing["faces"].reason.values["part"] == "faces"
    assert dict(looker.identities) == {}


def test_an_unknown_part() -> None:
    with pytest.raises(UsageError, match="auras"):
        open_looker(parts=["auras"])


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 300, 3), (300, 1, 3)])
def test_tiny_pictures(shape: tuple[int, int, int]) -> None:
    report = open_looker(parts=["codes", "safety"]).look_picture(Picture(np.zeros(shape, np.uint8), "png", (1, 1)), "x")
    assert report.codes == ()
    assert report.safety


def test_what_was_seen_is_drawn_in(tmp_path: Path) -> None:
    pixels = poster()
    report = open_looker(parts=["codes"]).look(saved(tmp_path / "poster.png", pixels))
    drawn = annotated(pixels, report)
    assert drawn.shape == pixels.shape
    (code,) = report.codes or ()
    left, top = (round(value) for value in code.corners[0])
    assert not np.array_equal(drawn[top - 2 : top + 3, left : left + 20], pixels[top - 2 : top + 3, left : left + 20])
    assert np.array_equal(drawn[:, 300:], pixels[:, 300:])
    face = Face((310.0, 100.0, 390.0, 180.0), ((330.0, 130.0),), 1.0)
    assert not np.array_equal(annotated(pixels, replace(report, faces=(face,)))[:, 300:], pixels[:, 300:])
    assert Image.open(io.BytesIO(as_png(drawn))).size == (400, 260)


def test_large_pictures_are_drawn_smaller() -> None:
    pixels = np.full((600, 5000, 3), 250, np.uint8)
    report = open_looker(parts=[]).look_picture(Picture(pixels, "png", (5000, 600)), "x")
    report = replace(report, faces=(Face((4000.0, 100.0, 4900.0, 500.0), (), 1.0),))
    drawn = annotated(pixels, report)
    assert drawn.shape[1] == 2048
    changed = np.nonzero((drawn != 250).any(axis=(0, 2)))[0]
    assert changed.min() == pytest.approx(4000 * 2048 / 5000, abs=6)
