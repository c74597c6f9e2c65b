"""Reading drawn pictures with the networks of the package: what was drawn is what is read."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from jianwei.errors import DamagedModelError, ModelNotFoundError
from jianwei.models import known_model, locate
from jianwei.vision.reading import TextReader, chat_of, open_reader
from jianwei.vision.reading.tiles import scaled_size, tiles

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
from support.chat_pictures import DARK, LIGHT, Message, draw_chat

for needed in ("cv2", "onnxruntime", "rapidocr"):
    pytest.importorskip(needed)

FONT = str(pytest.importorskip("noto_cjk_sans_otc").FONT_PATH)


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return open_reader()


def _page(texts: Sequence[str], *, width: int = 700, points: int = 32, pitch: int = 60) -> NDArray[np.uint8]:
    font = ImageFont.truetype(FONT, points, index=2)
    picture = Image.new("RGB", (width, pitch * (len(texts) + 1)), "#FAF8F0")
    pen = ImageDraw.Draw(picture)
    for row, text in enumerate(texts):
        pen.text((40, pitch * row + pitch // 2), text, fill="#202020", font=font)
    return np.asarray(picture)


def _read(reader: TextReader, pixels: NDArray[np.uint8]) -> list[str]:
    return [line.text for line in reader.read(pixels)]


MESSAGES = [
    Message("title", "春茶品鉴群(245)"),
    Message("middle", "星期一 09:05"),
    Message("left", "抹茶粉保质期多久？可以用来做蛋糕吗？", "小林"),
    Message("right", "十八个月，可以的！"),
    Message("left", "订单号 20260302 什么时候发货", "Lily"),
    Message("right", "今天下午，顺丰。", quote="Lily：什么时候发货"),
    Message("left", '12"', "小林", kind="voice"),
]


@pytest.mark.parametrize(("width", "look"), [(720, LIGHT), (1170, DARK)])
def test_a_chat_is_read_whole(reader: TextReader, width: int, look: object) -> None:
    drawn = draw_chat(MESSAGES, width=width, look=look)  # type: ignore[arg-type]
    chat = chat_of(reader.read(drawn.pixels), drawn.pixels)
    seen = [(row.side, row.name, row.text.replace(" ", ""), row.quote) for row in chat]
    assert seen == [(m.side, m.name, m.text.replace(" ", ""), m.quote) for m in MESSAGES]


def test_a_message_of_one_thin_sign_is_not_overlooked(reader: TextReader) -> None:
    messages = [
        Message("left", "一"),
        Message("right", "好的"),
        Message("left", "中"),
        Message("right", "…"),
        Message("left", "明天见"),
    ]
    drawn = draw_chat(messages, width=720, look=DARK)
    chat = chat_of(reader.read(drawn.pixels), drawn.pixels)
    assert [(row.side, row.text) for row in chat] == [(m.side, m.text) for m in messages]


def test_lines_lie_where_they_were_drawn(reader: TextReader) -> None:
    pixels = _page(["今天的天气真好", "我们去公园散步吧"])
    lines = reader.read(pixels)
    assert [line.text for line in lines] == ["今天的天气真好", "我们去公园散步吧"]
    dark = pixels.max(axis=2) < 128
    for row, line in enumerate(lines):
        ink = np.argwhere(dark[60 * row + 30 : 60 * row + 90]) + np.array([60 * row + 30, 0])
        left, top, right, bottom = line.box
        assert left <= ink[:, 1].min() + 4
        assert right >= ink[:, 1].max() - 4
        assert top <= ink[:, 0].min() + 4
        assert bottom >= ink[:, 0].max() - 4
        assert np.allclose(line.corners, [(left, top), (right, top), (right, bottom), (left, bottom)], atol=3)
        assert line.score > 0.9


def test_a_line_that_was_cut_out_already(reader: TextReader) -> None:
    pixels = _page(["欢迎光临春茶小店"], width=360)
    ink = np.argwhere(pixels.max(axis=2) < 128)
    (top, left), (bottom, right) = ink.min(axis=0), ink.max(axis=0)
    assert _read(reader, pixels[top - 2 : bottom + 3, left - 2 : right + 3]) == ["欢迎光临春茶小店"]


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_page_on_its_side_or_its_head(reader: TextReader, quarters: int) -> None:
    texts = ["今天的天气真好", "我们去公园散步吧", "晚上一起吃火锅"]
    turned = np.ascontiguousarray(np.rot90(_page(texts), quarters))
    assert _read(reader, turned) == texts


@pytest.mark.parametrize("quarters", [1, 2])
def test_a_chat_on_its_side_or_its_head_keeps_its_sides(reader: TextReader, quarters: int) -> None:
    said = [("left", "红茶还有货吗"), ("right", "有的，明天发货"), ("left", "嗯"), ("right", "谢谢老板")]
    pixels = draw_chat([Message("title", "老周"), *(Message(*one) for one in said)], width=540).pixels
    turned = np.ascontiguousarray(np.rot90(pixels, quarters))
    chat = chat_of(reader.read(turned), turned)
    assert [(row.side, row.text) for row in chat] == [("title", "老周"), *said]


def test_a_long_picture_has_every_line_once_and_in_order(reader: TextReader) -> None:
    texts = [f"第{number}条留言收到" for number in range(100, 142)]
    pixels = _page(texts, width=480, points=30, pitch=56)
    assert len(list(tiles(scaled_size(*pixels.shape[:2])[0]))) >= 3
    assert _read(reader, pixels) == texts


def test_small_letters_in_a_large_picture(reader: TextReader) -> None:
    pixels = np.full((2_400, 3_000, 3), (0xFA, 0xF8, 0xF0), np.uint8)
    pixels[1_000:1_100, 500:1_200] = _page(["春茶小店本周新品上架"], width=700, points=14, pitch=50)
    assert _read(reader, pixels) == ["春茶小店本周新品上架"]


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (3, 3), (64, 64), (300, 200)])
@pytest.mark.parametrize("shade", [0, 255])
def test_pictures_without_anything(reader: TextReader, shape: tuple[int, int], shade: int) -> None:
    assert reader.read(np.full((*shape, 3), shade, np.uint8)) == ()


def test_plain_blocks_are_no_letters(reader: TextReader) -> None:
    pixels = np.full((500, 700, 3), 237, np.uint8)
    pixels[60:130, 40:110] = (91, 143, 249)
    pixels[260:330, 40:110] = (194, 123, 160)
    assert reader.read(pixels) == ()


def test_the_identity_is_that_of_the_weights_in_the_lock_file(reader: TextReader, tmp_path: Path) -> None:
    model = known_model("ppocr")
    for entry in model.entries:
        found = locate(entry)
        assert sha256(found.data).hexdigest() == entry.sha256
        target = tmp_path / entry.file
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(found.data)
    assert reader.identity.name == "ppocr"
    assert open_reader(tmp_path).identity == reader.identity
    (tmp_path / "ppocr/det.onnx").write_bytes(b"nothing")
    with pytest.raises(DamagedModelError, match="no ONNX model"):
        open_reader(tmp_path)


def test_a_network_of_another_kind_is_damage(tmp_path: Path) -> None:
    detector = locate(known_model("ppocr").entries[0]).data
    (tmp_path / "ppocr").mkdir()
    (tmp_path / "ppocr/rec.onnx").write_bytes(detector)
    with pytest.raises(DamagedModelError, match="no recogniser"):
        open_reader(tmp_path)


def test_weights_that_are_nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys.modules["jianwei.models.locate"], "_package_folder", lambda name: None)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(ModelNotFoundError) as caught:
        open_reader()
    assert "vision" in caught.value.hint
