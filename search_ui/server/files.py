"""Files that are served as they are: the picture of a shared link, the icon, the documents."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, Request
from starlette.responses import FileResponse

PACKAGE = Path(__file__).resolve().parents[1]
DOCS = PACKAGE.parent / "docs"

PREVIEW, ICON = PACKAGE / "preview.png", PACKAGE / "icon.svg"
DOCUMENTS = (
    "reading-scores.md", "calibration.md", "api.md", "performance.md", "reliability.md", "space.md"
)  # fmt: skip
A_DAY = {"Cache-Control": "public, max-age=86400"}


def add_files(app: FastAPI) -> None:
    """Serve the pictures at the root, and every document as text under `/docs/`."""
    for file in (PREVIEW, ICON):
        _serve(app, f"/{file.name}", file, A_DAY)
    for name in DOCUMENTS:
        _serve(app, f"/docs/{name}", DOCS / name, {"Content-Type": "text/plain; charset=utf-8"})


def _serve(app: FastAPI, path: str, file: Path, headers: dict[str, str]) -> None:
    def answer(_request: Request) -> FileResponse:
        return FileResponse(file, headers=headers)

    app.add_route(path, answer)
