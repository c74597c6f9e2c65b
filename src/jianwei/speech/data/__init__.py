"""Data that ship with this room; see the lock file of `jianwei.models`."""

__all__: list[str] = []
