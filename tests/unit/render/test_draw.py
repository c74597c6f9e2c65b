"""Pictures without a browser: they show something, in Chinese too, and text from data stays text."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from support import answers

from jianwei.render import charts
from jianwei.render.draw import Painter

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def painter() -> Painter:
    return Painter("zh_CN")


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), np.int16)


def bars(name: str) -> charts.Chart:
    return charts.ranking(answers.ranking(names=[name]), by="person", of="messages")


def texts(svg: str) -> list[str]:
    return ["".join(element.itertext()).strip() for element in ET.fromstring(svg).iter(f"{SVG}text")]


def test_a_picture_is_not_blank_and_has_its_size(painter: Painter) -> None:
    chart = charts.hours(answers.hours(), of="messages")
    image = pixels(painter.png(chart, width=600, scale=1.0))
    assert image.shape[1] == 600
    assert image.shape[0] > chart.height
    assert len(np.unique(image.reshape(-1, 3), axis=0)) > 50


def test_chinese_is_drawn_and_not_boxes(painter: Painter) -> None:
    """Two words of the same length differ, and neither looks like the sign for a character that the font lacks."""
    drawn = {name: pixels(painter.png(bars(name), width=500, scale=1.0)) for name in ("龙井", "茶壶", "\ue000\ue000")}
    names = list(drawn)
    for one in names:
        for other in names:
            same = np.array_equal(drawn[one], drawn[other])
            assert same == (one == other), (one, other)
    left = np.s_[56:-60, 24:90]
    dark = {name: int((image[left].sum(axis=2) < 600).sum()) for name, image in drawn.items()}
    assert dark["龙井"] > 60
    assert dark["茶壶"] > 60


def test_the_same_chart_gives_the_same_bytes(painter: Painter) -> None:
    chart = charts.rule_network(answers.rules())
    assert painter.png(chart, width=400, scale=1.0) == painter.png(chart, width=400, scale=1.0)


def test_words_follow_the_language(painter: Painter) -> None:
    chart = charts.mood(answers.mood())
    assert {"情绪走势", "负面"} <= set(texts(painter.svg(chart)))
    assert {"Mood over time", "Negative"} <= set(texts(Painter("en").svg(chart)))


def test_dark_has_a_dark_ground() -> None:
    image = pixels(Painter("en", dark=True).png(bars("a"), width=300, scale=1.0))
    assert image[2, 2].sum() < 150


@pytest.mark.parametrize("name", ["</text><script>alert(1)</script>", "a & b", '"quoted"', "{b}: {c}", "]]>"])
def test_text_from_data_stays_text(painter: Painter, name: str) -> None:
    svg = painter.svg(bars(name))
    root = ET.fromstring(svg)
    assert not list(root.iter(f"{SVG}script"))
    assert any(text and text.rstrip(".") in name for text in texts(svg) if text.startswith(name[:3]))


def test_emoji_leave_no_box(painter: Painter) -> None:
    assert "🌸" not in painter.svg(bars("阿杰🌸"))
    assert "阿杰" in "".join(texts(painter.svg(bars("阿杰🌸"))))


def test_every_height_is_kept(painter: Painter) -> None:
    chart = replace(bars("a"), height=500)
    assert pixels(painter.png(chart, width=300, scale=1.0)).shape[0] == 500 + 80
