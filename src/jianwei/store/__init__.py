"""The store: Delta tables for records and annotations, a SQL database for everything operational."""

from jianwei.store.derived import Derived, DerivedTables
from jianwei.store.lake import Appended, Lake
from jianwei.store.secrets import Vault
from jianwei.store.snapshot import Snapshot, TableSnapshot
from jianwei.store.state import Account, InputState, Lease, MediaDownload, NoAccountError, Quarantined, State, now_us
from jianwei.store.store import Store, open_store

__all__ = [
    "Account",
    "Appended",
    "Derived",
    "DerivedTables",
    "InputState",
    "Lake",
    "Lease",
    "MediaDownload",
    "NoAccountError",
    "Quarantined",
    "Snapshot",
    "State",
    "Store",
    "TableSnapshot",
    "Vault",
    "now_us",
    "open_store",
]
