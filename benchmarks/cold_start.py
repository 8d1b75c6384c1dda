"""How long a new process takes until it has its first vector, and its first answer.

    python -m benchmarks.cold_start [--pairs N] [--quick]

Every figure is the time of a whole process, from its start until it has printed what it was
started for. Peers: sentence-transformers, alone and with a flat FAISS index over the first 300
documents of the sample; and `import torch` with nothing else, which no program on torch can be
quicker than. First both sides must print the same answer.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.interleaved import Goal, in_pairs, machine, row
from benchmarks.table import HEADER
from benchmarks.texts import options

ROOT = Path(__file__).resolve().parents[1]

READ = """
import csv
with open("examples/documents.csv", encoding="utf-8", newline="") as file:
    texts = [row["text"] for row in csv.DictReader(file)][:300]
"""
OUR_VECTOR = """
import search_core as sc
vector = sc.load_encoder().encode_queries(["A feline relaxes."])[0]
print(vector[:4].round(5) + 0)
"""
PEER_VECTOR = """
from benchmarks.peers import sentence_transformers
vector = sentence_transformers()(["A feline relaxes."])[0]
print(vector[:4].round(5) + 0)
"""
OUR_ANSWER = f"""{READ}
import search_core as sc
engine = sc.SearchEngine.build(sc.Corpus.from_texts(texts), sc.load_encoder())
print(list(engine.search("A feline relaxes.", 10).positions))
"""
PEER_ANSWER = f"""{READ}
from benchmarks.peers import sentence_transformers_and_faiss
print(sentence_transformers_and_faiss(texts)(["A feline relaxes."])[0][0])
"""
ONLY_TORCH = "import torch"
PEER = "sentence-transformers"


def seconds(program: str) -> float:
    """Return how long a new Python process takes to run the program."""
    started = time.perf_counter()
    output(program)
    return time.perf_counter() - started


def output(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"A program of the benchmark failed:\n{done.stderr}")
    return done.stdout


def check_same(ours: str, peers: str) -> None:
    """End the benchmark unless both programs print the same; also fills the file cache."""
    if output(ours) != output(peers):
        raise SystemExit("The answers differ; times do not compare.")


def main() -> None:
    chosen: Any = options(__doc__)
    pairs = range(2 if chosen.quick else chosen.pairs)
    check_same(OUR_VECTOR, PEER_VECTOR)
    check_same(OUR_ANSWER, PEER_ANSWER)
    print(machine(), HEADER, sep="\n\n", flush=True)
    for question, ours, name, peers, limit in (
        ("process start to first vector", OUR_VECTOR, PEER, PEER_VECTOR, 0.22),
        ("process start to first vector", OUR_VECTOR, "import torch", ONLY_TORCH, 1.15),
        ("start to first answer, 300 documents", OUR_ANSWER, f"{PEER} + faiss", PEER_ANSWER, 0.33),
    ):
        found = in_pairs(_runs(ours), _runs(peers), pairs)
        print(row(question, name, found, Goal(limit)), flush=True)


def _runs(program: str) -> Callable[[int], float]:
    return lambda _pair: seconds(program)


if __name__ == "__main__":
    main()
