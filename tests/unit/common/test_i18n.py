"""Words: both languages say the same things with the same figures, and values are never read as templates."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.common.i18n import LANGUAGES, Catalog, catalog, guess_language


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def rooms(language: str) -> set[str]:
    return {file.name for file in files("jianwei.locale").joinpath(language).iterdir() if file.name.endswith(".toml")}


def test_both_languages_have_the_same_rooms_and_keys() -> None:
    chinese, english = (catalog(language).entries for language in LANGUAGES)
    assert rooms("zh_CN") == rooms("en")
    assert chinese.keys() == english.keys()


def test_both_languages_have_the_same_placeholders() -> None:
    chinese, english = (catalog(language).entries for language in LANGUAGES)
    different = {
        key: (chinese[key], english[key])
        for key in chinese.keys() & english.keys()
        if placeholders(chinese[key]) != placeholders(english[key])
    }
    assert different == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entry_is_a_text_that_can_be_filled_in(language: str) -> None:
    for file in files("jianwei.locale").joinpath(language).iterdir():
        if file.name.endswith(".toml"):
            tomllib.loads(file.read_text("utf-8"))
    for key, template in catalog(language).entries.items():
        assert template.strip(), key
        names = placeholders(template)
        assert all(name.isidentifier() for name in names), key


def test_keys_are_the_room_and_the_path_inside_its_file() -> None:
    for room in rooms("en"):
        assert any(key.startswith(f"{room.removesuffix('.toml')}.") for key in catalog("en").entries)


def test_text_fills_in_figures_and_names() -> None:
    words = Catalog("en", {"a.rows": "{rows:,} rows of {name}", "a.plain": "done"})
    assert words.text("a.rows", rows=12_000, name="店铺") == "12,000 rows of 店铺"
    assert words.text("a.plain") == "done"
    assert words.text("a.rows", rows=1, name="x", more=2) == "1 rows of x"
    assert words.has("a.plain")
    assert not words.has("a.none")


def test_missing_keys_and_figures_are_errors() -> None:
    words = Catalog("en", {"a": "{rows} rows"})
    with pytest.raises(KeyError):
        words.text("b")
    with pytest.raises(KeyError):
        words.text("a", row=1)


@given(st.text())
def test_values_are_never_read_as_templates(value: str) -> None:
    assert Catalog("en", {"a": "<{name}>"}).text("a", name=value) == f"<{value}>"


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh_CN"),
        ({"LANG": "zh"}, "zh_CN"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh_CN"),
        ({"LC_MESSAGES": "zh_CN", "LC_ALL": "de_DE"}, "en"),
        ({"LC_ALL": "", "LC_MESSAGES": "", "LANG": "ZH_cn"}, "zh_CN"),
    ],
)
def test_language_of_the_environment(environment: dict[str, str], language: str) -> None:
    assert guess_language(environment) == language
