"""What the API answers with, as JSON holds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

import search_core as sc
from search_ui.api.faults import Object
from search_ui.search_view import SearchView
from search_ui.wording import shortened


def search_data(view: SearchView, notes: Sequence[str] = ()) -> Object:
    """Return the answer to one query."""
    hits = [asdict(hit) for hit in view.hits]
    for hit in hits:
        hit["text"] = shortened(hit["text"], sc.PUBLIC.shown_characters)
        hit["shared_words"] = list(hit.pop("shared"))
        del hit["moved"]
    return {
        "model": view.model,
        "documents": view.documents,
        "hits": hits,
        "calibrated_value": view.calibrated_name,
        "nothing_relevant": view.nothing,
        "notes": list(notes),
    }


def explained_data(engine: sc.SearchEngine, query: str, text: str, notes: Sequence[str]) -> Object:
    """Return what stands behind the score of one pair, seen from a collection."""
    pairs = engine.score_texts(query, [text])
    features = dict(zip(pairs.feature_names, pairs.features[0].tolist(), strict=True))
    cosine, background = features["cos"], engine.background(query)
    return {
        "cosine": cosine,
        "readings": _pair_readings(cosine),
        "engines": dict(sc.everywhere(cosine)),
        "sample": {
            "documents": len(engine.corpus),
            "percentile": background.percentile(cosine),
            "chance": background.chance(cosine),
            "background_z": float(background.z_norm(np.array([cosine]))[0]),
        },
        "shared_words": list(sc.shared_words(query, text)),
        "features": features,
        "notes": list(notes),
    }


def _pair_readings(cosine: float) -> dict[str, float]:
    one = sc.Hits("", (0,), ("0",), ("",), np.array([cosine]), sc.COSINE)
    functions = (
        sc.formulas.inverse_distance,
        sc.formulas.inverse_root_distance,
        sc.formulas.angular,
    )
    return {each.__name__: float(each(one)[0]) for each in functions}


def as_hits(scores: Sequence[float], higher_is_better: bool) -> sc.Hits:
    """Return scores in any order as hits, whose positions are their places in that order."""
    values = np.asarray(scores)
    order = np.argsort(-values if higher_is_better else values, kind="stable")
    places = tuple(order.tolist())
    names = tuple(map(str, places))
    scale = sc.ScoreScale("given", higher_is_better=higher_is_better)
    return sc.Hits("", places, names, names, values[order], scale)


def normalized_data(hits: sc.Hits, method: str) -> Object:
    """Return normalized scores by the place that each had."""
    record = sc.NORMALIZERS[method]
    values = dict(zip(hits.positions, hits.scores.tolist(), strict=True))
    return {
        "method": method,
        "formula": record.formula,
        "values": [values[place] for place in range(len(values))],
        "keeps": record.keeps,
        "loses": record.loses,
    }


def fit_data(result: sc.CalibrationResult, notes: Sequence[str]) -> Object:
    """Return a fit; the calibrator as text, so that no client rewrites its numbers."""
    test = result.test_report
    return {
        "calibrator": result.calibrator.to_json(),
        "method": result.calibrator.method,
        "because": result.chosen_because,
        "value": result.calibrator.kind,
        "report": result.report.as_dict(),
        "test_report": None if test is None else test.as_dict(),
        "notes": list(notes),
    }


def trial_data(trial: sc.IndexTrial) -> Object:
    """Return one index beside the exact one."""
    return {
        "factory": trial.spec.factory,
        "bytes_per_vector": trial.costs.bytes_per_vector,
        "build_ratio": trial.costs.build_ratio,
        "query_ratio": trial.costs.query_ratio,
        "bias": trial.bias,
        "spread": trial.spread,
        "moved": trial.moved,
        "recall": trial.own.recall,
        "recall_rescored": trial.rescored.recall,
    }
