"""How fast Ray Data's workers embed on one machine, beside the encoder's own.

    python -m benchmarks.bulk [--count N] [--rounds N] [--sentences]

The same passages (about 240 tokens, or ten with --sentences), in a Parquet file, through
`embed_files` and through `encode_documents` of one process, in turn; both write a Parquet file of
vectors. The figure is texts a second from the first part that Ray gives to the last, without the
start of Ray and of its workers, which is stated beside it. By then each other worker may have done
a part as well, so one part a worker is left out; there is no figure where these are half of all.
The goal is 0.9 of our own. The vectors must be equal bit for bit.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as parquet

import search_core as sc
from benchmarks.interleaved import machine
from benchmarks.table import HEADER, line, verdict
from benchmarks.texts import ABSTRACT, SENTENCE, passages, source_texts
from search_core.bulk.folder import vectors_table
from search_core.bulk.reading import Texts
from search_core.encoder.workers import usable_cores

LEAST = 0.9


class Speed(NamedTuple):
    """Texts a second, and seconds until the first text was embedded."""

    texts: float
    start: float


class Clock:
    """Notes the time at each part; a `Progress`."""

    def __init__(self) -> None:
        self._parts = [(0, time.perf_counter())]

    def __call__(self, done: int, total: int) -> None:  # noqa: ARG002
        """Note that so many texts are done."""
        self._parts.append((done, time.perf_counter()))

    @property
    def speed(self) -> Speed:
        """What it noted, without what the workers may have done by the time of the first part."""
        (_, begun), (first, since), *_ = self._parts
        done, until = self._parts[-1]
        begun_texts = first * usable_cores()
        if begun_texts > done / 2:
            raise SystemExit(f"The first part was {first:,} of {done:,} texts; raise --count.")
        return Speed((done - begun_texts) / (until - since), since - begun)


def by_ray(source: Path, folder: Path) -> Speed:
    clock = Clock()
    sc.embed_files([source], folder, progress=clock)
    return clock.speed


def by_own_workers(encoder: sc.Encoder, texts: list[str], folder: Path) -> Speed:
    clock = Clock()
    clock(0, len(texts))
    vectors = encoder.encode_documents(texts)
    names = [f"texts.parquet:{n}" for n in range(1, len(texts) + 1)]
    folder.mkdir()
    parquet.write_table(vectors_table(Texts(names, texts), vectors), folder / "own.parquet")
    clock(len(texts), len(texts))
    return clock.speed


def rounds(chosen: argparse.Namespace) -> Iterator[tuple[Speed, Speed]]:
    """Yield what Ray's workers and our own reach on the same texts, in turn."""
    encoder, known = sc.load_encoder(), source_texts(None)
    length = SENTENCE if chosen.sentences else ABSTRACT
    encoder.encode_documents(passages(known, length, 50, 1000))
    for number in range(chosen.rounds):
        texts = passages(known, length, chosen.count, number)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            source = folder / "texts.parquet"
            parquet.write_table(pa.table({"text": texts}), source)
            if number % 2:
                own = by_own_workers(encoder, texts, folder / "own")
                ray = by_ray(source, folder / "ray")
            else:
                ray = by_ray(source, folder / "ray")
                own = by_own_workers(encoder, texts, folder / "own")
            check_same(folder / "ray" / "texts.parquet.parquet", folder / "own" / "own.parquet")
        print(f"round {number + 1}: Ray {ray}, our own {own}", flush=True)
        yield ray, own


def check_same(ray: Path, own: Path) -> None:
    """End the benchmark if a bit of a vector differs."""
    found, expected = (
        parquet.read_table(each).column("vector").combine_chunks().flatten().to_numpy()
        for each in (ray, own)
    )
    if found.tobytes() != expected.tobytes():
        raise SystemExit("The vectors differ; speeds do not compare.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=4_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sentences", action="store_true", help="texts of ten tokens")
    chosen = parser.parse_args()
    print(machine(), flush=True)
    found = list(rounds(chosen))
    what = f"{chosen.count:,} {'sentences' if chosen.sentences else 'abstracts'}, Ray's ÷ our own"
    print(f"\n{HEADER}")
    ratios = [ray.texts / own.texts for ray, own in found]
    ratio = statistics.median(ratios)
    spread = f"{ratio:.2f} ({min(ratios):.2f}–{max(ratios):.2f})"
    goal = verdict(ratio >= LEAST)
    print(line(f"{what}, a second", f"{usable_cores()} workers", spread, f"≥ {LEAST}", goal))
    own = statistics.median(each.texts for _, each in found)
    print(line("texts a second, our own", "", f"{own:.1f}"))
    start = statistics.median(each.start for each, _ in found)
    print(line("until Ray's first texts", "", f"{start:.0f} s"))


if __name__ == "__main__":
    main()
