"""Comparing faces in a workspace: only in pictures of people who consented, and nothing of it is kept.

A stand-in finds one face in every picture and tells people apart by its colour: red in one, blue in another.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[3]))

from support.stand_ins import Pixel, constant_model, seeing_model

from jianwei.cli.app import build_app
from jianwei.models.endpoint import ConsentMissingError
from jianwei.sources._gathered import Gathered
from jianwei.store import now_us
from jianwei.workspace import Workspace, open_workspace
from jianwei.workspace.pictures.same_faces import SAME_FACES, consent_to_faces

RED, BLUE = (250, 20, 20), (20, 20, 250)
SENT = (
    # who, when, colour, side; the last of Ann's is no picture
    ("ann", 100, RED, 96), ("ann", 200, BLUE, 96), ("ann", 300, (240, 10, 10), 64), ("bob", 400, RED, 96),
    ("ann", 500, None, 0), ("cid", 600, BLUE, 96),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _english(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    for name in ("LC_ALL", "LC_MESSAGES", "JIANWEI_MODELS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    outputs = {}
    for stride in (8, 16, 32):
        cells = (64 // stride) ** 2
        sizes = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}
        outputs |= {f"{kind}_{stride}": np.zeros((1, cells, size)) for kind, size in sizes.items()}
    outputs["cls_32"][0, 0] = outputs["obj_32"][0, 0] = 1
    outputs["kps_32"][0, 0] = [0.2, 0.2, 0.8, 0.2, 0.5, 0.5, 0.3, 0.8, 0.7, 0.8]
    folder = tmp_path / "models"
    constant_model(folder / "yunet.onnx", {"input": (1, 3, 64, 64)}, outputs)
    told = {("told", channel): Pixel(channel, 60, 56) for channel in range(3)}
    seeing_model(folder / "sface.onnx", {"data": (1, 3, 112, 112)}, {"told": np.zeros((1, 3))}, told)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three people sent pictures. Bob's lies nowhere: whoever opens it sees that."""
    ws = open_workspace(tmp_path / "work")
    rows = Gathered("shop", "f:1")
    for number, (who, at, colour, side) in enumerate(SENT):
        name, message = f"media/{number}.png", rows.message("test", str(number))
        path = ws.store.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if colour is None:
            path.write_bytes(b"\x89PNG\r\n\x1a\nbroken")
        elif who != "bob":
            Image.new("RGB", (side, side), colour).save(path)
        rows.add(
            "messages", at, message_id=message, user_id=rows.user(who), direction="in", kind="image", conversation_id="c:1"
        )  # fmt: skip
        digest = hashlib.sha256(name.encode()).hexdigest()
        rows.add("media", at, media_id=f"d:{digest}", record_id=message, kind="image", mime="image/png", path=name)
    for who in ("ann", "bob", "cid"):
        rows.add("users", 1, user_id=rows.user(who), key=who, nickname=who.title())
    with ws.store.writing() as lake:
        for table, part in rows.tables().items():
            (lake.upsert if table == "users" else lake.append_new)(table, part)
    return ws.store.folder


def _shown(ws: Workspace, models: Path) -> list[tuple[int, str, str, int]]:
    return [
        (row["group"], row["name"], row["path"], row["face"]) for row in ws.same_faces(models=models).rows.to_pylist()
    ]


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_without_a_consent_no_picture_is_opened_and_the_way_is_told(folder: Path) -> None:
    with pytest.raises(ConsentMissingError) as refused:  # before any model is looked for
        open_workspace(folder).same_faces()
    assert "jianwei same-person --of PERSON --consent" in refused.value.hint


def test_only_pictures_of_those_who_consented_are_compared(folder: Path, models: Path) -> None:
    ws = open_workspace(folder)
    assert consent_to_faces(ws, "Ann", basis="form of March") == Gathered("shop").user("ann")
    before = _contents(folder)
    found = ws.same_faces(models=models)
    assert _contents(folder) == before  # neither embeddings nor groups are kept
    assert found.rows.schema == SAME_FACES
    assert (found.people, found.pictures, found.unread, found.without_consent, found.not_looked) == (1, 3, 1, 2, 0)
    assert _shown(ws, models) == [
        (1, "Ann", "media/2.png", 0), (1, "Ann", "media/0.png", 0), (2, "Ann", "media/1.png", 0),
    ]  # fmt: skip
    consent_to_faces(ws, "cid", basis="form of May")
    assert [row[:3] for row in _shown(ws, models)] == [
        (1, "Cid", "media/5.png"), (1, "Ann", "media/1.png"), (2, "Ann", "media/2.png"), (2, "Ann", "media/0.png"),
    ]  # fmt: skip
    assert ws.same_faces(models=models, most=2).not_looked == 2  # of Cid's one and Ann's four, two faces were enough


def test_what_was_withdrawn_or_is_dated_tomorrow_does_not_hold(folder: Path, models: Path) -> None:
    ws, rows = open_workspace(folder), Gathered("shop")
    consent_to_faces(ws, "ann", basis="form of March")
    consent_to_faces(ws, "cid", basis="form of March")
    consent_to_faces(ws, "ann", basis=None)
    rows.add("consents", now_us() + 86_400_000_000, user_id=rows.user("bob"), purpose="faces", granted=True)
    rows.add("consents", 1, user_id=rows.user("bob"), purpose="voice-sharing", granted=True)
    with ws.store.writing() as lake:
        lake.upsert("consents", rows.tables()["consents"])
    assert {row[1] for row in _shown(ws, models)} == {"Cid"}
    consent_to_faces(ws, "cid", basis=None)
    with pytest.raises(ConsentMissingError):
        ws.same_faces(models=models)


def test_errors_are_chinese(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    said = _run(folder, "--of", "没有", "--consent", "form", code=2)
    assert said == "人：没有人叫 '没有'。怎么办：写 id，或数据来源里的名字。\n"
    said = _run(folder, "--of", "ann", "--consent", "", code=2)
    assert said == "同意记录：内容是空的。怎么办：写明依据：条款、表格、日期。\n"


def _run(folder: Path, *arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(build_app(), ["same-person", "-w", str(folder), "-q", *arguments])
    assert done.exit_code == code, done.output
    return done.output


def test_as_a_command(folder: Path, models: Path) -> None:
    assert "record it: jianwei same-person --of PERSON" in _run(folder, code=2)
    assert "--of goes with" in _run(folder, "--of", "ann", code=2)
    assert "--of goes with" in _run(folder, "--consent", "form", code=2)
    assert "person: nobody is called 'nobody'" in _run(folder, "--of", "nobody", "--consent", "form", code=2)
    assert "The consent of ann" in _run(folder, "--of", "ann", "--consent", "form of March")
    told = _run(folder, "--models", str(models), code=3)
    assert "3 faces of 2 persons, in 3 pictures of 1 people who consented." in told
    assert "2 pictures of others were not opened" in told
    assert "1 pictures could not be read" in told
    answer = json.loads(_run(folder, "--models", str(models), "--json", code=3))
    assert [row["group"] for row in answer["rows"]] == [1, 1, 2]
    assert "is withdrawn" in _run(folder, "--of", "ann", "--withdraw")
    _run(folder, code=2)
