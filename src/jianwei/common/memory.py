"""How much memory there is for processes here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["group_memory", "usable_memory"]


def usable_memory() -> int | None:
    """Bytes of memory of the machine, or of the container or service that this process runs in where that may take less; None where
    the system does not tell.
    """
    try:
        machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
    limit = group_memory()
    return machine if limit is None else min(machine, limit)


def group_memory(groups: Path = Path("/sys/fs/cgroup"), mine: Path = Path("/proc/self/cgroup")) -> int | None:
    """The smallest limit in bytes of Linux' control groups around a process; None where there is none. Version 1 says "no limit" by a
    number beyond every memory.

    Source: "Control Group v2" and "Memory Resource Controller" in the documentation of the Linux kernel.

    Args:
        groups: where the control groups are mounted.
        mine: the file that says which of them are the process's; a container may see paths in it that are not there: then the limit
            at the top is its own.
    """
    try:
        lines = mine.read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return None
    return min((limit for line in lines for limit in _limits(groups, line)), default=None)


def _limits(groups: Path, line: str) -> Iterator[int]:
    """The limits of a group and of those around it; the line is "number:controllers:path"."""
    _, _, said = line.partition(":")
    controllers, _, path = said.partition(":")
    if not controllers:  # version 2 has all in one tree
        top, name = groups, "memory.max"
    elif "memory" in controllers.split(","):
        top, name = groups / "memory", "memory.limit_in_bytes"
    else:
        return
    group = top.joinpath(*(part for part in path.split("/") if part not in ("", "..")))
    for level in (group, *group.parents):
        if not level.is_relative_to(top):
            return
        try:
            yield int((level / name).read_text("ascii"))
        except (OSError, ValueError):  # it is not there, or says "max"
            continue
