"""Links: what a visitor asked stands in the address, so that it can be sent; uploads never do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from search_core.limits import PUBLIC
from search_core.normalizers.registry import NORMALIZERS

TABS = ("search", "normalize", "calibrate", "compare", "learn")

KEEP_QUERY = """(query, k, norm) => {
  const url = new URL(window.location.href);
  for (const [name, value] of Object.entries({ q: query, k, norm }))
    url.searchParams.set(name, value);
  history.replaceState(history.state, "", url);
}"""


OPENED = """() => { document.body.dataset.opened = "yes"; }"""


def keep_tab(tab: str) -> str:
    """Return the script that notes in the address which tab is open.

    It keeps still until `OPENED` has run: while a page opens, its first tab is selected by itself,
    and would overwrite the tab that the link asks for.
    """
    return f"""() => {{
  if (!document.body.dataset.opened) return;
  const url = new URL(window.location.href);
  url.searchParams.set("tab", "{tab}");
  history.replaceState(history.state, "", url);
}}"""


@dataclass(frozen=True)
class Link:
    """What a link asks for; None where it says nothing that can be used."""

    query: str | None = None
    k: int | None = None
    tab: str | None = None
    norm: str | None = None


def read_link(parameters: Mapping[str, str]) -> Link:
    """Read the address's parameters; what is unknown or out of bounds is left aside."""
    query, k = parameters.get("q", "").strip(), parameters.get("k", "")
    tab, norm = parameters.get("tab"), parameters.get("norm")
    return Link(
        query=query if 0 < len(query) <= PUBLIC.query_characters else None,
        k=int(k) if k in map(str, range(1, PUBLIC.hits + 1)) else None,
        tab=tab if tab in TABS else None,
        norm=norm if norm in NORMALIZERS else None,
    )
