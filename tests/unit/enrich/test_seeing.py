"""What is seen in pictures, animations and films becomes annotations."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zxingcpp
from PIL import Image
from support import media_files

from jianwei.common.media import OpenMedia, RejectedMediaError, open_media
from jianwei.common.results import Reason, Unavailable
from jianwei.enrich.answers import Answer
from jianwei.enrich.stages.seeing import _answers, answers_about
from jianwei.models import ModelIdentity
from jianwei.vision._base import Avatar, ChatLine, Code, Face, ImageReport, Line, Safety, Thing
from jianwei.vision.looking import Looker, open_looker

MISSING = ("things",)
ME = ModelIdentity("m", "1")


@pytest.fixture(scope="module")
def looker() -> Looker:
    return open_looker(parts=["codes"])


def code(text: str) -> Image.Image:
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    return Image.fromarray(np.asarray(made.to_image(scale=6))).convert("RGB")


def opened(folder: Path, name: str, content: bytes) -> OpenMedia:
    (folder / name).write_bytes(content)
    return open_media(folder / name)


def by_task(answers: Sequence[Answer]) -> dict[str, list[Answer]]:
    found: dict[str, list[Answer]] = {}
    for answer in answers:
        assert answer.nth == len(found.setdefault(answer.task, []))
        found[answer.task].append(answer)
    return found


def test_a_picture(tmp_path: Path, looker: Looker) -> None:
    media = opened(tmp_path, "a.png", media_files.picture("PNG", code("https://u.wechat.com/EAbcd")))
    found = by_task(answers_about(media, looker=looker, missing=MISSING))
    assert set(found) == {"picture", "code"}
    (picture,) = found["picture"]
    assert picture.label == "png"
    assert picture.value["missing"] == ["things"]
    assert picture.value["frames"] == 1
    assert len(picture.value["hash"]) == 16
    (seen,) = found["code"]
    assert (seen.label, seen.text) == ("QRCode", "https://u.wechat.com/EAbcd")
    assert "second" not in seen.value


def test_a_film_has_what_is_in_its_frames_once_with_its_second(tmp_path: Path, looker: Looker) -> None:
    film = media_files.film([0, 0, 0], size=(320, 320), image=code("film"))
    found = by_task(answers_about(opened(tmp_path, "a.mp4", film), looker=looker, missing=()))
    assert found["picture"][0].label == "mp4"
    (seen,) = found["code"]
    assert seen.text == "film"
    assert 0 <= seen.value["second"] < 3


def test_an_animation_is_looked_at_frame_by_frame(tmp_path: Path, looker: Looker) -> None:
    import io

    file = io.BytesIO()
    frames = [code("one").resize((200, 200)), code("two").resize((200, 200))]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=500)
    found = by_task(answers_about(opened(tmp_path, "a.gif", file.getvalue()), looker=looker, missing=()))
    assert found["picture"][0].label == "gif"
    assert found["picture"][0].value["frames"] == 2
    assert [(one.text, one.value["second"]) for one in found["code"]] == [("one", 0.0), ("two", 0.5)]


def test_what_cannot_be_read_is_refused(tmp_path: Path, looker: Looker) -> None:
    whole = media_files.picture("JPEG")
    with pytest.raises(RejectedMediaError):
        answers_about(opened(tmp_path, "a.jpg", whole[: len(whole) // 2]), looker=looker, missing=())


@pytest.mark.parametrize("form", ["webm", "mkv", "mov", "3gp", "mp3"])
def test_in_a_recording_there_is_nothing_to_see(form: str, tmp_path: Path, looker: Looker) -> None:
    with pytest.raises(RejectedMediaError) as caught:
        answers_about(opened(tmp_path, f"a.{form}", media_files.sound(form)), looker=looker, missing=())
    assert caught.value.code == "no_picture"


BOX = (1.0, 2.0, 3.0, 4.0)
CORNERS = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def report(**parts: Any) -> ImageReport:
    nobody = Unavailable(Reason("not_asked", {}))
    names = ("lines", "faces", "avatar", "codes", "things", "scenes", "safety")
    given: dict[str, Any] = dict.fromkeys(names, nobody) | {"chat": ()} | parts
    return ImageReport(name="a", size=(10, 20), format="jpeg", frames=1, hash="0" * 16, **given)


def line(text: str, score: float = 0.5) -> Line:
    return Line(text, BOX, CORNERS, score)


def test_every_part_has_its_task() -> None:
    seen = report(
        lines=(line("聊天信息"), line("你好", 1.0)),
        chat=(ChatLine("title", "聊天信息", "", BOX), ChatLine("left", "你好", "", BOX)),
        faces=(Face(BOX, (), 0.9), Face(BOX, (), 0.8)),
        avatar=Avatar("people", 0.7),
        codes=(Code("EAN13", "690", CORNERS),),
        things=(Thing("cup", "杯子", 0.6, BOX),),
        scenes=Unavailable(Reason("failed", {})),
        safety=Safety(0.9, True, ME),
    )
    found = by_task(_answers([(None, seen)], "jpeg", ()))
    assert {task: len(answers) for task, answers in found.items()} == {
        "picture": 1, "ocr": 1, "face": 2, "avatar": 1, "code": 1, "object": 1, "nsfw": 1,
    }  # fmt: skip
    assert (found["ocr"][0].label, found["ocr"][0].text, found["ocr"][0].score) == ("chat", "你好", 0.75)
    assert (found["object"][0].label, found["object"][0].text) == ("cup", "杯子")
    assert (found["nsfw"][0].label, found["nsfw"][0].score) == ("unsafe", 0.9)
    assert found["picture"][0].value["failed"] == ["scenes"]
    assert found["picture"][0].value["avatar"] == "people"


def test_frames_are_joined() -> None:
    first = report(
        lines=(line("字幕一"),),
        faces=(Face(BOX, (), 0.9),),
        safety=Safety(0.1, False, ME),
        things=(Thing("cup", "杯子", 0.4, BOX),),
    )
    second = report(
        lines=(line("字幕一"), line("字幕二")),
        faces=(Face(BOX, (), 0.5), Face(BOX, (), 0.5)),
        safety=Safety(0.85, True, ME),
        things=(Thing("cup", "杯子", 0.8, BOX), Thing("cat", "猫", 0.5, BOX)),
    )
    found = by_task(_answers([(0.0, first), (2.0, second)], "mp4", ()))
    assert found["ocr"][0].text == "字幕一\n字幕二"
    assert [face.value["second"] for face in found["face"]] == [2.0, 2.0]
    assert {(thing.label, thing.score, thing.value["second"]) for thing in found["object"]} == {
        ("cup", 0.8, 2.0),
        ("cat", 0.5, 2.0),
    }
    assert (found["nsfw"][0].score, found["nsfw"][0].value) == (0.85, {"second": 2.0})


def test_a_file_has_no_more_answers_than_there_are_parts_for_it() -> None:
    many = report(codes=tuple(Code("QRCode", str(n), CORNERS) for n in range(1_500)))
    assert len(by_task(_answers([(None, many)], "png", ()))["code"]) == 1_000
