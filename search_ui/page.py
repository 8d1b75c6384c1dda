"""What all tabs are handed: what visitors share, and each visitor's own workspace."""

from __future__ import annotations

from dataclasses import dataclass

from search_ui.sample import Sample, Shared
from search_ui.search_view import SearchView
from search_ui.visits import Visits
from search_ui.workspace import Workspace


@dataclass(frozen=True)
class Page:
    """The page as its tabs see it."""

    shared: Shared
    visits: Visits

    @property
    def opening(self) -> SearchView:
        """The finished example that the page opens on."""
        return self.shared.opening

    @property
    def is_loading(self) -> bool:
        """Whether the model is still being loaded."""
        return not self.shared.loading.done()

    def sample(self) -> Sample:
        """Return the sample under the default model, waiting where it is still loading."""
        return self.shared.sample()

    def workspace(self, visitor: str | None) -> Workspace:
        """Return a visitor's workspace."""
        return self.visits.workspace(visitor)
