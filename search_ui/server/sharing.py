"""What other places show of the page: the tags of a shared link.

Gradio writes tags of its own into the page ("Gradio", "Click to try out the app!") and has no
parameter for them, nor for a `<title>` that is there before its script runs. They are replaced as
the page is served.
"""

from __future__ import annotations

import re

from markupsafe import Markup
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from search_ui.rendering import render
from search_ui.server.files import ICON, PREVIEW

TITLE = "Score Sense: is 0.83 a good similarity score?"
DESCRIPTION = (
    "Enter the number your vector search shows and see what it means: which way is better, the "
    "cosine behind it, and how often pairs like it were relevant."
)

PREVIEW_WIDTH, PREVIEW_HEIGHT = 1200, 630  # the shape that previews of links have

GRADIO_TAGS = re.compile(r"""<meta\s+(?:property="og:|name="twitter:)[^>]*>\s*""")
HEAD = "<head>"
_HOST = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


class SharedLinks:
    """An ASGI middleware around the page: its tags are ours."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"].strip("/"):
            await self.app(scope, receive, send)
            return
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        await self.app(scope, receive, keep)
        if answer[0]["status"] == 200:
            body = b"".join(message.get("body", b"") for message in answer[1:])
            await HTMLResponse(with_our_tags(body.decode(), scope))(scope, receive, send)
            return
        for message in answer:
            await send(message)


def with_our_tags(page: str, scope: Scope) -> str:
    """Return a page of Gradio's with our tags instead of its own."""
    before, head, after = GRADIO_TAGS.sub("", page).partition(HEAD)
    return "".join((before, head, shared_tags(scope), after))


def shared_tags(scope: Scope) -> Markup:
    """Return the tags of a request's page; without addresses where its host is no host."""
    address = address_of(scope)
    asked = scope["query_string"].decode("latin-1")
    return render(
        "shared_tags.html",
        title=TITLE,
        description=DESCRIPTION,
        address=address,
        here=f"{address}?{asked}" if asked else address,
        picture=PREVIEW.name,
        icon=ICON.name,
        width=PREVIEW_WIDTH,
        height=PREVIEW_HEIGHT,
    )


def address_of(scope: Scope) -> str:
    """Return the address under which a visitor has the page, or nothing.

    A proxy in front says it in `X-Forwarded-Host` and `X-Forwarded-Proto`, as Gradio expects, too.
    Anybody may send anything in these headers: what cannot be a host gives no address.
    """
    headers = Headers(scope=scope)
    host = headers.get("x-forwarded-host", headers.get("host", "")).split(",")[0].strip()
    scheme = headers.get("x-forwarded-proto", scope["scheme"]).split(",")[0].strip()
    if not _HOST.fullmatch(host) or scheme not in ("http", "https"):
        return ""
    return f"{scheme}://{host}{scope.get('root_path', '')}/"
