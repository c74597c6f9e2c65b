"""`pull`: the account's client, its parts, and the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from jianwei.common.progress import Progress
from jianwei.errors import InputError, UsageError
from jianwei.ingest.pull import Part, PullOptions, PullReport, pull
from jianwei.store import Account
from jianwei.store.secrets import Vault
from jianwei.workspace.accounts import open_account
from jianwei.workspace.clients import client_of
from jianwei.workspace.workspace import Workspace

__all__ = ["ArchiveOptions", "pull_official_account", "pull_wecom", "pull_weibo"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveOptions:
    """How to read WeCom's archive.

    Attributes:
        sdk: the platform's library for this system.
        keys: version of the public key → file with its private key.
        account: name of the account whose secret opens the archive; None is the pulled account itself.
        media: whether files are fetched, too.
        proxy: as the library takes it, "" for none.
    """

    sdk: Path
    keys: Mapping[int, Path] = field(default_factory=dict)
    account: str | None = None
    media: bool = False
    proxy: str = ""


def pull_official_account(
    ws: Workspace, name: str | None, options: PullOptions, progress: Progress | None = None
) -> PullReport:
    """Followers, tags, articles, comments, statistics and records of customer service of one account.

    Raises:
        UsageError: the account is missing or of another kind; a part is unknown.
        ApiError: the platform refuses the account or this server's address.
    """
    from jianwei.ingest.pull.official import official_parts
    from jianwei.ingest.pull.polite import Polite

    account = open_account(ws, name, ("official", "service"))
    with client_of(account, ws.store.tokens(Vault(ws.settings.key))) as client:
        parts = official_parts(Polite(client, options.now, options.sleep))
        return pull(parts, account=account.name, store=ws.store, options=options, progress=progress)


def pull_wecom(
    ws: Workspace,
    name: str | None,
    options: PullOptions,
    archive: ArchiveOptions | None = None,
    progress: Progress | None = None,
) -> PullReport:
    """Members, contacts, customer groups and figures of a corp; its archive where a library for it is given.

    Raises:
        UsageError: the account is missing or of another kind; a part is unknown; the library or a key does not serve.
        ApiError: the platform refuses the account or this server's address.
    """
    from jianwei.ingest.pull.polite import Polite
    from jianwei.ingest.pull.wecom import wecom_parts

    account = open_account(ws, name, ("wecom",))
    tokens = ws.store.tokens(Vault(ws.settings.key))
    with ExitStack() as stack:
        client = stack.enter_context(client_of(account, tokens))
        parts = dict(wecom_parts(Polite(client, options.now, options.sleep)))
        if archive is not None:
            opener = account if archive.account is None else open_account(ws, archive.account, ("wecom",))
            parts |= _archive_parts(ws, account, opener, archive, options, stack)
        return pull(parts, account=account.name, store=ws.store, options=options, progress=progress)


def _archive_parts(
    ws: Workspace,
    account: Account,
    opener: Account,
    archive: ArchiveOptions,
    options: PullOptions,
    stack: ExitStack,
) -> Mapping[str, Part]:
    from jianwei.ingest.pull.archive import ArchiveKeys, archive_part
    from jianwei.ingest.pull.archive_files import keeper
    from jianwei.ingest.pull.finance_sdk import FinanceSdk
    from jianwei.ingest.pull.polite import Polite
    from jianwei.ingest.pull.wecom import PlatformAgreements, rooms_part

    if opener.secret is None:
        raise UsageError(f"account {opener.name}", "has no secret", "give it one with `jianwei accounts add`")
    keys = ArchiveKeys({version: _read(path) for version, path in archive.keys.items()})
    sdk = stack.enter_context(FinanceSdk(archive.sdk, opener.app_id, opener.secret, proxy=archive.proxy))
    client = stack.enter_context(client_of(opener, ws.store.tokens(Vault(ws.settings.key))))
    caller = Polite(client, options.now, options.sleep)
    keep = keeper(ws.store, account.name) if archive.media else None
    return {
        "archive": archive_part(sdk, keys, PlatformAgreements(caller), keep=keep, sleep=options.sleep),
        "rooms": rooms_part(caller),
    }


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(str(path), f"cannot be read ({error.strerror})", "name the file of the private key") from None


def pull_weibo(
    ws: Workspace,
    name: str | None,
    posts: Sequence[str],
    options: PullOptions,
    progress: Progress | None = None,
) -> PullReport:
    """Comments under microblogs: those named by id or address, and those of earlier pulls.

    Raises:
        UsageError: the account is missing or nobody has logged in; there is no microblog to read.
        ApiError: the platform refuses the account.
    """
    from jianwei.ingest.pull.running import position_name
    from jianwei.ingest.pull.weibo import weibo_parts
    from jianwei.ingest.pull.weibo_client import mid_of
    from jianwei.workspace.weibo_login import weibo_client

    account = open_account(ws, name, ("weibo",))
    mids = [mid_of(post) for post in posts]
    if not mids and ws.store.state.position(position_name(account.name, "comments")) is None:
        raise UsageError("--post", "there is no microblog to read", "name one by its address or id")
    with weibo_client(ws, account) as client:
        parts = weibo_parts(client, mids, account.attrs.get("uid", ""))
        return pull(parts, account=account.name, store=ws.store, options=options, progress=progress)
