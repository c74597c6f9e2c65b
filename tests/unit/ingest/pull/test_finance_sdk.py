"""The loader of the archive's library, on a small library in C with the same functions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.archive_sdk import compiled

from jianwei.errors import UsageError
from jianwei.ingest.pull.archive import SdkError, media_bytes
from jianwei.ingest.pull.finance_sdk import FinanceSdk
from jianwei.settings import Secret

SECRET = Secret("archive-secret")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = compiled(tmp_path_factory.mktemp("sdk"))
    return made or pytest.skip("no C compiler here")


def test_calls_reach_the_library_and_answers_come_back(library: Path) -> None:
    with FinanceSdk(library, "ww1", SECRET, timeout=7, proxy="socks5://p") as sdk:
        page = json.loads(sdk.get_chat_data(2**40 + 5, 1_000))
        assert (page["seq"], page["limit"], page["timeout"], page["proxy"]) == (2**40 + 5, 1_000, 7, "socks5://p")
        assert json.loads(sdk.decrypt("k", "密文")) == {"key": "k", "message": "密文"}


def test_files_come_chunk_by_chunk_with_zero_bytes(library: Path) -> None:
    with FinanceSdk(library, "ww1", SECRET) as sdk:
        assert b"".join(media_bytes(sdk, "f1")) == b"a\0b\0c\0"
        with pytest.raises(SdkError, match="10005"):
            list(media_bytes(sdk, "f2"))


def test_refusals_keep_their_code(library: Path) -> None:
    with FinanceSdk(library, "ww1", SECRET) as sdk:
        for call, code in ((lambda: sdk.get_chat_data(99, 1), 10001), (lambda: sdk.decrypt("bad", "x"), 10006)):
            with pytest.raises(SdkError) as error:
                call()
            assert error.value.code == code
    with pytest.raises(SdkError) as refused:
        FinanceSdk(library, "ww1", Secret("wrong-archive-secret"))
    assert refused.value.code == 10000
    assert "wrong-archive-secret" not in str(refused.value)


def test_a_file_that_is_no_such_library_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.so"
    other.write_bytes(b"not a library")
    for path in (other, tmp_path / "missing.so"):
        with pytest.raises(UsageError, match="--archive-sdk"):
            FinanceSdk(path, "ww1", SECRET)


def test_a_closed_one_closes_again_without_harm(library: Path) -> None:
    sdk = FinanceSdk(library, "ww1", SECRET)
    sdk.close()
    sdk.close()
