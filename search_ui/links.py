"""Links: what a visitor asked stands in the address, so that it can be sent; uploads never do.

`page.js`, in the page's head, follows the visitor; here are the calls that events make to it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import search_core as sc

TABS = ("search", "normalize", "calibrate", "compare", "learn")

GO_BACK = """() => {
  const { q, k, norm, tab } = address.shown();
  return [q, q, Number(k), norm, { __type__: "update", selected: tab }];
}"""
"""Returns what the address says: the question for both of its fields, k, the reading, the tab."""

READ_IF_OPEN = '() => { if (address.shown().tab === "normalize") press("read"); }'
"""Reads the question anew where the Normalize tab is open; opening the tab does so by itself."""


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
        query=query if 0 < len(query) <= sc.PUBLIC.query_characters else None,
        k=int(k) if k in map(str, range(1, sc.PUBLIC.hits + 1)) else None,
        tab=tab if tab in TABS else None,
        norm=norm if norm in sc.NORMALIZERS else None,
    )


def follow(opening: Link) -> str:
    """Return the script that begins to follow the visitor; it takes the question, k, the reading.

    `opening` is what the page shows where the address says nothing. Nothing is noted before: while
    a page opens, its first tab is selected by itself, and is not what the link asks for.
    """
    silent = {"q": opening.query, "k": str(opening.k), "norm": opening.norm, "tab": opening.tab}
    return (
        f"(q, k, norm) => address.open({json.dumps(silent)}, {json.dumps(TABS)}, {{ q, k, norm }})"
    )


def keep(*names: str) -> str:
    """Return the script of an event that asks: it notes the inputs of these names, and passes all.

    The names are the parameters of the address: q, k, norm; "" for an input that is not noted.
    """
    noted = ", ".join(f"{name}: given[{place}]" for place, name in enumerate(names) if name)
    return f"(...given) => {{ address.keep({{ {noted} }}); return given; }}"


def keep_tab(tab: str) -> str:
    """Return the script that notes which tab is open; it may take the question that is asked."""
    return f'(q) => address.keep({{ tab: "{tab}", q }})'


def press(button: str) -> str:
    """Return the script that presses a button, named by its id, as the visitor would."""
    return f'() => press("{button}")'
