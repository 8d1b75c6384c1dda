"""How this encoder compares with the fastest float32 ones on a CPU.

    make fastest                        # installs them aside, then runs this
    .ci/fastest [--data FOLDER] [--pairs N] [--quick] [--avx2] [--busy] [--peer NAME]

All sides use as many threads as there are usable cores, get the same texts, new to them, and sort
them by length; first they must give the same vectors to 1e-6. A query's time is the median of a
run of queries. Each row says in brackets how CPU time compares, which waiting does not change.

--avx2 hides AVX-512 and AMX from all sides alike (`avx2_only.c`). ONEDNN_MAX_CPU_ISA=AVX2 would
limit oneDNN alone: this encoder, but not ONNX Runtime. --busy runs a program beside them that
keeps one core, as a neighbour may.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.encoder import TOLERANCE
from benchmarks.fast_peers import PEERS, export
from benchmarks.interleaved import Goal, Side, in_pairs, machine, row
from benchmarks.judged_data import CACHE
from benchmarks.peers import Encode
from benchmarks.table import HEADER
from benchmarks.texts import ABSTRACT, SENTENCE, passages, source_texts

Task = tuple[str, list[str]]
"""How texts are embedded, of `WAYS`, and the texts."""

CLAIM = (18.0, 4.0)  # words of a query: about 26 tokens
DOCUMENTS, FIRST = 300, 10
WORK = (  # question, way, words, texts, goal
    ("one query, embed only, p50", "one by one", CLAIM, 30, Goal(0.8)),
    ("one query, embed and search, p50", "searched", CLAIM, 30, Goal(0.8)),
    ("ingest, short sentences", "together", SENTENCE, 400, Goal(1.15, is_speed=True)),
    ("ingest, abstracts", "together", ABSTRACT, 64, Goal(1.15, is_speed=True)),
)


def worker(name: str, documents: Sequence[str]) -> Callable[[Task], tuple[Any, float, float]]:
    """Return what does a task and returns vectors, seconds, and seconds of CPU."""
    encode, search = ours(documents) if name == "ours" else peers(name, documents)

    def run(task: Task) -> tuple[Any, float, float]:
        way, texts = task
        if way == "together":
            return timed(lambda: encode(texts))
        one: Callable[[str], Any] = search if way == "searched" else lambda text: encode([text])
        found = [timed(partial(one, text)) for text in texts]
        seconds, of_cpu = (statistics.median(taken[n] for taken in found) for n in (1, 2))
        return None, seconds, of_cpu

    return run


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """Return the result of work, its seconds, and its seconds of CPU on all threads."""
    started, of_cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, time.perf_counter() - started, time.process_time() - of_cpu


def ours(documents: Sequence[str]) -> tuple[Encode, Callable[[str], Any]]:
    """Return what embeds texts, and what searches the documents."""
    import search_core as sc

    encoder = sc.load_encoder()
    engine = sc.SearchEngine.build(sc.Corpus.from_texts(documents), encoder)
    return encoder.encode_documents, lambda query: engine.search(query, FIRST)


def peers(name: str, documents: Sequence[str]) -> tuple[Encode, Callable[[str], Any]]:
    """Return what embeds texts, and what searches the documents with a flat index of FAISS."""
    import faiss

    faiss.omp_set_num_threads(1)  # as the engine does: more only wait for each other
    encode = PEERS[name]()
    vectors = encode(documents)
    index: Any = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    return encode, lambda query: index.search(encode([query]), FIRST)


def check_same_vectors(us: Side, peer: Side, texts: Sequence[str]) -> float:
    """Return the largest difference of a component; end the benchmark if it is above 1e-6."""
    tasks = [*passages(texts, ABSTRACT, 20, 1000), *passages(texts, SENTENCE, 100, 1001)]
    found, expected = (side.run(("together", tasks))[1][0] for side in (us, peer))
    difference = float(np.abs(found - expected).max())
    if not difference <= TOLERANCE:
        raise SystemExit(f"The vectors differ by {difference:.1e}; speeds do not compare.")
    return difference


def measured(us: Side, peer: Side, name: str, texts: Sequence[str], chosen: Any) -> Iterator[str]:
    """Yield a row for each kind of work."""
    where = f"{'AVX2' if chosen.avx2 else 'own ISA'}, {'busy' if chosen.busy else 'quiet'}"
    pids = (us.pid, peer.pid, *chosen.beside)
    for question, way, words, count, goal in WORK:
        of_cpu: dict[int, list[float]] = {us.pid: [], peer.pid: []}

        def run(side: Side, task: Task, of_cpu: dict[int, list[float]] = of_cpu) -> float:
            seconds, cpu = side.run(task)[1][1:]
            of_cpu[side.pid].append(cpu)
            return float(seconds)

        few = count // 8 if chosen.quick else count
        tasks = [(way, passages(texts, words, few, seed)) for seed in range(chosen.pairs + 1)]
        for side in (us, peer):
            side.run(tasks[-1])  # kernels are compiled
        pairs = in_pairs(lambda t: run(us, t), lambda t: run(peer, t), tasks[:-1], pids)
        mine, theirs = (statistics.median(taken) for taken in of_cpu.values())
        cpu = theirs / mine if goal.is_speed else mine / theirs
        yield row(f"{question}, {where}", f"{name} (CPU {cpu:.2f})", pairs, goal)


def spin() -> None:
    while True:
        pass


def with_avx2_alone() -> None:
    """Start this program again with everything beyond AVX2 hidden."""
    if "cpuid_fault" not in Path("/proc/cpuinfo").read_text():
        raise SystemExit("This processor can hide nothing (no cpuid_fault); leave --avx2 out.")
    library = CACHE / "avx2_only.so"
    library.parent.mkdir(exist_ok=True)
    source = Path(__file__).with_name("avx2_only.c")
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", library, source], check=True)
    os.environ["LD_PRELOAD"] = str(library)
    os.execv(sys.executable, [sys.executable, "-m", "benchmarks.fastest", *sys.argv[1:]])  # noqa: S606


def kernel() -> str:
    """Return what computes this encoder's linear layers here, and what torch says of the CPU."""
    import torch

    from search_core.encoder.linear import choose_kernel

    return f"{choose_kernel().name}, {torch.backends.cpu.get_cpu_capability()}"


def options() -> Any:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="a folder with corpus.csv; else the sample")
    parser.add_argument("--pairs", type=int, default=9, help="how often both sides are measured")
    parser.add_argument("--quick", action="store_true", help="only see that it runs")
    parser.add_argument("--avx2", action="store_true", help="hide AVX-512 and AMX from all sides")
    parser.add_argument("--busy", action="store_true", help="beside a program that keeps a core")
    parser.add_argument("--peer", action="append", choices=list(PEERS), help="this one alone")
    chosen: Any = parser.parse_args()
    chosen.pairs = 2 if chosen.quick else chosen.pairs
    return chosen


def main() -> None:
    chosen = options()
    if chosen.avx2 and "LD_PRELOAD" not in os.environ:
        with_avx2_alone()
    export()
    texts = source_texts(chosen.data)
    print(f"{machine()}; {kernel()}", HEADER, sep="\n\n", flush=True)
    differences = {}
    with ExitStack() as stack:
        us = stack.enter_context(Side(worker, "ours", texts[:DOCUMENTS]))
        chosen.beside = []
        if chosen.busy:
            neighbour = multiprocessing.get_context("spawn").Process(target=spin, daemon=True)
            neighbour.start()
            stack.callback(neighbour.kill)
            chosen.beside = [neighbour.pid]
        for name in chosen.peer or PEERS:
            with Side(worker, name, texts[:DOCUMENTS]) as peer:
                differences[name] = check_same_vectors(us, peer, texts)
                for line in measured(us, peer, name, texts, chosen):
                    print(line, flush=True)
    largest = ", ".join(f"{value:.1e} ({name})" for name, value in differences.items())
    print(f"\nLargest difference of a vector's component: {largest}.")


if __name__ == "__main__":
    main()
