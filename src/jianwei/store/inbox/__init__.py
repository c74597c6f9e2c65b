"""Deliveries of the webhook, kept before they are acknowledged."""

from jianwei.store.inbox.postgres import PostgresInbox
from jianwei.store.inbox.remote import RemoteInbox
from jianwei.store.inbox.serving import serve_inbox
from jianwei.store.inbox.waiting import Waiting
from jianwei.store.inbox.writer import WriterInbox

__all__ = ["PostgresInbox", "RemoteInbox", "Waiting", "WriterInbox", "serve_inbox"]
