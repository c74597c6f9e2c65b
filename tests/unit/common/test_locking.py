"""Lock files: one at a time, also where the file goes with its holder."""

import threading
import time
from pathlib import Path

import pytest

from jianwei.common.locking import locked_file


@pytest.mark.parametrize("passing", [False, True])
def test_one_at_a_time(tmp_path: Path, passing: bool) -> None:
    path, inside, most = tmp_path / "lock", [0], [0]

    def work() -> None:
        for _ in range(30):
            with locked_file(path, passing=passing):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0.0005)
                inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]
    assert path.exists() is not passing


def test_an_error_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with pytest.raises(ValueError, match="mine"), locked_file(path, passing=True):
        raise ValueError("mine")
    assert not path.exists()
    with locked_file(path, passing=True):
        assert path.exists()


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"), locked_file(tmp_path / "nowhere" / "lock"):
        pass
