"""The operational state: what the workspace remembers beside the records themselves."""

from jianwei.store.state.database import now_us, open_database
from jianwei.store.state.leases import Lease, hold
from jianwei.store.state.records import InputState, Quarantined, State

__all__ = ["InputState", "Lease", "Quarantined", "State", "hold", "now_us", "open_database"]
