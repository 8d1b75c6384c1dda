"""Every public function, constructor and method, called with what it doesn't take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from inspect import isfunction, ismodule, signature
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import search_core as sc
from tests.own_encoder import HashingEncoder

PLAIN_MISTAKES: list[Any] = [None, "x", ["x"], 3, {"x": 1}, object(), np.array(["x"])]
APART = {
    "Calibrator.push_to_hub": "asks the network",
    "Calibrator.from_pretrained": "asks the network",
    "load_encoder": "asks the network",
    "compare_models": "trains a model on each",
    "try_model": "trains a model",
    "step_back": "lowers the priority of this process",
    "VectorStore": "is abstract",
    "ModelTrial.meaning": "is of a trained model",
    "ModelTrial.cut": "is of a trained model",
    "ModelTrial.relevant_from": "is of a trained model",
    "ModelTrial.share_moved": "is of a trained model",
    "ModelTrial.share_of_same_best": "is of a trained model",
}


def members() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield what is public and can be called, by name: functions, classes and methods of these."""
    for name in dir(sc):
        public = getattr(sc, name)
        if isfunction(public):
            yield name, public
        elif ismodule(public):
            yield from methods(name, public)
        elif isinstance(public, type) and is_made_by_callers(public):
            yield name, public
            yield from methods(name, public)


def methods(name: str, owner: Any) -> Iterator[tuple[str, Callable[..., Any]]]:
    for each, member in vars(owner).items():
        is_method = isfunction(member) or isinstance(member, classmethod | staticmethod)
        if is_method and not each.startswith("_"):
            yield f"{name}.{each}", getattr(owner, each)


def is_made_by_callers(kind: type) -> bool:
    return not issubclass(kind, Exception | tuple) and not getattr(kind, "_is_protocol", False)


MEMBERS = dict(members())


@pytest.fixture(scope="module")
def samples() -> dict[str, Any]:
    """What parameters are given, by their names, or by the names of their types."""
    texts = [f"{word} number {n}" for n in range(20) for word in ("cat", "dog", "tea")]
    corpus = sc.Corpus.from_texts(texts)
    encoder = HashingEncoder()
    engine = sc.SearchEngine.build(corpus, encoder=encoder)
    rows = [
        {"query": f"cat {n // 4}", "text": texts[n % 60], "score": n % 4 / 4, "relevance": n % 2}
        for n in range(80)
    ]
    labels = sc.labels_of(rows)
    pairs = sc.score_pairs(labels, sc.COSINE)
    result = sc.fit_calibrator(pairs, "platt")
    held = sc.query_threshold(np.full(60, 0.6), np.ones(60), [str(n) for n in range(60)], 0.9)
    watch = held.watch()
    same = np.linspace(0.1, 0.9, 80)
    hits = engine.search("cat number 3", 5)
    judged = sc.Judged.of(pairs.relevance, pairs.queries, pairs.similarities)
    background = engine.background("cat")
    store = sc.LocalStore(engine)
    of_store = sc.StoreEngine.open(store, encoder=encoder)
    plan = sc.JudgingPlan.of(engine, [f"cat or dog {n}?" for n in range(20)])
    return {
        "VectorStore": engine.store, "ScoredStore": store, "WritableStore": store,
        "frame": rows, "rows": rows, "found": hits, "hits": hits, "before": hits, "after": hits,
        "p": result.out_of_fold, "y": pairs.relevance, "queries": pairs.queries,
        "relevance": pairs.relevance, "scores": pairs.similarities, "texts": texts,
    } | {
        type(each).__name__: each
        for each in (
            corpus, encoder, engine, labels, pairs, result, result.calibrator, hits, judged,
            background, plan, result.report, engine.collection, sc.COSINE,
            result.threshold(0.5), sc.load_prior(), background.unrelated, background.collection,
            plan.pool, sc.read_table(b"query,score\na,1\n"), sc.IndexSpec(),
            judged.stated(pairs.relevance),
            sc.encoder_from(encoder.encode_documents, name="own"), sc.VectorEngine.of(np.eye(3)),
            engine.collection.features, sc.meaningful(hits, result),
            sc.best_hit_verdict(hits, engine), sc.UnrelatedQuestions.for_texts(texts),
            next(iter(sc.CALIBRATORS.values())), next(iter(sc.MODELS.values())),
            store, of_store, of_store.sample, store.search(engine.vectors[:2], 3),
            watch, watch.precision, sc.translate_scores(0.5, same, same, pairs.queries),
            sc.watch_rarity(same), sc.passport_of(encoder),
            sc.CosineBand("paraphrase", 40, 0.1, 0.5, 0.7, 0.9), sc.Spread(0.1, 0.2, 0.3, 4),
            sc.RelevanceCurve("faq", 30, 300, 0.4, -5.0, 10.0, 0.2, 0.9, 0.7),
            sc.load_prior().predict(engine.score_hits([hits])), sc.try_model(engine, labels),
        )
    }  # fmt: skip


def declared(function: Callable[..., Any]) -> dict[str, str]:
    """Return the annotation of each parameter, as it is written."""
    return {name: str(each.annotation) for name, each in signature(function).parameters.items()}


def required(call: Callable[..., Any], samples: dict[str, Any]) -> dict[str, Any]:
    """Return an argument for each parameter that has no default."""
    hints = declared(call)
    arguments = {}
    for name, each in signature(call).parameters.items():
        if each.default is each.empty and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD):
            kind = hints.get(name, "")
            plain = {"str": "x", "int": 1, "float": 0.5}.get(kind)
            arguments[name] = samples.get(kind, samples.get(name, plain))
    return arguments


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [name for name in MEMBERS if name not in APART])
def test_no_plain_mistake_ends_in_a_bare_fault(
    name: str, samples: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    call = MEMBERS[name]
    owner, _, method = name.partition(".")
    if method and signature(call).parameters.get("self"):
        call = getattr(samples[owner], method)
    arguments = required(call, samples)
    for parameter in signature(call).parameters:
        for mistake in PLAIN_MISTAKES:
            given = {**arguments, parameter: mistake}
            try:
                call(**given)
            except sc.SearchCoreError:
                pass
            except Exception as fault:
                pytest.fail(f"{name}({parameter}={mistake!r}): {type(fault).__name__}: {fault}")
