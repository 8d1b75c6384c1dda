"""Read a chart back as a tree, to look at what was drawn."""

from __future__ import annotations

from xml.etree import ElementTree

Element = ElementTree.Element


def parsed(markup: str) -> Element:
    """Parse a figure; it must be well-formed."""
    return ElementTree.fromstring(markup)  # noqa: S314


def drawing(markup: str, name: str = "") -> Element:
    """Return the drawing for one width; the first where none is named."""
    found = parsed(markup).find(f"svg[@class='{name}']" if name else "svg")
    assert found is not None
    return found


def styled(tree: Element, tag: str, style: str) -> list[Element]:
    """Return the elements of this tag that carry this class."""
    return [each for each in tree.iter(tag) if style in each.get("class", "").split()]


def words(tree: Element) -> list[str]:
    """Return the texts that were drawn, in order."""
    return [each.text or "" for each in tree.iter("text")]


def title(markup: str) -> str:
    """Return the caption."""
    return parsed(markup).findtext("figcaption") or ""


def points(element: Element) -> list[tuple[float, float]]:
    """Return the points of a path."""
    pairs = element.attrib["d"].strip("MZ").split()
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in pairs)]
