"""The application: the webhook in front, Litestar for everything else, the same headers and the same shape of errors everywhere."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Litestar, Request, Response, get
from litestar.datastructures import State
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from jianwei import __version__
from jianwei.web import wechat
from jianwei.web._site import Site
from jianwei.web.faults import HANDLERS
from jianwei.web.guard import App, guarded
from jianwei.web.webhook import MOST_BYTES, Callbacks

__all__ = ["Site", "create_app"]


@get("/health", exclude_from_auth=True)
async def health(request: Request[Any, Any, State]) -> Response[dict[str, str]]:
    """200 while the store can be used, 503 otherwise."""
    site: Site = request.app.state.site
    await asyncio.to_thread(site.healthy)
    return Response({"status": "ok", "version": __version__})


def create_app(site: Site) -> App:
    """An ASGI application that serves `site`. It keeps no state of its own: any number of them may run side by side."""
    rest = Litestar(
        [health, *wechat.HANDLERS],
        state=State({"site": site}),
        exception_handlers=dict(HANDLERS),
        request_max_body_size=MOST_BYTES,
        openapi_config=None,
        logging_config=None,
    )
    # A proxy on this machine says under which scheme and address it was asked.
    proxied = ProxyHeadersMiddleware(rest, trusted_hosts="127.0.0.1")  # type: ignore[arg-type]
    return Callbacks(site.accounts, guarded(proxied, site.hosts))  # type: ignore[arg-type]
