"""The operational state: what the workspace remembers beside the records themselves."""

from jianwei.store.state.accounts import ACCOUNT_KINDS, Account, AccountKind, AccountTable, NoAccountError
from jianwei.store.state.database import now_us, open_database
from jianwei.store.state.downloads import DownloadTable, MediaDownload
from jianwei.store.state.leases import Lease, hold
from jianwei.store.state.logins import GrantTable, LoginTable
from jianwei.store.state.records import InputState, Quarantined, State
from jianwei.store.state.resealing import reseal
from jianwei.store.state.tokens import TokenTable

__all__ = [
    "ACCOUNT_KINDS",
    "Account",
    "AccountKind",
    "AccountTable",
    "DownloadTable",
    "GrantTable",
    "InputState",
    "Lease",
    "LoginTable",
    "MediaDownload",
    "NoAccountError",
    "Quarantined",
    "State",
    "TokenTable",
    "hold",
    "now_us",
    "open_database",
    "reseal",
]
