"""Links: what a visitor asked stands in the address, so that it can be sent; uploads never do.

`page.js`, in the page's head, follows the visitor; here are the calls that events make to it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import search_core as sc
from search_ui.views.number import read_number

TABS = ("number", "search", "normalize", "calibrate", "compare", "learn")

NOTED = ("q", "k", "norm", "n", "engine", "model")
"""The parameters of the address beside the tab."""

MOST_DIGITS = 30  # of a number

GO_BACK = """() => {
  const { q, k, norm, n, engine, model, tab } = address.shown();
  const fields = [q, q, Number(k), norm, n, engine, model];
  return [...fields, { __type__: "update", selected: tab }];
}"""
"""Returns what the address says: the question for both of its fields, k, the reading, the number
with its engine and model, the tab."""

READ_IF_OPEN = '() => { if (address.shown().tab === "normalize") press("read"); }'
"""Reads the question anew where the Normalize tab is open; opening the tab does so by itself."""


def passport_addresses() -> dict[str, str]:
    """Return where the passport of each model that has one is served, by the model's name."""
    return {
        name: f"passports/{each.file_name}.html" for name, each in sc.shipped_passports().items()
    }


@dataclass(frozen=True)
class Link:
    """What a link asks for; None where it says nothing that can be used.

    Attributes
    ----------
    query, k, norm:
        The question, how many hits, and the reading.
    number, engine, model:
        The number, the key of the engine that showed it, and the model.
    tab:
        The tab that is open.
    """

    query: str | None = None
    k: int | None = None
    tab: str | None = None
    norm: str | None = None
    number: float | None = None
    engine: str | None = None
    model: str | None = None


def read_link(parameters: Mapping[str, str], models: Collection[str]) -> Link:
    """Read the address's parameters; what is unknown or out of bounds is left aside.

    `models` are the names that the number may be asked about. A link with a question that names no
    tab opens Search, as links did when that was the first one.
    """
    asked, k = parameters.get("q", "").strip(), parameters.get("k", "")
    query = asked if 0 < len(asked) <= sc.PUBLIC.query_characters else None
    tab, norm = parameters.get("tab", "search" if query else None), parameters.get("norm")
    engine, model = parameters.get("engine"), parameters.get("model")
    return Link(
        query=query,
        k=int(k) if k in map(str, range(1, sc.PUBLIC.hits + 1)) else None,
        tab=tab if tab in TABS else None,
        norm=norm if norm in sc.NORMALIZERS else None,
        number=_number(parameters.get("n", "")),
        engine=engine if engine in sc.ENGINES else None,
        model=model if model in models else None,
    )


def _number(written: str) -> float | None:
    """Read a number; None where it is none, or has more characters than anybody types."""
    try:
        return read_number(written[:MOST_DIGITS])
    except sc.InputError:
        return None


def follow(opening: Link) -> str:
    """Return the script that begins to follow the visitor; it takes the fields of `NOTED`.

    `opening` is what the page shows where the address says nothing. Nothing is noted before: while
    a page opens, its first tab is selected by itself, and is not what the link asks for.
    """
    values = (opening.query, opening.k, opening.norm, opening.number, opening.engine, opening.model)
    silent = dict(zip(NOTED, map(str, values), strict=True)) | {"tab": opening.tab}
    fields = ", ".join(NOTED)
    return f"({fields}) => address.open({json.dumps(silent)}, {json.dumps(TABS)}, {{ {fields} }})"


def keep(*names: str) -> str:
    """Return the script of an event that asks: it notes the inputs of these names, and passes all.

    The names are those of `NOTED`; "" for an input that is not noted.
    """
    noted = ", ".join(f"{name}: given[{index}]" for index, name in enumerate(names) if name)
    return f"(...given) => {{ address.keep({{ {noted} }}); return given; }}"


def press(button: str) -> str:
    """Return the script that presses a button, named by its id, as the visitor would."""
    return f'() => press("{button}")'
