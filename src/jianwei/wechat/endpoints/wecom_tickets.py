"""WeCom: tickets that pages sign with."""

from __future__ import annotations

from typing import Generic

from jianwei.wechat.areas import Area, Mode, method
from jianwei.wechat.endpoints.tokens import IssuedTicket
from jianwei.wechat.request import Host, Request, get

__all__ = ["CorpTickets", "GetAgentTicket", "GetCorpTicket"]


@get("/cgi-bin/get_jsapi_ticket", area="tickets", host=Host.WECOM)
class GetCorpTicket(Request[IssuedTicket], frozen=True):
    """The corp's ticket, for `wx.config`; keep it like a token."""


@get("/cgi-bin/ticket/get", area="tickets", host=Host.WECOM, fixed={"type": "agent_config"}, errors=(40035,))
class GetAgentTicket(Request[IssuedTicket], frozen=True):
    """The application's ticket, for `wx.agentConfig`."""


class CorpTickets(Area[Mode], Generic[Mode]):
    """`client.tickets`"""

    corp = method(GetCorpTicket)
    agent = method(GetAgentTicket)
