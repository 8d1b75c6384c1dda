"""CPU time on one thread of each kernel for linear layers, beside ONNX Runtime's fused graph.

    .venv-fastest/bin/python -m benchmarks.kernels    # after make fastest

Threads do not wait for each other here, and what other programs do matters least: the figures are
the least of several turns in one process. They tell where the time goes, not what a user sees.
"""

from __future__ import annotations

import time

import search_core as sc
from benchmarks.fast_peers import export, onnx_runtime
from benchmarks.interleaved import machine
from benchmarks.peers import Encode
from benchmarks.texts import ABSTRACT, SENTENCE, passages, source_texts
from search_core.encoder import linear
from search_core.encoder.workers import use_one_core

TURNS = 12
WORK = {"query of 8 words": ((8, 0), 1), "query of 18 words": ((18, 0), 1)} | {
    "short sentences": (SENTENCE, 95),
    "abstracts": (ABSTRACT, 4),
}


def encoders() -> dict[str, Encode]:
    """Return this encoder with each kernel, and ONNX Runtime."""
    made: dict[str, Encode] = {}
    for kernel in (linear.MKL, linear.ONEDNN, linear.PLAIN):
        linear.KERNELS = (kernel,)
        made[kernel.name] = sc.load_encoder().encode_documents
        made[kernel.name](["The network is loaded with the first text."])
    return made | {"ONNX Runtime": onnx_runtime()}


def main() -> None:
    import torch

    use_one_core()
    torch.set_num_threads(1)
    export()
    sides = encoders()
    texts = source_texts(None)
    print(f"{machine()}; {torch.backends.cpu.get_cpu_capability()}", flush=True)
    for name, (words, count) in WORK.items():
        task = passages(texts, words, count, 0)
        least = dict.fromkeys(sides, float("inf"))
        for _ in range(TURNS):
            for side, encode in sides.items():
                started = time.process_time()
                encode(task)
                least[side] = min(least[side], time.process_time() - started)
        print(name, *(f"{side} {1000 * taken:.1f} ms" for side, taken in least.items()), sep=" | ")


if __name__ == "__main__":
    main()
