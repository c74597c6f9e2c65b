"""Settings: who goes before whom, what is refused and in whose name, and secrets that show themselves nowhere."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback
from dataclasses import FrozenInstanceError, asdict, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.errors import SettingsError
from jianwei.settings import Secret, Settings, read_settings

VALUE = "hunter2-geheim-秘密"


def write(folder: Path, text: str | bytes) -> Path:
    data = text.encode() if isinstance(text, str) else text
    (folder / "jianwei.toml").write_bytes(data)
    return folder


def test_defaults_need_neither_file_nor_environment() -> None:
    assert read_settings(environment={}) == Settings()
    assert Settings().timezone == "Asia/Shanghai"
    assert Settings().processes >= 1


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("account", ("local", "from-file", "from-env", "from-call")),
        ("timezone", ("Asia/Shanghai", "UTC", "Europe/Berlin", "Asia/Tokyo")),
        ("language", (None, "zh_CN", "en", "zh_CN")),
        ("workers", (0, 1, 2, 3)),
    ],
)
def test_file_environment_and_arguments_go_before_each_other_in_this_order(
    tmp_path: Path, name: str, values: tuple[Any, ...]
) -> None:
    default, in_file, in_environment, in_call = values
    empty, full = tmp_path / "empty", tmp_path / "full"
    empty.mkdir()
    full.mkdir()
    write(full, f"{name} = {json.dumps(in_file)}\n")
    env = {f"JIANWEI_{name.upper()}": str(in_environment)}

    def seen(folder: Path, environment: dict[str, str], given: Any) -> Any:
        return getattr(read_settings(folder, environment=environment, arguments={name: given}), name)

    assert seen(empty, {}, None) == default
    assert seen(full, {}, None) == in_file
    assert seen(full, env, None) == in_environment
    assert seen(full, env, in_call) == in_call
    assert seen(empty, env, None) == in_environment
    assert seen(full, {}, in_call) == in_call


def test_environment_of_the_process_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIANWEI_ACCOUNT", "shop")
    assert read_settings().account == "shop"


def test_places_keep_the_settings_that_others_do_not_name(tmp_path: Path) -> None:
    write(tmp_path, 'account = "a"\nworkers = 4\n')
    got = read_settings(tmp_path, environment={"JIANWEI_TIMEZONE": "UTC"}, arguments={"language": "en"})
    assert got == Settings(account="a", workers=4, timezone="UTC", language="en")


def test_file_of_a_windows_editor_with_its_mark_in_front_is_read(tmp_path: Path) -> None:
    assert read_settings(write(tmp_path, b'\xef\xbb\xbfaccount = "shop"\n'), environment={}).account == "shop"


def test_other_variables_are_none_of_our_business() -> None:
    assert read_settings(environment={"JIANWEI_DATA": "/data", "TIMEZONE": "Mars"}) == Settings()


@pytest.mark.parametrize(
    "text",
    [
        'colour = "red"\n',
        "account = \n",
        'workers = "many"\n',
        "workers = 1.5\n",
        "workers = -1\n",
        "timezone = 8\n",
        'timezone = "Mars/Phobos"\n',
        'timezone = ""\n',
        'timezone = "../../etc/passwd"\n',
        'timezone = "Asia"\n',
        'language = "fr"\n',
        '[account]\nname = "x"\n',
        "account = 2024-01-01\n",
        b'account = "\xb5\xea\xc6\xcc"\n',
        b"\0\0\0",
    ],
)
def test_wrong_file_is_refused_with_our_error(tmp_path: Path, text: str | bytes) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(write(tmp_path, text), environment={})
    assert caught.value.what


def test_errors_name_the_place_and_the_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as in_file:
        read_settings(write(tmp_path, 'workers = "many"\n'), environment={})
    assert in_file.value.where == f"{tmp_path / 'jianwei.toml'}: workers"
    with pytest.raises(SettingsError) as in_environment:
        read_settings(environment={"JIANWEI_WORKERS": "many"})
    assert in_environment.value.where == "environment: workers"
    with pytest.raises(SettingsError) as in_call:
        read_settings(environment={}, arguments={"workers": "many"})
    assert in_call.value.where == "argument: workers"


def test_unknown_names_are_refused_wherever_they_stand(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="'colour'") as in_file:
        read_settings(write(tmp_path, 'colour = "red"\n'), environment={})
    with pytest.raises(SettingsError, match="'colour'") as in_call:
        read_settings(environment={}, arguments={"colour": "red"})
    assert "timezone" in in_file.value.hint
    assert "timezone" in in_call.value.hint


def test_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "jianwei.toml").mkdir()
    with pytest.raises(SettingsError):
        read_settings(tmp_path, environment={})


def test_settings_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().account = "x"  # type: ignore[misc]


# --- secrets ---------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["environment", "file", "argument", "secret"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    if request.param == "environment":
        return read_settings(environment={"JIANWEI_KEY": VALUE, "JIANWEI_STATE_URL": VALUE})
    if request.param == "file":
        return read_settings(write(tmp_path, f'key = "{VALUE}"\nstate_url = "{VALUE}"\n'), environment={})
    wrap = Secret if request.param == "secret" else str
    return read_settings(environment={}, arguments={"key": wrap(VALUE), "state_url": wrap(VALUE)})


def test_secret_is_revealed_only_when_asked(settings: Settings) -> None:
    assert isinstance(settings.key, Secret)
    assert isinstance(settings.state_url, Secret)
    assert settings.key.reveal() == settings.state_url.reveal() == VALUE


def test_secret_never_prints(
    settings: Settings, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    key = settings.key
    logger = logging.getLogger("test")
    with caplog.at_level(logging.DEBUG):
        logger.warning("key %s %r %s", key, key, settings)
        logger.warning(f"{key} {settings}")
    print(key, settings, [key], {"key": key})
    shown = [
        repr(key), str(key), f"{key}", f"{key!r}", f"{key!s:>40}", f"{key:>40}", "%s|%r" % (key, key), "{}{!r}".format(key, key),  # noqa: UP031, UP032
        repr(settings), str(settings), f"{settings}", repr([key]), repr({"a": key}), repr(replace(settings, account="b")),
        caplog.text, capsys.readouterr().out,
    ]  # fmt: skip
    assert not [text for text in shown if VALUE in text or "hunter2" in text]
    assert all("********" in text for text in shown)


@pytest.mark.parametrize(
    "leak",
    [
        pickle.dumps,
        lambda value: pickle.dumps(value, protocol=0),
        copy.deepcopy,
        copy.copy,
        json.dumps,
        msgspec.json.encode,
        vars,
        lambda value: value + "",
        lambda value: "".join([value]),
        bytes,
        iter,
        len,
    ],
)
def test_secret_goes_into_nothing_that_copies_or_writes_values(leak: Any) -> None:
    secret = Secret(VALUE)
    try:
        left = leak(secret)
    except Exception as error:
        left = "".join(traceback.format_exception(error))
    assert "hunter2" not in repr(left)


@pytest.mark.parametrize("leak", [asdict, pickle.dumps, copy.deepcopy, msgspec.json.encode])
def test_settings_with_secrets_are_not_written_out(leak: Any) -> None:
    with pytest.raises(TypeError) as caught:
        leak(Settings(key=Secret(VALUE)))
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


def test_errors_beside_a_secret_do_not_show_it(tmp_path: Path) -> None:
    write(tmp_path, f'key = "{VALUE}"\nworkers = "many"\n')
    with pytest.raises(SettingsError) as caught:
        read_settings(tmp_path, environment={"JIANWEI_STATE_URL": VALUE})
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


def test_equal_secrets_are_equal_and_hash_alike() -> None:
    assert Secret("a") == Secret("a")
    assert hash(Secret("a")) == hash(Secret("a"))
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"


@given(st.text("abcdefghijk0123456789", min_size=12))
def test_no_secret_shows_in_settings(value: str) -> None:
    shown = Settings(key=Secret(value), state_url=Secret(value))
    assert value not in f"{shown!r} {shown} {shown.key} {shown.key!r} {shown.key:>80}"
