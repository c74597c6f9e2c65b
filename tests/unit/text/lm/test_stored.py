"""The file of a model: the same after loading, refused when it is something else, harmless when it is damaged."""

from __future__ import annotations

from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.errors import InputError, UsageError
from jianwei.text.lm.model import LanguageModel

TEXTS = ["今天天气很好", "今天天气不错", "a𠮷", "明天上午开会"]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lm") / "model.lm"
    LanguageModel(4, prune=1e-6).fit(TEXTS).save(path)
    return path


def test_a_loaded_model_is_the_one_that_was_saved(file: Path) -> None:
    made, loaded = LanguageModel(4, prune=1e-6).fit(TEXTS), LanguageModel.load(file, check=True)
    assert (loaded.order, loaded.prune, loaded.facts) == (made.order, made.prune, made.facts)
    assert loaded.identity == made.identity
    assert loaded.vocabulary == made.vocabulary
    for context in ("", "今天", "没"):
        assert loaded.next(context, 99) == made.next(context, 99)
    assert loaded.score(TEXTS).tolist() == made.score(TEXTS).tolist()


@pytest.mark.parametrize("order", [1, 2, 12])
def test_every_order_can_be_kept(order: int, tmp_path: Path) -> None:
    LanguageModel(order).fit(TEXTS).save(tmp_path / "m")
    assert LanguageModel.load(tmp_path / "m", check=True).next("今", 3) == LanguageModel(order).fit(TEXTS).next("今", 3)


def test_arrays_are_mapped_and_not_written_to(file: Path) -> None:
    trie = LanguageModel.load(file)._model().trie
    for array in (trie.starts, trie.characters, trie.costs, trie.backs):
        assert not array.flags.owndata
        assert not array.flags.writeable


def test_saving_over_a_mapped_model_does_not_disturb_it(tmp_path: Path) -> None:
    path = tmp_path / "m"
    LanguageModel(3).fit(TEXTS).save(path)
    old = LanguageModel.load(path)
    before = old.next("今天", 5)
    LanguageModel(2).fit(["完全不同的话" * 50]).save(path)
    assert old.next("今天", 5) == before
    assert LanguageModel.load(path).order == 2
    assert [entry.name for entry in tmp_path.iterdir()] == ["m"]


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        LanguageModel(2).fit(TEXTS).save(tmp_path / "no" / "folder")


@pytest.mark.parametrize(
    "content",
    [b"", b"jianwei.lm\n", b"jianwei.lm\n\x01" + bytes(8), b"x" * 4096, b"jianwei.lm\n\x02" + bytes(500)],
)
def test_other_files_are_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(content)
    with pytest.raises(InputError):
        LanguageModel.load(tmp_path / "m")


def test_places_without_a_file(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(InputError, match="cannot be read"):
            LanguageModel.load(path)


def with_header(data: bytes, change: object) -> bytes:
    """The file with its header changed and the checksum mended, as somebody with bad intent would write it."""
    length = int.from_bytes(data[12:16], "little")
    header = change(data[20 : 20 + length])  # type: ignore[operator]
    end = 20 + length
    front = data[:12] + len(header).to_bytes(4, "little") + crc32(header).to_bytes(4, "little") + header
    return front + b" " * (-len(front) % 64) + data[end + -end % 64 :]


@pytest.mark.parametrize(
    "change",
    [
        lambda h: h.replace(b'"nodes":', b'"nodes":9'),
        lambda h: h.replace(b'"nodes":', b'"nodes":-'),
        lambda h: h.replace(b'"inner":', b'"inner":9'),
        lambda h: h.replace(b'"grams":[', b'"grams":[0,'),
        lambda h: h.replace(b'"grams":[', b'"grams":[99999999999999999999,'),
        lambda h: h[: h.index(b'"grams":[') + 9] + h[h.index(b"]", h.index(b'"grams":[')) :],
        lambda h: h.replace("天".encode(), "今".encode()),
        lambda h: h.replace("天".encode(), b""),
        lambda h: h.replace("天".encode(), b"\\ud800"),
        lambda h: b"[" * 100_000,
        lambda h: b"{}",
        lambda h: b"",
    ],
)  # fmt: skip
def test_headers_that_lie_are_refused(file: Path, change: object, tmp_path: Path) -> None:
    data = file.read_bytes()
    assert with_header(data, lambda h: h) == data
    (tmp_path / "m").write_bytes(with_header(data, change))
    with pytest.raises(InputError):
        LanguageModel.load(tmp_path / "m")


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_damage_is_found_or_harmless(file: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    whole = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 40))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("damaged") / "m"
    path.write_bytes(whole)
    try:
        model = LanguageModel.load(path)
    except InputError:
        return
    for context in ("", "今天天", "气很好", "a𠮷"):
        assert len(model.next(context, 5)) == 5
        assert np.isfinite(model.expect(context)).all()
    assert (model.score([*TEXTS, "没有见过"]) <= 0).all()
    if bytes(whole) != file.read_bytes():
        with pytest.raises(InputError):
            LanguageModel.load(path, check=True)


def test_a_file_that_was_cut_is_refused(file: Path, tmp_path: Path) -> None:
    data = file.read_bytes()
    for end in range(0, len(data), 41):
        (tmp_path / "m").write_bytes(data[:end])
        with pytest.raises(InputError):
            LanguageModel.load(tmp_path / "m")
