"""Tickets of a corp and of its applications."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jianwei.sandbox.platform.corp import corp_of
from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import Visit
from jianwei.wechat.endpoints import wecom_tickets as api
from jianwei.wechat.endpoints.tokens import IssuedTicket

__all__ = ["HANDLERS", "TicketBook"]

LIFE = 7_200


@dataclass(slots=True)
class TicketBook:
    """Tickets by whom they are for, kept by `platform.of(TicketBook)`: (ticket, its last second)."""

    issued: dict[str, tuple[str, int]] = field(default_factory=dict)


def _ticket(visit: Visit, owner: str) -> IssuedTicket:
    book = visit.platform.of(TicketBook)
    value, end = book.issued.get(owner, ("", 0))
    if end <= visit.now:
        value, end = visit.platform.name(86), visit.now + LIFE
        book.issued[owner] = value, end
    return IssuedTicket(value, end - visit.now)


def corp(visit: Visit, call: api.GetCorpTicket) -> IssuedTicket:
    return _ticket(visit, corp_of(visit).corp_id)


def agent(visit: Visit, call: api.GetAgentTicket) -> IssuedTicket:
    return _ticket(visit, visit.app.app_id)


HANDLERS: Mapping[type, Handler] = {api.GetCorpTicket: corp, api.GetAgentTicket: agent}
