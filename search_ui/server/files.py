"""What is served beside the page: a shared link's picture, the icon, documents and passports."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from fastapi import FastAPI, Request
from markdown_it import MarkdownIt
from markupsafe import Markup
from mdit_py_plugins.anchors import anchors_plugin
from starlette.responses import FileResponse, HTMLResponse, Response

import search_core as sc
from search_ui.folders import PACKAGE, folder
from search_ui.rendering import render

DOCS = folder("docs")

PREVIEW, ICON = PACKAGE / "preview.png", PACKAGE / "icon.svg"
DOCUMENTS = (
    "start.md", "reading-scores.md", "no-labels.md", "accepted.md", "calibration.md",
    "programs.md", "api.md", "in-production.md", "command-line.md", "adapters.md", "scale.md",
    "passport.md", "performance.md", "reliability.md", "space.md",
)  # fmt: skip
CHARTS = ("growth-build.svg", "growth-labels.svg", "growth-query.svg", "growth-size.svg")
A_DAY = {"Cache-Control": "public, max-age=86400"}


def add_files(app: FastAPI) -> None:
    """Serve the pictures at the root, and every document with its charts under `/docs/`.

    Passports of models are under `/passports/`.
    """
    for file in (PREVIEW, ICON):
        _serve(app, f"/{file.name}", file, A_DAY)
    for name in CHARTS:
        _serve(app, f"/docs/{name}", DOCS / name, {})
    for name in DOCUMENTS:
        _serve_document(app, name)
    for passport in sc.shipped_passports().values():
        _serve_passport(app, passport)


def _serve(app: FastAPI, path: str, file: Path, headers: dict[str, str]) -> None:
    def answer(_request: Request) -> FileResponse:
        return FileResponse(file, headers=headers)

    app.add_route(path, answer)


def _serve_passport(app: FastAPI, passport: sc.Passport) -> None:
    """Serve a passport as a page, as a picture and as JSON."""
    forms = {
        "html": ("text/html", passport.to_html()),
        "svg": ("image/svg+xml", passport.to_svg()),
        "json": ("application/json", passport.to_json()),
    }
    for ending, (kind, content) in forms.items():

        def answer(_request: Request, content: str = content, kind: str = kind) -> Response:
            return Response(content, media_type=kind)

        app.add_route(f"/passports/{passport.file_name}.{ending}", answer)


def _serve_document(app: FastAPI, name: str) -> None:
    def answer(_request: Request) -> HTMLResponse:
        return HTMLResponse(document_html(name))

    app.add_route(f"/docs/{name}", answer)


@cache
def document_html(name: str) -> str:
    """Return a document as a page; its headings have the anchors that its links name."""
    text = (DOCS / name).read_text(encoding="utf-8")
    title = text.partition("\n")[0].lstrip("# ")
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    html = markdown.use(anchors_plugin, max_level=4).render(text)
    return render("document.html", title=title, html=Markup(html))  # noqa: S704 - our own file
