"""What is served beside the page: the picture of a shared link, the icon, the documents as HTML."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from fastapi import FastAPI, Request
from markdown_it import MarkdownIt
from markupsafe import Markup
from mdit_py_plugins.anchors import anchors_plugin
from starlette.responses import FileResponse, HTMLResponse

from search_ui.folders import PACKAGE, folder
from search_ui.rendering import render

DOCS = folder("docs")

PREVIEW, ICON = PACKAGE / "preview.png", PACKAGE / "icon.svg"
DOCUMENTS = (
    "start.md", "reading-scores.md", "no-labels.md", "accepted.md", "calibration.md",
    "programs.md", "api.md", "in-production.md", "command-line.md", "adapters.md", "scale.md",
    "performance.md", "reliability.md", "space.md",
)  # fmt: skip
CHARTS = ("growth-build.svg", "growth-labels.svg", "growth-query.svg", "growth-size.svg")
A_DAY = {"Cache-Control": "public, max-age=86400"}


def add_files(app: FastAPI) -> None:
    """Serve the pictures at the root, and every document with its charts under `/docs/`."""
    for file in (PREVIEW, ICON):
        _serve(app, f"/{file.name}", file, A_DAY)
    for name in CHARTS:
        _serve(app, f"/docs/{name}", DOCS / name, {})
    for name in DOCUMENTS:
        _serve_document(app, name)


def _serve(app: FastAPI, path: str, file: Path, headers: dict[str, str]) -> None:
    def answer(_request: Request) -> FileResponse:
        return FileResponse(file, headers=headers)

    app.add_route(path, answer)


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
