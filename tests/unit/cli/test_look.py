"""jianwei look: what it prints, what it writes, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest
import zxingcpp
from PIL import Image
from typer.testing import CliRunner, Result

from jianwei.cli.app import build_app


@pytest.fixture(autouse=True)
def english(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    for name in ("LC_ALL", "LC_MESSAGES", "JIANWEI_MODELS"):
        monkeypatch.delenv(name, raising=False)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(build_app(), ["look", "-q", *map(str, arguments)])


def code(text: str, kind: str = "QRCode") -> np.ndarray:
    dots = np.array(zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind)).to_image(add_quiet_zones=True))
    return np.pad(np.kron(dots, np.ones((5, 5), np.uint8)), 40, constant_values=240)[..., None].repeat(3, axis=2)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    (folder / "more").mkdir(parents=True)
    pay = Image.fromarray(code("wxp://f2f0abc"))
    pay.save(folder / "pay.png")
    pay.resize((pay.width * 2, pay.height * 2)).save(folder / "more" / "pay.jpg", quality=60)
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (80, 90, 3), dtype=np.uint8)).save(folder / "noise.webp")
    (folder / "broken.png").write_bytes((folder / "pay.png").read_bytes()[:200])
    (folder / "notes.txt").write_text("no picture")
    (folder / ".hidden.png").write_bytes((folder / "pay.png").read_bytes())
    return folder


def test_one_picture(pictures: Path) -> None:
    done = run(pictures / "pay.png", "--parts", "codes,safety")
    assert done.exit_code == 0
    assert "QRCode, payment by WeChat: wxp://f2f0abc" in done.stdout
    assert "safe (sexual content 0.0" in done.stdout
    assert "Not looked for" not in done.stdout


def test_a_folder_and_what_is_no_picture(pictures: Path) -> None:
    done = run(pictures, "--parts", "codes", "--json")
    assert done.exit_code == 3
    answer = json.loads(done.stdout)
    assert [Path(one["file"]).name for one in answer["files"]] == ["noise.webp", "pay.png", "pay.jpg"]
    assert [len(one["frames"][0]["codes"]) for one in answer["files"]] == [0, 1, 1]
    assert answer["files"][1]["frames"][0]["payloads"] == ["wechat_pay"]
    assert [(Path(one["file"]).name, one["code"]) for one in answer["rejected"]] == [("broken.png", "damaged")]
    assert "lines" not in answer["files"][0]["frames"][0]
    assert "is cut off or damaged" in run(pictures, "--parts", "codes").stderr


def test_json_has_figures_as_people_write_them(pictures: Path) -> None:
    found = json.loads(run(pictures / "pay.png", "--parts", "codes,safety", "--json").stdout)["files"][0]["frames"][0]
    score = found["safety"]["nsfw"]
    assert score == round(score, 4)
    assert all(place == round(place, 1) for corner in found["codes"][0]["corners"] for place in corner)


@pytest.mark.parametrize(("extra", "heads"), [((), 2), (("--liveness",), 1)])
def test_what_is_not_shown_is_counted(pictures: Path, extra: tuple[str, ...], heads: int) -> None:
    """In full view as in a table."""
    files = [pictures / "pay.png", pictures / "noise.webp", pictures / "more" / "pay.jpg"]
    done = run(*files, "--parts", "hash", "--limit", heads, *extra)
    assert f"… and {3 - heads} more files" in done.stdout
    shown = done.stdout.splitlines()
    assert [sum(path.name in line for line in shown) for path in files] == [1] * heads + [0] * (3 - heads)
    assert "more files" not in run(*files, "--parts", "hash", "--limit", "3", *extra).stdout


def test_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    done = run(tmp_path / "none", "--parts", "codes")
    assert (done.exit_code, done.stdout) == (0, "No picture and no video was found.\n")


def test_near_duplicates(pictures: Path) -> None:
    done = run(pictures, "--parts", "hash", "--near")
    assert "Groups of near-duplicates: 1 (2 pictures)." in done.stdout
    assert "pay.png, pay.jpg" in done.stdout
    near = json.loads(run(pictures, "--parts", "hash", "--near", "--json").stdout)["near"]
    assert [[Path(file).name for file in group] for group in near] == [["pay.png", "pay.jpg"]]


def test_what_is_missing_has_its_command(pictures: Path) -> None:
    done = run(pictures / "pay.png", "--parts", "things")
    assert done.exit_code == 0
    assert "Not looked for: objects. jianwei models pull yolox adds it." in done.stdout


def test_copies_with_what_was_seen(pictures: Path, tmp_path: Path) -> None:
    done = run(pictures / "pay.png", pictures / "more" / "pay.jpg", "--parts", "codes", "--draw", tmp_path / "drawn")
    assert done.exit_code == 0
    assert sorted(path.name for path in (tmp_path / "drawn").iterdir()) == ["pay-2.png", "pay.png"]
    drawn = np.asarray(Image.open(tmp_path / "drawn" / "pay.png"))
    assert (drawn[..., 0] != drawn[..., 1]).any()  # a grey picture, and something coloured in it


def test_a_folder_that_cannot_be_made(pictures: Path) -> None:
    done = run(pictures / "pay.png", "--parts", "codes", "--draw", pictures / "notes.txt" / "drawn")
    assert done.exit_code == 1
    assert "Traceback" not in done.stderr


def test_a_video_by_its_frames(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    still = code("https://example.com/a")
    height, width = still.shape[0] // 2 * 2, still.shape[1] // 2 * 2
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for at in range(15):
            shown = still if at >= 8 else np.full_like(still, 200)
            for packet in stream.encode(av.VideoFrame.from_ndarray(shown[:height, :width], format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    answer = json.loads(run(path, "--parts", "codes", "--json").stdout)
    frames = answer["files"][0]["frames"]
    assert len(frames) >= 2
    assert [bool(frame["codes"]) for frame in frames] == sorted(bool(frame["codes"]) for frame in frames)
    assert frames[-1]["payloads"] == ["url"]
    told = run(path, "--parts", "codes,safety").stdout
    assert told.count("at ") == sum(bool(frame["codes"]) for frame in frames) < len(frames)
    assert told.count("safe (") == 1  # the worst of all frames
    assert "none" not in told
    assert "nothing was found in its frames" in run(path, "--parts", "text").stdout


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        ((), 2, "no picture is named"),
        (("x.png", "--parts", "auras"), 2, "auras"),
        (("x.png", "--models", "/nowhere/at/all"), 2, "/nowhere/at/all"),
        (("x.png", "--parts", " , "), 2, "names no part"),
        (("x.png", "--distance", "3"), 2, "--distance: does something only with --near"),
        (("x.png", "--models", "."), 2, "no file of a model is in ."),
        (("nowhere.png", "--parts", "codes"), 3, "there is no such file"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    arguments: tuple[str, ...], exit_code: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*arguments)
    assert done.exit_code == exit_code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_of_another_kind_is_called_what_it_is_and_formats_are_listed_once(pictures: Path) -> None:
    (pictures / "voice.wav").write_bytes(b"RIFF\x24\0\0\0WAVEfmt " + bytes(40))
    (pictures / "noise.bin").write_bytes(b"\x01\x02\x00" * 40)
    done = run(pictures / "voice.wav", pictures / "noise.bin", "--parts", "things")
    assert done.exit_code == 3
    assert f"{pictures / 'voice.wav'}: is a sound, which does not go with its name or its use\n" in done.stderr
    assert done.stderr.count("Formats that are read: pictures in JPEG") == 1
    assert "Not looked for" not in done.stdout  # nothing was there to be looked at
    assert "Formats that are read" not in run(pictures / "broken.png", "--parts", "codes").stderr


def test_files_of_one_name_are_told_apart_and_long_names_keep_their_ends(pictures: Path) -> None:
    for folder in ("may", "june"):
        (pictures / folder).mkdir()
        Image.open(pictures / "noise.webp").save(pictures / folder / "1.png")
    Image.new("RGB", (40, 40), (3, 90, 200)).save(pictures / f"{'很长的名字' * 9}2.png")
    shown = run(pictures, "--parts", "hash").stdout
    assert {"may/1.png", "june/1.png", "很长的名…名字2.png"} <= set(shown.split())
    heads = run(pictures / "may", pictures / "june", "--parts", "hash", "--near").stdout  # two are shown in full
    assert [line.split()[0] for line in heads.splitlines() if "×" in line] == ["may/1.png", "june/1.png"]
    assert "may/1.png, june/1.png" in heads


def test_hashes_of_many_are_shown_where_nothing_else_is_asked_for(pictures: Path) -> None:
    Image.new("RGB", (40, 40), (3, 90, 200)).save(pictures / "blue.bmp")
    found = json.loads(run(pictures, "--parts", "hash", "--json").stdout)["files"]
    shown = run(pictures, "--parts", "hash").stdout
    assert len(found) == 4
    assert all(one["frames"][0]["hash"] in shown for one in found)


def test_names_in_no_encoding_are_shown_byte_by_byte(tmp_path: Path) -> None:
    for name in ("\udcff", "\udcfe"):
        Image.new("RGB", (40, 40), (3, 90, 200)).save(tmp_path / f"{name}.png")
    (tmp_path / "\udcfd.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    done = run(tmp_path, "--parts", "hash", "--json", "--draw", tmp_path / "seen")
    assert [Path(one["file"]).name for one in json.loads(done.stdout)["files"]] == ["%FE.png", "%FF.png"]
    done = run(tmp_path, "--parts", "hash")
    assert all(name in done.stdout for name in ("%FE.png", "%FF.png"))
    assert "%FD.png" in done.stderr


def test_in_chinese(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "微信收付款" in run(pictures / "pay.png", "--parts", "codes").stdout


def test_hostile_codes_cannot_command_the_terminal(tmp_path: Path) -> None:
    Image.fromarray(code("evil\x1b[31m\u202etext")).save(tmp_path / "evil.png")
    done = run(tmp_path / "evil.png", "--parts", "codes")
    assert "evil" in done.stdout
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout


@pytest.mark.parametrize("command", ["look", "transcribe", "import", "analyze"])
def test_help_names_an_argument_once(command: str) -> None:
    usage = CliRunner().invoke(build_app(), [command, "--help"]).stdout.splitlines()[0]
    assert "[[" not in usage
    assert "…" not in usage
