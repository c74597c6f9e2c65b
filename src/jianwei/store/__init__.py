"""The store: Delta tables for records and annotations, a SQL database for everything operational."""

from jianwei.store.lake import Appended, Lake
from jianwei.store.snapshot import Snapshot, TableSnapshot
from jianwei.store.state import InputState, Lease, Quarantined, State, now_us
from jianwei.store.store import Store, open_store

__all__ = [
    "Appended",
    "InputState",
    "Lake",
    "Lease",
    "Quarantined",
    "Snapshot",
    "State",
    "Store",
    "TableSnapshot",
    "now_us",
    "open_store",
]
