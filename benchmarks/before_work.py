"""The work of `benchmarks.before`, in whichever version of the project is imported.

A number of labels comes on a line of the standard input, 0 to apply; the CPU seconds that it took
and the values that were found go out as a line of JSON.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np

import search_core as sc
from benchmarks.drawn_labels import drawn, sample_pairs
from benchmarks.texts import EXAMPLES, SENTENCE, passages

QUERIES, HITS = 200, 10


def main() -> None:
    corpus = sc.read_corpus(EXAMPLES / "documents.csv")
    engine = sc.SearchEngine.build(corpus, sc.load_encoder())
    calibrator = sc.load_calibrator(EXAMPLES / "calibrator.json")
    found = engine.search_many(passages(corpus.texts, SENTENCE, QUERIES, seed=7), HITS)
    judged = sample_pairs()
    sc.fit_calibrator(drawn(judged, 200, seed=1), seed=0)  # loads what the first fit loads

    def applied() -> list[float]:
        scores = [calibrator.apply(hits, engine).scores for hits in found]
        return [float(each) for each in np.concatenate(scores)]

    applied()
    for asked in sys.stdin:
        labels = json.loads(asked)
        pairs = drawn(judged, labels, seed=labels) if labels else None
        started = time.process_time()
        values = applied() if pairs is None else sc.fit_calibrator(pairs, seed=0).out_of_fold
        seconds = time.process_time() - started
        print(json.dumps({"seconds": seconds, "values": list(values)}), flush=True)


if __name__ == "__main__":
    main()
