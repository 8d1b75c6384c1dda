"""What all tabs share: the sample, the visitors' sessions and the stored first view."""

from __future__ import annotations

import json
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import search_core as sc
from search_ui.sample import EXAMPLES, Sample, reading_stored
from search_ui.search_view import HitView, SearchView
from search_ui.sessions import Session, Sessions

OPENING = EXAMPLES / "opening.json"


@dataclass(frozen=True)
class Page:
    """Handed to every tab.

    Attributes
    ----------
    loading:
        The sample, loaded behind the page.
    sessions:
        Every visitor's own data.
    opening:
        The finished example that the page opens on, stored so that it needs no model.
    """

    loading: Future[Sample]
    sessions: Sessions
    opening: SearchView

    def sample(self) -> Sample:
        """Return the sample under the default model, waiting where it is still loading."""
        return self.loading.result()

    def sample_of(self, session: Session) -> Sample:
        """Return the sample under the visitor's model."""
        return session.sample or self.sample()

    def engine(self, session: Session) -> sc.SearchEngine:
        """Return the engine of the visitor's collection, or of the sample."""
        return session.engine or self.sample_of(session).engine


def read_opening(path: Path = OPENING) -> SearchView:
    """Read the stored first view.

    Raises
    ------
    StaleExamplesError
        It is missing, damaged, or of another version.
    """
    with reading_stored(path.name):
        stored = json.loads(path.read_text(encoding="utf-8"))
        hits = tuple(_hit(hit) for hit in stored.pop("hits"))
        background, notes = (tuple(stored.pop(name)) for name in ("background", "notes"))
        return SearchView(hits=hits, background=background, notes=notes, **stored)


def _hit(stored: dict[str, Any]) -> HitView:
    moved = tuple((group, value) for group, value in stored.pop("moved"))
    return HitView(shared=tuple(stored.pop("shared")), moved=moved, **stored)


def write_opening(view: SearchView, path: Path = OPENING) -> None:
    """Store a first view; `python -m examples.refresh` does it for the sample."""
    path.write_text(json.dumps(asdict(view), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
