"""The explorer's server: on this machine alone, for whoever has the token, and nothing leaves the browser."""

from __future__ import annotations

import os
import secrets
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

import uvicorn
from starlette.datastructures import MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orchestration.settings import NotDone

HOST = "127.0.0.1"
NOTEBOOK = Path(__file__).with_name("notebook.py")
MARIMO = {"MARIMO_RESTRICT_SHARING": "true"}
"""Nothing of the page is offered to be put on the web. Its settings and its log are in a folder that goes when it ends."""
STYLE = """<style title="marimo-custom">
[role="tablist"] { flex-wrap: wrap; height: auto !important; max-height: none !important; justify-content: start }
[data-testid="notebook-actions-dropdown"] { display: none }
</style>"""
"""All pages are in sight on a phone; none is saved as HTML, which would ask the web for its scripts whenever it is opened."""
HEADERS = {
    "content-security-policy": "default-src 'self' data: blob:; script-src 'self' 'unsafe-inline' blob:; script-src-attr 'none'; "
    "style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; form-action 'self'; base-uri 'self'",
    "referrer-policy": "no-referrer",
}
"""With every answer: the page loads nothing from elsewhere, whatever a text in it says, and tells nobody where it was."""
PROGRAM = "/assets/"
"""What a browser may keep on its disk: marimo's files, which tell of nobody."""


def serve(port: int, ready: Callable[[str], None]) -> None:
    """Serves the page until it is ended; `ready` is told its address, which holds the token. Port 0 is any that is free.

    Raises:
        NotDone: the extra is not installed, or the port is taken.
    """
    with socket.socket() as listening, tempfile.TemporaryDirectory(prefix="groundswell-") as folder:
        os.environ |= MARIMO | dict.fromkeys(("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"), folder)
        try:
            import marimo
        except ImportError:
            raise NotDone("the explorer needs what the extra `explore` installs: pip install '.[explore]'") from None
        import orchestration.publishing.explorer.parts  # noqa: F401  # else the first page waits for it

        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, port))
        except OSError as error:
            raise NotDone(f"port {port} cannot be listened on ({error.strerror}): name another with --port") from None
        token = secrets.token_urlsafe(24)
        app = marimo.create_asgi_app(quiet=True, token=token, html_head=STYLE).with_app(path="/", root=str(NOTEBOOK)).build()
        ready(f"http://{HOST}:{listening.getsockname()[1]}/?access_token={token}")
        uvicorn.Server(uvicorn.Config(guarded(app), log_level="error", timeout_graceful_shutdown=1)).run(sockets=[listening])


def guarded(app: ASGIApp) -> ASGIApp:
    """The app, for requests to this machine's name alone, with HEADERS on each answer."""

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = {} if scope["path"].startswith(PROGRAM) else {"cache-control": "no-store"}
                MutableHeaders(scope=message).update(HEADERS | kept)
            await send(message)

        await app(scope, receive, with_headers)

    return TrustedHostMiddleware(answered, allowed_hosts=[HOST])
