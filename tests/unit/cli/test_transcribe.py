"""`jianwei transcribe`: what it prints, writes and ends with. Voices are those of `tone_models`, heard by its stand-ins."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pyarrow.csv as pa_csv
import pytest
from click.testing import Result
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[2]))

from support.served import KEY, account, keep
from support.tone_models import paraformer, sense_voice, voiced, write_model, write_sound

from jianwei.cli.app import build_app
from jianwei.common.i18n import LANGUAGES, catalog
from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.areas.speech import Hearing
from jianwei.sandbox.platform.world import App, Platform
from jianwei.speech.guards import Reason

SAID, LONG = "你好你好", "你好好你你好好好你"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    write_model(folder / "sense-voice", sense_voice())
    write_model(folder / "paraformer-zh", paraformer())
    return folder


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANG", "en")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("JIANWEI_MODELS", str(models))
    for name in ("LC_ALL", "LC_MESSAGES", "JIANWEI_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    write_sound(tmp_path / "voice.wav", voiced(SAID))


def run(*arguments: str, code: int = 0, engine: str | None = "sense-voice") -> Result:
    chosen = [] if engine is None else ["--engine", engine]
    result = CliRunner().invoke(build_app(), ["transcribe", *arguments, *chosen])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result


def answer(*arguments: str, code: int = 0, engine: str | None = "sense-voice") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*arguments, "--json", code=code, engine=engine).stdout)
    return found


@pytest.mark.parametrize("engine", ["sense-voice", "paraformer"])
def test_one_recording_with_its_segments_and_mood(engine: str) -> None:
    shown = run("voice.wav", engine=engine).stdout
    assert SAID in shown
    assert "Mood: " in shown
    assert "Recordings: 1, 0:03 long, 0:02 of it speech." in shown
    (found,) = answer("voice.wav", engine=engine)["files"]
    assert (found["text"], found["language"]) == (SAID, "zh")
    assert 0.5 < found["segments"][0]["start"] < 1.0
    assert found["mood"]["sentiment"] in ("negative", "neutral", "positive")
    assert answer("voice.wav", "--no-mood", engine=engine)["files"][0]["mood"] is None


def test_many_recordings_and_what_is_rejected() -> None:
    folder = Path("day")
    (folder / "late").mkdir(parents=True)
    for number in range(3):
        write_sound(folder / "late" / f"{number}.wav", voiced(SAID))
    (folder / "nothing.mp3").write_bytes(b"")
    (folder / "text.amr").write_text("hello")
    result = run("day", "--limit", "2", "--out", "out", "--format", "srt,txt", "-o", "all.csv", code=3)
    assert "day/nothing.mp3: " in result.stderr
    assert "day/text.amr: " in result.stderr
    assert "… and 1 more recordings" in result.stdout
    table = result.stdout.partition("\n\n")[0].splitlines()
    assert all(sum(2 if ord(character) > 0x2E80 else 1 for character in line) <= 80 for line in table)
    written = sorted(path.relative_to("out").as_posix() for path in Path("out").rglob("*.*"))
    assert written == [f"late/{number}.{ending}" for number in range(3) for ending in ("srt", "txt")]
    assert Path("out/late/0.txt").read_text("utf-8") == f"{SAID}\n"
    rows = pa_csv.read_csv("all.csv").to_pylist()
    assert [(row["file"], row["text"]) for row in rows] == [(f"day/late/{number}.wav", SAID) for number in range(3)]
    found = answer("day", "missing.wav", code=3)
    assert [one["code"] for one in found["rejected"]] == ["empty", "wrong_kind", "missing"]


def test_recordings_of_one_name_are_told_apart() -> None:
    for place in ("may/1.wav", "june/1.wav", "june/2.wav"):
        Path(place).parent.mkdir(exist_ok=True)
        write_sound(Path(place), voiced(SAID))
    shown = run("may", "june").stdout.splitlines()
    assert [line.split()[0] for line in shown if SAID in line] == ["may/1.wav", "june/1.wav", "2.wav"]


def test_a_long_run_is_taken_up_again() -> None:
    Path("day").mkdir()
    for name in ("a", "b", "c"):
        write_sound(Path("day") / f"{name}.wav", voiced(SAID))
    run("day/b.wav", "--out", "out", "--format", "srt,txt")
    result = run("day", "--out", "out", "--format", "srt,txt", "--resume", "-o", "rest.csv")
    assert "Passed over, since out has their files already: 1 recordings. Left to hear: 2." in result.stderr
    assert [row["file"] for row in pa_csv.read_csv("rest.csv").to_pylist()] == ["day/a.wav", "day/c.wav"]
    Path("out/c.srt").unlink()
    assert [one["file"] for one in answer("day", "--out", "out", "--format", "srt", "--resume")["files"]] == [
        "day/c.wav"
    ]


def test_threads_change_nothing_but_the_time() -> None:
    Path("day").mkdir()
    texts = ["你好好你", "好好好你", "你你好好", "好你你好", "你好你你"]
    for number, text in enumerate(texts):
        write_sound(Path("day") / f"{number}.wav", voiced(text))
    for threads in ("1", "2", "7"):
        assert [one["text"] for one in answer("day", "--threads", threads)["files"]] == texts


def test_nothing_found_is_no_failure() -> None:
    Path("day").mkdir()
    assert "No sound and no video was found." in run("day").stdout
    assert answer("day")["files"] == []


def test_names_that_are_no_text(tmp_path: Path) -> None:
    try:
        Path("voice.wav").rename(b"\xff\xfe.wav".decode("utf-8", "surrogateescape"))
    except OSError:
        pytest.skip("this disk has no such names")
    found = answer(".", "--out", "out", "-o", "all.csv")
    assert found["files"][0]["file"] == "%FF%FE.wav"
    assert len(found["written"]) == 3
    assert "%FF%FE.wav" in Path("all.csv").read_text("utf-8-sig")


def test_only_rejected_recordings() -> None:
    Path("x.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(100))
    assert "x.jpg" in run("x.jpg", "nowhere/y.amr", code=3).stderr
    assert answer("x.jpg", code=3)["files"] == []


def test_names_that_would_command_the_terminal(tmp_path: Path) -> None:
    name = "a\x1b[31m\nb.wav"
    Path("voice.wav").rename(name)
    (tmp_path / "c\x1b[2J.mp3").write_bytes(b"")
    result = run(".", code=3)
    assert "\x1b" not in result.output
    run(name)


def test_what_a_file_says_while_it_is_played() -> None:
    write_sound(Path("two.wav"), voiced(LONG))
    result = run("--microphone", "two.wav", "--pace", "100", "--out", "out", "--format", "vtt")
    assert "Listening; Ctrl-C ends it." in result.stderr
    assert LONG in result.stdout
    assert "s later, ×" in result.stdout
    assert "Utterances: 1 in" in result.stdout
    assert LONG in Path("out/microphone.vtt").read_text("utf-8")
    lines = run("--microphone", "two.wav", "--pace", "100", "--json").stdout.splitlines()
    assert [json.loads(line)["text"] for line in lines] == [LONG]


def test_a_file_in_the_place_of_the_microphone_may_be_rejected() -> None:
    Path("x.mp3").write_bytes(b"")
    assert "x.mp3: the file is empty" in run("--microphone", "x.mp3", code=3).stderr
    assert run("--microphone", "nowhere.mp3", code=3).stderr


def test_what_is_left_out_is_told() -> None:
    write_sound(Path("again.wav"), voiced("你好" * 5))
    result = run("again.wav")
    assert "Left out, because it repeats itself: " + "你好" * 4 in result.stdout
    assert answer("again.wav")["files"][0]["dropped"] == [{"text": "你好" * 4, "reason": "repetition"}]
    assert "Left out, because it repeats itself" in run("--microphone", "again.wav", "--pace", "100").stderr


def test_without_a_microphone_it_says_so() -> None:
    result = run("--microphone", "--device", "no such device", code=1)
    assert "microphone" in result.output
    assert "Listening" not in result.output


def test_listening_is_told_when_sound_is_there(tmp_path: Path) -> None:
    assert run("--microphone", "voice.wav", "--pace", "100").stderr.startswith("Listening")
    (tmp_path / "text.wav").write_text("no sound")
    assert "Listening" not in run("--microphone", "text.wav", code=3).stderr


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--microphone", "voice.wav", "other.wav"),
        ("voice.wav", "--device", "1"),
        ("voice.wav", "--resume"),
        ("voice.wav", "--language", "zz"),
        ("voice.wav", "--language", "fr"),
        ("voice.wav", "--format", "doc"),
        ("voice.wav", "-o", "x.doc"),
        ("voice.wav", "-o", "nowhere/x.csv"),
        ("voice.wav", "--threads", "0"),
        ("voice.wav", "--pace", "0"),
        ("voice.wav", "--account", "shop"),
        ("voice.wav", "--consent", "yes"),
        ("voice.wav", "--hotwords", ",".join(map(str, range(300)))),
        ("voice.wav", "--engine", "siri"),
        ("voice.wav", "--engine", "platform", "--model", "x"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...]) -> None:
    assert run(*arguments, code=2, engine=None if "--engine" in arguments else "sense-voice").output


@pytest.mark.parametrize(
    ("arguments", "option", "partner"),
    [
        (("voice.wav", "--pace", "2"), "--pace", "--microphone FILE"),
        (("--microphone", "--pace", "2"), "--pace", "--microphone FILE"),
        (("voice.wav", "--format", "srt"), "--format", "--out DIR"),
        (("voice.wav", "--resume"), "--resume", "--out DIR"),
        (("--microphone", "--resume", "--out", "out"), "--resume", "FILE without --microphone"),
        (("voice.wav", "--device", "1"), "--device", "--microphone"),
        (("--microphone", "voice.wav", "--device", "1"), "--device", "--microphone without FILE"),
    ],
)
def test_options_that_would_do_nothing_are_refused(arguments: tuple[str, ...], option: str, partner: str) -> None:
    told = run(*arguments, code=2).stderr
    assert f"{option}: does something only with {partner}. What to do: add {partner}, or leave {option} away." in told


def test_failures_that_are_none_of_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("words.txt").write_bytes(b"\xff\xff")
    assert "words.txt" in run("voice.wav", "--hotwords-file", "words.txt", code=1).output
    assert (
        "no-words.txt: cannot be read (No such file or directory)"
        in run("voice.wav", "--hotwords-file", "no-words.txt", code=1).output
    )
    Path("taken").write_text("x")
    assert "taken" in run("voice.wav", "--out", "taken", code=1).output
    monkeypatch.setenv("JIANWEI_MODELS", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert "jianwei models pull sense-voice" in run("voice.wav", code=1).output
    broken = write_model(tmp_path / "broken", sense_voice())
    (broken / "tokens.txt").unlink()
    assert "tokens.txt" in run("voice.wav", "--model", str(broken), code=1).output


def test_when_all_is_written_already_nothing_is_heard_and_nothing_missing(tmp_path: Path) -> None:
    run("voice.wav", "--out", "out")
    again = run("voice.wav", "--out", "out", "--resume")
    assert (again.stdout, again.stderr) == (
        "",
        "Nothing is left to hear: out has the files of every recording already (1).\n",
    )
    (tmp_path / "empty").mkdir()
    assert "No sound and no video was found." in run("empty", "--out", "out", "--resume").stdout


def test_the_platform_without_a_workspace_makes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIANWEI_KEY", KEY.reveal())
    result = run("voice.wav", "-w", "nowhere", code=2, engine="platform")
    assert "nowhere: is no workspace, and so has no account" in result.stderr
    assert not (tmp_path / "nowhere").exists()


def test_hot_words_that_an_engine_does_not_take() -> None:
    Path("words.txt").write_text("﻿龙井\n抹茶粉\n\n", "utf-8")
    assert "takes no hot words" in run("voice.wav", "--hotwords-file", "words.txt").stderr


def test_the_platform_hears_only_with_a_consent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIANWEI_KEY", KEY.reveal())
    platform, app = Platform(), App("wx0123456789abcdef", "secret", "service")
    platform.add(app)
    app.of(Hearing).delay = 0

    class Anything(dict[str, str]):
        def get(self, *_: object) -> str:  # type: ignore[override]
            return "我要两盒龙井"

    app.of(Hearing).texts = Anything()
    with running(platform) as url:
        keep(tmp_path / "shop", account("shop", "service", url, app.app_id))
        refused = run("voice.wav", "-w", "shop", engine="platform", code=2)
        assert "consent" in refused.output
        assert app.of(Hearing).voices == {}
        empty = run("voice.wav", "-w", "shop", "--consent", " ", engine="platform", code=2)
        assert "consent" in empty.output
        found = answer("voice.wav", "-w", "shop", "--consent", "notice 4, agreed at sign-up", engine="platform")
        assert found["files"][0]["text"] == "我要两盒龙井"
        again = answer("voice.wav", "-w", "shop", engine="platform")  # it is on record now
        assert again["model"]["name"] == "wechat-voice"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_words(language: str) -> None:
    from typing import get_args

    assert all(catalog(language).has(f"speech.dropped.{reason}") for reason in get_args(Reason))


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_speaks_both_languages(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", language)
    shown = run("voice.wav").stdout
    assert ("录音 1 段" in shown) == (language == "zh_CN")
