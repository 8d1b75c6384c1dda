"""A passport as a page of its own, and as a section for the card of a model."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from search_core.engines.records import ENGINES
from search_core.passports.card import svg
from search_core.passports.measured import KINDS, Measured

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;"
    "color:#0f172a;background:#fff}table{border-collapse:collapse;width:100%;font-size:.92em}"
    "th,td{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid #cbd5e1;"
    "vertical-align:top}.wide{overflow-x:auto;margin:1rem 0}details td:first-child{min-width:15rem}"
    "code{overflow-wrap:anywhere}@media (prefers-color-scheme:dark){body{color:#e5e9f0;"
    "background:#0b1220}th,td{border-color:#3a4659}a{color:#a5b4fc}}"
)
AT = (0.3, 0.5, 0.7, 0.9)  # cosines whose meaning is listed, where hits have them
Rows = Sequence[Sequence[str]]


def html(passport: Measured) -> str:
    """Return the page."""
    title = escape(f"Score passport: {passport.model}")
    parts = [
        f"<h1>{title}</h1>",
        svg(passport),
        _table(("", ""), _model_rows(passport)),
        "<h2>Where cosines lie</h2>",
        _table(("pairs", "median", "most lie between", "pairs measured"), _band_rows(passport)),
    ]
    if passport.curves:
        parts += [
            "<h2>What they meant in labelled collections</h2>",
            _table(("cosine of a hit", "chance that it is relevant"), _meaning_rows(passport)),
            _table(
                ("collection", "queries", "labelled pairs", "relevant", "80% relevant from"),
                _curve_rows(passport),
            ),
        ]
    parts += [
        "<h2>In every engine's numbers</h2>",
        "<details><summary>For vectors of length 1</summary>",
        _table(("number, and what shows it", *passport.landmarks), _engine_rows(passport)),
        "</details>",
        "<h2>What was measured</h2>",
        *(f"<p>{escape(each)}</p>" for each in _remarks(passport)),
    ]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def markdown(passport: Measured) -> str:
    """Return the section."""
    parts = [
        "## What its cosines mean",
        _lines(("pairs", "median", "most lie between", "pairs measured"), _band_rows(passport)),
    ]
    if passport.curves:
        parts.append(
            _lines(("cosine of a hit", "chance that it is relevant"), _meaning_rows(passport))
        )
        parts.append(f"{passport.threshold_words}.")
    parts += _remarks(passport)
    return "\n\n".join(parts) + "\n"


def _model_rows(passport: Measured) -> list[tuple[str, str]]:
    no_prefix = "nothing" if passport.pooling else "not known"
    return [
        ("vectors", f"{passport.dim:,} numbers, of up to {passport.max_tokens:,} tokens"),
        ("pooling", {"mean": "mean", "cls": "CLS"}.get(passport.pooling, "not known")),
        ("put before a query", passport.query_prefix.strip() or "nothing"),
        ("put before a document", passport.document_prefix.strip() or no_prefix),
        ("fingerprint", passport.fingerprint[:16]),
    ]


def _band_rows(passport: Measured) -> list[tuple[str, ...]]:
    return [
        (
            KINDS[band.kind],
            f"{band.middle:.2f}",
            f"{band.low:.2f} and {band.high:.2f} ({band.tail:.0%} to {1 - band.tail:.0%})",
            f"{band.pairs:,}",
        )
        for band in passport.bands
    ]


def _meaning_rows(passport: Measured) -> list[tuple[str, str]]:
    found = [(cosine, passport.relevance_at(cosine)) for cosine in AT]
    return [
        (
            f"{cosine:.2f}",
            f"{spread.middle:.0%} ({spread.low:.0%} to {spread.high:.0%}, {spread.of})",
        )
        for cosine, spread in found
        if spread is not None
    ]


def _curve_rows(passport: Measured) -> list[tuple[str, ...]]:
    return [
        (
            each.collection,
            f"{each.queries:,}",
            f"{each.pairs:,}",
            f"{each.base_rate:.0%}",
            "not reached" if each.threshold is None else f"{each.threshold:.2f}",
        )
        for each in passport.curves
    ]


def _engine_rows(passport: Measured) -> list[tuple[str, ...]]:
    return [
        (_engines(keys), *(f"{number:.3g}" for number in numbers.values()))
        for keys, numbers in passport.engine_values()
    ]


def _engines(keys: Sequence[str]) -> str:
    """Name engines by their systems, and what their number is."""
    systems = list(dict.fromkeys(ENGINES[key].system for key in keys))
    return f"{ENGINES[keys[0]].formula}: {', '.join(systems)}"


def _remarks(passport: Measured) -> list[str]:
    return [*passport.notes, *([f"Model: {passport.remark}."] if passport.remark else [])]


def _table(columns: Sequence[str], rows: Rows) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in columns) if any(columns) else ""
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(each)}</td>' for each in row)}</tr>" for row in rows
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="wide">{table}</div>'


def _lines(columns: Sequence[str], rows: Rows) -> str:
    return "\n".join(f"| {' | '.join(each)} |" for each in (columns, ["---"] * len(columns), *rows))
