"""Feeds every reader of strangers' input with damaged input: `python -m tests.fuzz.parsers`.

Whatever comes, a reader returns or raises one of the library's own errors. The seed and the number
of a call are printed with a fault; the same two give the same call.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import resource
import time
from collections.abc import Callable, Iterator
from typing import Any

import search_core as sc
from search_core.files.tables import read_table
from search_core.labels.labels import labels_of
from search_core.limits import Limits
from search_ui.links import read_link
from search_ui.server.guard import Refusal, check_json_shape
from tests.browser.serving import ROOT

LIMITS = Limits(label_rows=50, documents=50, upload_bytes=20_000, line_characters=2_000)
MOST_BYTES = 8_000  # of one input: short ones reach as many lines of a reader, and sooner

LABELS = (
    b'query,text,relevance\na cat,a dog,1\n"a, b","c\nd",0\n',
    b"query;doc_id;label;split\r\na;1;0.5;train\r\nb;2;1,5;test\r\n",
    "\ufeffquery\ttext\tscore_human\n\u00e9\t\U0001f600\t5%\n".encode(),
    "query,text,relevance\na,b,1\n".encode("utf-16"),
    b"query_id,score,relevance\n1,0.5,yes\n2,nan,no\n",
    b"question,passage,rating\na,b,relevant\n,c,not relevant\nd,e,7\n",
    b"sentence1,sentence2,score\na,b,0.5\n",
)
TEXTS = (
    b"one\ntwo\n\nthree",
    b"id,text\n1,a\n1,b\n",
    b'text\n"open\n',
    b"doc_id,content\n1,a\n,b\n1,c\n",
    b'{"text": "a"}\n{"text": "b"}',
    b"PK\x03\x04rest",
    b"",
)
ROWS = b'[{"query": "a", "text": "b", "relevance": 1}, {"query": "a", "score": 0.5}]'
PIECES = (
    b'"', b"'", b",", b";", b"\t", b"\n", b"\r", b"\r\n", b"\x00", b"\xff", b"\xfe\xff",
    b"\xed\xa0\x80",
    b"1e400", b"nan", b"-0", b"=1+1", b"[", b"]", b"{", b"}", b":", b"\\", b"\\u", b"null", b"true",
    b"text", b"query", b"relevance", "\u202e".encode(), "\u200b".encode(), b"9" * 400,
)  # fmt: skip

Reader = Callable[[bytes], Any]


def readers() -> dict[str, tuple[tuple[bytes, ...], Reader]]:
    """Return every reader with what it is fed: undamaged inputs to begin from."""
    calibrator = (ROOT / "examples" / "calibrator.json").read_bytes()
    return {
        "labels": (LABELS, lambda data: sc.read_labels(data, limits=LIMITS)),
        "unjudged": (LABELS, lambda data: sc.read_labels(data, limits=LIMITS, judged=False)),
        "sound labels": (
            LABELS,
            lambda data: sc.read_labels(data, limits=LIMITS, skip_faulty=True),
        ),
        "sound corpus": (TEXTS, lambda data: _sound(sc.read_corpus, data)),
        "open file": (LABELS, lambda data: sc.read_labels(io.BytesIO(data), limits=LIMITS)),
        "corpus": (TEXTS, lambda data: sc.read_corpus(data, limits=LIMITS)),
        "table": (LABELS + TEXTS, lambda data: read_table(data, limits=LIMITS)),
        "rows": ((ROWS,), _rows),
        "calibrator": ((calibrator[:MOST_BYTES], b'{"version": 1}', b"[[[["), sc.load_calibrator),
        "spec": ((b"IVF64,PQ48np", b"HNSW32", b"SQ8"), _spec),
        "link": ((b"cat", b"50", b"normalize"), _link),
        "shape": ((ROWS, b'"\\"'), check_json_shape),
    }


def _sound(read: Callable[..., object], data: bytes) -> object:
    return read(data, limits=LIMITS, skip_faulty=True)


def _rows(data: bytes) -> object:
    try:
        rows = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return labels_of(rows, limits=LIMITS)


def _spec(data: bytes) -> object:
    return sc.IndexSpec(data.decode("utf-8", "surrogateescape"))


def _link(data: bytes) -> object:
    text = data.decode("latin-1")
    names = ("q", "k", "tab", "norm", "n", "engine", "model")
    return read_link(dict.fromkeys(names, text), ())


def damaged(chance: random.Random, seeds: tuple[bytes, ...]) -> bytes:
    """Return one of the inputs with a few bytes lost, doubled, changed, moved or put in."""
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.randint(0, 6)):
        start = chance.randint(0, len(data))
        end = min(len(data), start + chance.choice((1, 2, 8, 64)))
        match chance.randrange(5):
            case 0:
                del data[start:end]
            case 1:
                data[start:start] = data[start:end] * chance.choice((1, 2, 40))
            case 2:
                data[start:end] = chance.randbytes(end - start)
            case 3:
                data[start:start] = chance.choice(PIECES)
            case 4:
                data[start:start] = chance.choice(seeds)[: chance.randint(0, 200)]
    return bytes(data[:MOST_BYTES])


def fuzz(calls: int, seed: int) -> Iterator[str]:
    """Make the calls, and yield the name of the reader of each; a fault tells how to repeat it.

    Raises
    ------
    AssertionError
        A reader raised what is not one of the library's errors.
    """
    known = readers()
    names = tuple(known)
    for number in range(calls):
        chance = random.Random(f"{seed} {number}")
        name = names[number % len(names)]
        seeds, read = known[name]
        data = damaged(chance, seeds)
        try:
            read(data)
        except (sc.SearchCoreError, Refusal):
            pass
        except Exception as fault:
            raise AssertionError(f"{name}, seed {seed}, call {number}: {data!r}") from fault
        yield name


def main() -> None:
    """Make as many calls as asked for, and print how many a second and what memory did."""
    parser = argparse.ArgumentParser(description="Feed the readers with damaged input.")
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    begun, early = time.monotonic(), 0
    for number, _ in enumerate(fuzz(given.calls, given.seed), start=1):
        if number == given.calls // 10:
            early = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    late = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = time.monotonic() - begun
    print(
        f"{given.calls:,} calls in {seconds:.0f} s, no fault. Peak memory {late / 1024:.0f} MiB, "
        f"{100 * (late / early - 1):+.1f}% after the first tenth."
    )


if __name__ == "__main__":
    main()
