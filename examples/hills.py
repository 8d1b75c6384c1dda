"""Measures the hills of a model on the sample, for the tab "Your number".

`python -m examples.refresh` does so for the default model. What another model's entry holds was
measured where that model is, and stays.
"""

from __future__ import annotations

from pathlib import Path

import search_core as sc
from search_ui.hills import StoredHills, measure, read_stored, write_stored
from search_ui.sample import HILLS, read_sample_labels


def hills_of(engine: sc.SearchEngine, remark: str = "") -> StoredHills:
    """Measure the sample under the model of an engine that holds its documents.

    Parameters
    ----------
    engine:
        The sample's documents, embedded.
    remark:
        How the model was run, where the program does not run it itself.
    """
    labels = read_sample_labels()
    questions = list(dict.fromkeys(labels.queries))
    pairs = engine.score_labels(labels)
    documents = engine.vectors.T
    return measure(
        engine.encoder.name,
        labelled=pairs.features[:, pairs.feature_names.index("cos")],
        every=engine.encoder.encode_queries(questions) @ documents,
        unrelated=engine.encoder.encode_queries(engine.collection.unrelated_questions.questions)
        @ documents,
        remark=remark,
    )


def store(measured: StoredHills, path: Path = HILLS) -> None:
    """Put a model's hills among those that are stored: in place of its own, or as the last."""
    before = read_stored(path) if path.exists() else []
    names = [each.model for each in before]
    if measured.model in names:
        before[names.index(measured.model)] = measured
    else:
        before.append(measured)
    write_stored(before, path)
