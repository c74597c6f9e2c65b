"""Limits of containers, read from files as Linux lays them out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jianwei.common.memory import group_memory, usable_memory

NO_LIMIT = "9223372036854771712"  # of version 1


def limit(folder: Path, mine: str, files: dict[str, str]) -> int | None:
    """The limit where the process's groups are `mine` and the tree holds these files."""
    for path, content in files.items():
        file = folder / "cgroup" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content + "\n", "ascii")
    (folder / "mine").write_text(mine, "utf-8")
    return group_memory(folder / "cgroup", folder / "mine")


@pytest.mark.parametrize(
    ("mine", "files", "expected"),
    [
        ("0::/\n", {"memory.max": "2147483648"}, 2 << 30),  # a container
        ("0::/\n", {"memory.max": "max"}, None),
        ("0::/\n", {}, None),  # the root group of a machine has no such file
        ("0::/a.slice/b.service\n", {"a.slice/b.service/memory.max": "1000", "a.slice/memory.max": "2000"}, 1000),
        ("0::/a.slice/b.service\n", {"a.slice/b.service/memory.max": "max", "a.slice/memory.max": "2000"}, 2000),
        ("0::/a\n", {"b/memory.max": "1000"}, None),  # somebody else's
        ("5:cpu:/\n4:memory:/\n", {"memory/memory.limit_in_bytes": "3000", "memory.max": "1"}, 3000),
        ("4:hugetlb,memory:/docker/12\n0::/\n", {"memory/memory.limit_in_bytes": "3000"}, 3000),  # the path of the host
        ("4:memory:/d/e\n", {"memory/d/memory.limit_in_bytes": "3000"}, 3000),
        ("4:memory:/\n", {"memory/memory.limit_in_bytes": NO_LIMIT}, int(NO_LIMIT)),
        ("4:cpu:/\n", {"memory/memory.limit_in_bytes": "3000"}, None),
        ("0::/../..\n", {"memory.max": "4000"}, 4000),
        ("0::/a:b\n", {"a:b/memory.max": "4000"}, 4000),
        ("nonsense\n\n:\n", {"memory.max": "no number"}, None),
    ],
)
def test_the_smallest_limit_around_the_process_counts(
    tmp_path: Path, mine: str, files: dict[str, str], expected: int | None
) -> None:
    assert limit(tmp_path, mine, files) == expected


def test_where_there_are_no_control_groups(tmp_path: Path) -> None:
    assert group_memory(tmp_path, tmp_path / "absent") is None


@pytest.mark.skipif(not hasattr(os, "sysconf"), reason="this system does not tell")
def test_never_more_than_the_machine_has() -> None:
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert 0 < (usable_memory() or 0) <= machine
