"""Subtitles are valid, whatever was said; an independent reader gives back times and words."""

from __future__ import annotations

import re
from io import BytesIO
from itertools import pairwise

import av
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.models import ModelIdentity
from jianwei.speech import Segment, Transcript
from jianwei.speech.formats import clock, to_json, to_srt, to_text, to_vtt

WHO = ModelIdentity("m", "1")
SAID = (
    Segment(0.0, 1.5, "你好，我想问一下昨天下的单什么时候发货，快递一直没有更新，麻烦帮我查一下可以吗", 0.9),
    Segment(1.5, 3.25, "订单号 3.5 & <b>茶</b> --> 杯", 0.8),
    Segment(3661.0, 3662.001, "When will it be shipped, please, because I have waited for over a week", 0.7),
)


def transcript(*segments: Segment) -> Transcript:
    return Transcript(segments, "zh", 4000.0, 10.0, WHO)


def cues(content: str, kind: str) -> list[tuple[float, float, str]]:
    """What FFmpeg reads in a file of subtitles."""
    found = []
    with av.open(BytesIO(content.encode()), format=kind) as container:
        (stream,) = container.streams.subtitles
        for packet in container.demux(stream):
            if packet.pts is not None and packet.size:
                start, length = float(packet.pts * stream.time_base), float(packet.duration * stream.time_base)
                found.append((start, start + length, bytes(packet).decode()))
    return found


@pytest.mark.parametrize(("write", "kind"), [(to_srt, "srt"), (to_vtt, "webvtt")])
def test_another_reader_finds_every_cue(write: object, kind: str) -> None:
    found = cues(write(transcript(*SAID)), kind)  # type: ignore[operator]
    assert [start for start, _, _ in found] == pytest.approx([segment.start for segment in SAID])
    assert [end for _, end, _ in found] == pytest.approx([segment.end for segment in SAID])
    for (_, _, text), segment in zip(found, SAID, strict=True):
        plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        assert re.sub(r"\s", "", plain) == re.sub(r"\s", "", segment.text.replace("-->", "→"))


def test_lines_are_short_enough_and_words_stay_whole() -> None:
    body = to_srt(transcript(*SAID))
    assert "你好，我想问一下昨天下的单什么时候发货，\n快递一直没有更新，麻烦帮我查一下可以吗" in body
    assert {"shipped,", "waited", "over", "week", "because"} <= set(body.split())


def test_a_long_segment_becomes_several_cues() -> None:
    text = "".join(f"这是第{number}句话，它有一些字，" for number in range(30))
    found = cues(to_srt(transcript(Segment(10.0, 38.0, text, 1.0))), "srt")
    assert len(found) > 5
    assert re.sub(r"\s", "", "".join(said for _, _, said in found)) == text
    assert found[0][0] == 10.0
    assert found[-1][1] == pytest.approx(38.0)
    for (start, end, said), (following, _, _) in pairwise([*found, (38.0, 38.0, "")]):
        assert start < end == pytest.approx(following, abs=0.002)
        assert len(said.splitlines()) <= 2
        assert 28 * len(said) / len(text) == pytest.approx(end - start, abs=0.3)


def test_the_plain_ones() -> None:
    assert to_text(transcript(*SAID)).splitlines() == [segment.text for segment in SAID]
    assert msgspec.json.decode(to_json(transcript(*SAID)), type=Transcript) == transcript(*SAID)
    assert to_text(transcript()) == to_srt(transcript()) == ""
    assert to_vtt(transcript()) == "WEBVTT\n\n"


def test_json_has_no_more_digits_than_were_measured() -> None:
    (segment,) = msgspec.json.decode(to_json(transcript(Segment(0.123456, 1.365625, "好", 0.30000001192))))["segments"]
    assert segment == {"start": 0.123, "end": 1.366, "text": "好", "confidence": 0.3}


def test_times_are_rounded_and_never_negative() -> None:
    assert clock(59.9996) == "00:01:00.000"
    assert clock(-0.2) == "00:00:00.000"
    assert clock(100 * 3600) == "100:00:00.000"
    assert "00:00:01,000 --> 00:00:01,001" in to_srt(transcript(Segment(1.0, 1.0, "好", 1.0)))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=120), min_size=1, max_size=5))
def test_no_text_breaks_the_form(texts: list[str]) -> None:
    segments = [Segment(float(at), at + 0.5, text, 1.0) for at, text in enumerate(texts)]
    filled = [segment for segment in segments if segment.text.strip()]
    for content in (to_srt(transcript(*segments)), to_vtt(transcript(*segments)).removeprefix("WEBVTT\n\n")):
        blocks = content.split("\n\n")[:-1]
        assert content.count("-->") == len(blocks) >= len(filled)
        for block in blocks:
            head, times, *lines = ["", *block.split("\n")] if "-->" in block.split("\n")[0] else block.split("\n")
            assert re.fullmatch(r"\d*", head)
            assert re.fullmatch(r"[\d:]{8}[.,]\d{3} --> [\d:]{8}[.,]\d{3}", times)
            assert 1 <= len(lines) <= 2
            assert all(line.strip() for line in lines)
