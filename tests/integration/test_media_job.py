"""`jianwei analyze` on a folder of media beside a chat export, as a process: what comes in, what is answered, what a second run adds."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zxingcpp
from noto_cjk_sans_otc import FONT_PATH
from PIL import Image, ImageDraw, ImageFont

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.chat_pictures import Message, draw_chat
from support.media_files import silk, sound
from support.tone_models import RATE, voiced

import jianwei as jw
from jianwei.behavior.near_duplicates import NearDuplicates
from jianwei.behavior.pictures import Pictures
from jianwei.behavior.unsafe import Unsafe
from jianwei.behavior.voices import Voices
from jianwei.common.results import Unavailable

CODE = "https://u.wechat.com/EAbcd"
AD = ("扫码加微信领红包", "日入三千轻松兼职")
CHAT = (
    Message("title", "老周"),
    Message("left", "红茶还有货吗"),
    Message("right", "有的，明天发货"),
    Message("left", "好的，谢谢老板"),
)
TYPED = "内容,用户,时间\n红茶到了吗,老周,2024-03-05 09:00:00\n太难喝了,老周,2024-03-05 09:01:00\n"
VOICES = ("msg_1709616000000.wav", "msg_1709616100000.slk")


def _advertisement() -> Image.Image:
    page, font = Image.new("RGB", (480, 480), "white"), ImageFont.truetype(str(FONT_PATH), 40, index=2)
    pen = ImageDraw.Draw(page)
    for at, line in enumerate(AD):
        pen.text((60, 40 + 70 * at), line, font=font, fill="black")
    code = zxingcpp.create_barcode(CODE, zxingcpp.BarcodeFormat.QRCode)
    page.paste(Image.fromarray(np.array(code.to_image(scale=6))), (120, 200))
    return page


def _fill(folder: Path) -> None:
    """A phone's folder: two voices, a screenshot, an advertisement that came twice, a file that broke, and the same screenshot again."""
    phone = folder / "手机"
    phone.mkdir(parents=True)
    (folder / "chat.csv").write_text(TYPED, "utf-8")
    first, second = ((32767 * voiced(text)).astype(np.int16)[:, None] for text in ("你好好你好好", "好好你好好"))
    (phone / VOICES[0]).write_bytes(sound("wav", first, rate=RATE))
    (phone / VOICES[1]).write_bytes(silk(second, rate=RATE))
    Image.fromarray(draw_chat(CHAT, width=540).pixels).save(phone / "Screenshot_2024-03-05-12-34-56.png")
    (phone / "a copy.png").write_bytes((phone / "Screenshot_2024-03-05-12-34-56.png").read_bytes())
    _advertisement().save(phone / "mmexport1709615000000.png")
    _advertisement().resize((400, 400)).save(phone / "mmexport1709615100000.jpg", quality=80)
    noise = io.BytesIO()
    Image.effect_noise((64, 64), 50).save(noise, "PNG")
    (phone / "broken.png").write_bytes(noise.getvalue()[:900])


def _analyze(folder: Path, environment: dict[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "jianwei", "analyze", "files", "-w", "workspace", "--no-files", "--json"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stderr  # done, but one file was refused
    assert "Traceback" not in done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


Job = tuple[jw.Workspace, Path, dict[str, Any], dict[str, Any]]


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory, child_environment: dict[str, str]) -> Job:
    """The workspace, where it lies, and what two runs said."""
    folder = tmp_path_factory.mktemp("job")
    _fill(folder / "files")
    environment = {**os.environ, **child_environment, "LANG": "en", "OMP_NUM_THREADS": "1"}
    first = _analyze(folder, environment)
    rows = jw.open(folder / "workspace").sql(ROWS).to_pylist()
    second = _analyze(folder, environment)
    workspace = jw.open(folder / "workspace")
    assert workspace.sql(ROWS).to_pylist() == rows
    return workspace, folder, first, second


ROWS = """SELECT 'messages' AS part, message_id AS id, kind AS what, ts_us FROM messages
    UNION ALL SELECT 'media', media_id, kind, ts_us FROM media
    UNION ALL SELECT 'annotations', record_id || part || version, task, ts_us FROM annotations ORDER BY ALL"""


def test_every_file_is_one_message_and_the_broken_one_is_named(job: Job) -> None:
    workspace, _, first, _ = job
    imported = first["imported"]
    assert {name: imported["new"][name] for name in ("messages", "media")} == {"messages": 7, "media": 5}
    assert imported["duplicate"] == {"messages": 1, "media": 1}
    (album,) = (one for one in imported["inputs"] if one["format"] == "media")
    assert [(Path(name).name, code) for name, code in album["refused"]] == [("broken.png", "damaged")]
    times = workspace.sql("SELECT ts_us FROM messages WHERE kind = 'voice' ORDER BY ts_us").to_pylist()
    assert [row["ts_us"] for row in times] == [1_709_616_000_000_000, 1_709_616_100_000_000]


def test_a_second_run_adds_nothing(job: Job) -> None:
    _, _, _, second = job
    assert second["imported"]["new"] == {}
    assert all(stage["answered"] == 0 for stage in second["enriched"]["stages"])


def test_the_report_tells_of_media(job: Job) -> None:
    _, folder, first, _ = job
    page = (folder / "report.html").read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert any(sentence.startswith("2 of 5") for sentence in first["opening"])
    for section in ("pictures", "voices", "unsafe"):
        assert section in page


def test_voices_are_heard(job: Job) -> None:
    workspace, *_ = job
    found = workspace.answer(Voices())
    assert not isinstance(found, Unavailable)
    assert {row["kind"]: row["rows"] for row in found} == {"image": 3, "text": 2, "voice": 2}
    assert (found.voices, found.recordings, found.transcribed, found.refused) == (2, 2, 2, 0)
    assert [row["seconds"] > 2 for row in found if row["kind"] == "voice"] == [True]


def test_pictures_are_read_and_ordered(job: Job) -> None:
    workspace, *_ = job
    found = workspace.answer(Pictures())
    assert not isinstance(found, Unavailable)
    local = datetime(2024, 3, 5, 4, 34, 56, tzinfo=UTC)
    assert [row["ts_us"] for row in found] == [
        1_709_615_100_000_000,
        1_709_615_000_000_000,
        int(local.timestamp()) * 1_000_000,
    ]
    assert [row["text"] for row in found] == ["\n".join(AD)] * 2 + ["\n".join(one.text for one in CHAT[1:])]
    assert [row["codes"] for row in found] == [[CODE], [CODE], []]
    chats = workspace.answer(Pictures(find="code:none text:红茶"))
    assert not isinstance(chats, Unavailable)
    assert [row["verdict"] for row in chats] == ["safe"]


def test_near_duplicates_and_what_is_unsafe(job: Job) -> None:
    workspace, *_ = job
    twice, unsafe = workspace.answer(NearDuplicates()), workspace.answer(Unsafe())
    assert not isinstance(twice, Unavailable)
    assert not isinstance(unsafe, Unavailable)
    assert [(row["rows"], row["text"], row["verdict"]) for row in twice] == [(2, "\n".join(AD), "unsafe")]
    assert {row["kind"]: (row["unsafe"], row["judged"]) for row in unsafe}["image"] == (2, 3)
    assert [row["by"] for row in unsafe.latest.to_pylist() if row["verdict"] == "unsafe"] == [["ocr", "code"]] * 2
