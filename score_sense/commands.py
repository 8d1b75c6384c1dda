"""What each command does with its arguments; answers go to stdout."""

from __future__ import annotations

import logging
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import search_core as sc
from score_sense.output import note, print_rows, progress
from search_core.errors import writing_file
from search_core.extras import extra
from search_core.vectors import Floats

if TYPE_CHECKING:
    from search_ui.views.store import ServedStore

STDIN = "-"
DECIMALS = 6  # of a predicted relevance in a CSV

EXPORTS: Mapping[str, Callable[[sc.Calibrator, str | None], str]] = MappingProxyType(
    {
        **{key: language.write for key, language in sc.CODE_LANGUAGES.items()},
        "python": lambda fitted, _: sc.take_home_snippet(fitted),
    }
)
"""What a calibrator is written as, by the language's name; a score is what makes it there."""


PASSPORTS: Mapping[str, Callable[[sc.Passport], str]] = MappingProxyType(
    {
        "html": sc.Passport.to_html,
        "svg": sc.Passport.to_svg,
        "json": sc.Passport.to_json,
        "markdown": sc.Passport.to_markdown,
    }
)
"""What a passport is written as."""


def read(given: Namespace) -> None:
    """Print the cosine behind each score."""
    engine: sc.Engine = given.engine
    rows = []
    for written in _scores(given.scores):
        score = sc.read_number(written)
        found = sc.read_score(score, engine.key)
        row: dict[str, object] = {"engine": engine.key, "score": score, "cosine": found.cosines[0]}
        if len(found.cosines) > 1:  # the engine gives two pairs the same number
            row["or"] = found.cosines[1]
        rows.append(row | {"note": found.caution})
    note(f"{engine.name}: {engine.formula}, {_better(engine)} is better. {engine.trap}")
    print_rows(rows, as_json=given.json)


def engines(given: Namespace) -> None:
    """Print the engines with a word in their key or name."""
    word = given.word.casefold()
    found = [each for each in sc.ENGINES.values() if word in f"{each.key} {each.name}".casefold()]
    if not found:
        raise sc.InputError(f"No engine has '{given.word[:60]}' in its name.")
    rows = [
        {"engine": each.key, "better": _better(each), "score": each.formula, "shown by": each.name}
        for each in found
    ]
    print_rows(rows, as_json=given.json)


def fit(given: Namespace) -> None:
    """Fit a calibrator on labels, write it, and print what it is worth."""
    grades = tuple(given.grades) if given.grades else None
    labels = sc.read_labels(_source(given.labels), scale=grades)
    if labels.scores is None:
        pairs = _engine_for(given, labels).score_labels(labels, progress("embedding"))
    else:
        pairs = sc.score_pairs(labels, _scale(given, labels))
    result = sc.fit_calibrator(pairs, given.method, progress=progress("fitting"))
    _write(given.output, result.calibrator.to_json(), "calibrator.json")
    say = note if given.output == STDIN else print
    say(result.chosen_because)
    say(result.report.verdict.sentence)
    for each in result.calibrator.thresholds:
        say(_threshold_words(each))


def apply(given: Namespace) -> None:
    """Print the rows with their predicted relevance, and whether to show them."""
    calibrator, content = _calibrator(given.calibrator), _source(given.rows)
    labels = sc.read_labels(content, judged=False)
    table = sc.read_table(content, error=sc.LabelsError)
    values, scores = _predicted(given, calibrator, labels)
    # Cut, not rounded: whoever filters this column by the threshold gets the rows of `show`.
    written = [sc.written_at_most(value, DECIMALS) for value in values.tolist()]
    added: dict[str, list[str]] = {calibrator.kind: written}
    threshold = calibrator.deciding_threshold()
    if threshold is not None:
        note(_threshold_words(threshold))
        shown = sc.shown_rows(threshold, values, labels.queries, scores)
        added["show"] = ["yes" if each else "no" for each in shown]
    table = table.with_columns(added)
    if given.json:
        rows = [dict(zip(table.columns, row, strict=True)) for row in table.cells]
        kind = calibrator.kind
        print_rows([row | {kind: float(row[kind])} for row in rows], as_json=True)
    else:
        sys.stdout.write(sc.write_table(table.columns, table.cells).replace("\r\n", "\n"))


def threshold(given: Namespace) -> None:
    """Print a calibrator's thresholds, one found with other labels, or the score of a value."""
    calibrator = _calibrator(given.calibrator)
    if given.reaching is not None:
        if not 0 <= given.reaching <= 1:
            raise sc.InputError(
                f"--reaching is {given.reaching:g}; give a predicted relevance, from 0 to 1."
            )
        bounds = calibrator.scores_reaching(given.reaching)
        rows = [{"value": given.reaching, "reached by": each.words} for each in bounds]
        if not rows:
            note(f"No score alone reaches {given.reaching:g}.")
        print_rows(rows, as_json=given.json)
        return
    found = calibrator.thresholds
    if given.labels is not None:
        labels = sc.read_labels(_source(given.labels))
        pairs = _pairs(given, calibrator, labels)
        values = calibrator.predict(pairs)
        found = (sc.row_threshold(values, pairs.relevance, pairs.queries, given.target),)
    if not found:
        note("No threshold was found with the labels of this fit; label more queries.")
    for each in found:
        if each.value is None:
            note(_threshold_words(each))
    print_rows([_threshold_row(each) for each in found], as_json=given.json)


def export(given: Namespace) -> None:
    """Print a calibrator as code."""
    code = EXPORTS[given.to](_calibrator(given.calibrator), given.score)
    print(code.rstrip("\n"))


def passport(given: Namespace) -> None:
    """Write what the cosines of a model mean, as one page."""
    found = sc.shipped_passports().get(given.model)
    if found is None:
        note("Measured on the texts that come with the program; relevance takes labels.")
        found = sc.passport_of(sc.load_encoder(given.model))
    _write(given.output, PASSPORTS[given.to](found), f"passport.{given.to}")


def embed(given: Namespace) -> None:
    """Embed the texts of files into a folder, and into a store where one is named."""
    store = None if given.store is None else sc.open_store(given.store)
    done = sc.embed_files(
        given.inputs, given.output, model=given.model, text=given.text, id=given.id,
        workers=given.workers, store=store, progress=progress("embedding"),
    )  # fmt: skip
    note(done.sentence)
    if given.store is not None:
        note(f"{done.stored:,} of them are new in the store.")


def serve(given: Namespace) -> None:
    """Serve the page until it is stopped."""
    for name, value in (("GRADIO_SERVER_NAME", given.host), ("GRADIO_SERVER_PORT", given.port)):
        if value is not None:
            os.environ[name] = value
    with extra("app"):
        from search_ui.main import main

        main(None if given.store is None else _served_store(given))


def _served_store(given: Namespace) -> ServedStore:
    """Open the store that the page shall search; the sample drawn from it is kept where asked."""
    from search_ui.views.store import ServedStore

    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # it logs at length what is said here
    calibrator = None if given.calibrator is None else _calibrator(given.calibrator)
    store, encoder = sc.open_store(given.store), sc.load_encoder(given.model)
    kept = None if given.sample is None else Path(given.sample)
    known = kept if kept is not None and kept.exists() else None
    if known is None:
        note("Drawing a sample of the store, and searching it for unrelated questions.")
    engine = sc.StoreEngine.open(store, encoder, sample=known)
    if kept is not None and known is None:
        engine.sample.save(kept)
    note(f"{engine.sample.fingerprint.words} is searched and not changed. {engine.sample.sentence}")
    return ServedStore(engine, calibrator)


def _better(engine: sc.Engine) -> str:
    return "higher" if engine.higher_is_better else "lower"


def _scores(given: list[str]) -> list[str]:
    if given != [STDIN]:
        return given
    scores = [line.strip() for line in sys.stdin if line.strip()]
    if not scores:
        raise sc.InputError("Standard input holds no score; give one a line.")
    return scores


def _source(name: str) -> bytes | Path:
    return sys.stdin.buffer.read() if name == STDIN else Path(name)


def _calibrator(name: str) -> sc.Calibrator:
    return sc.load_calibrator(_source(name))


def _write(name: str, text: str, example: str) -> None:
    if name == STDIN:
        sys.stdout.write(text)
        return
    with writing_file("answer", Path(name), example, sc.InputError):
        Path(name).write_text(text, encoding="utf-8")


def _scale(given: Namespace, labels: sc.Labels) -> sc.ScoreScale:
    """Return the scale that was named, or that the column's name implies."""
    if given.better is not None or given.scale == "other":
        return sc.brought_scale(given.scale or "other", given.better)
    if given.scale is not None:
        return sc.scale_of(given.scale)
    proposal = sc.propose_scale(labels)
    if proposal.scale is None or not proposal.is_named:
        such_as = f", such as {proposal.scale.name}" if proposal.scale else ""
        raise sc.LabelsError(f"{proposal.sentence} Say what they are with --scale{such_as}.")
    note(f"Column '{proposal.column}' is read as {proposal.scale.words}.")
    return proposal.scale


def _predicted(
    given: Namespace, calibrator: sc.Calibrator, labels: sc.Labels
) -> tuple[Floats, Floats]:
    """Return the value of each row, and its score, higher being better; each of shape (n,)."""
    if given.engine is None:
        pairs = _pairs(given, calibrator, labels)
        return calibrator.predict(pairs), pairs.similarities
    if labels.scores is None:
        raise sc.LabelsError(
            f"The file has no column 'score' with what {given.engine.name} shows; add one, or "
            "leave --engine out."
        )
    pairs = sc.score_pairs(labels, given.engine.key)  # refuses a column of the other direction
    return calibrator.predict_scores(labels.scores, given.engine.key), pairs.similarities


def _pairs(given: Namespace, calibrator: sc.Calibrator, labels: sc.Labels) -> sc.ScoredPairs:
    """Score rows as those of the fit were: on their own scores, or by their texts."""
    if calibrator.scale.source:
        engine = _engine_for(given, labels)
        return engine.score_labels(labels, progress("embedding"), calibrator.own_scale)
    if labels.scores is None:
        raise sc.LabelsError(
            f"This calibrator reads scores, {calibrator.scale.words}, and the file has no column "
            "'score'; add one."
        )
    return sc.score_pairs(labels, calibrator.scale)


def _engine_for(given: Namespace, labels: sc.Labels) -> sc.SearchEngine:
    """Return the collection that was named, or that of the texts that were labelled."""
    encoder = sc.load_encoder(given.model)
    if given.documents is None:
        return sc.SearchEngine.for_labels(labels, encoder, progress("embedding"))
    corpus = sc.read_corpus(_source(given.documents))
    return sc.SearchEngine.build(corpus, encoder=encoder, progress=progress("embedding"))


def _threshold_row(found: sc.Threshold) -> dict[str, object]:
    return {
        "level": found.level,
        "target": found.target,
        "threshold": found.value,
        "at least relevant": found.bound if found.value is not None else None,
        "confidence": found.confidence,
        "share shown": found.share if found.value is not None else None,
        "recall": found.recall if found.value is not None else None,
    }


def _threshold_words(found: sc.Threshold) -> str:
    of = "the hits shown" if found.level == "row" else "the best hits shown"
    if found.value is None:
        return f"No threshold at which {found.target:.0%} of {of} are relevant."
    return f"Threshold {found.value:g}: at least {found.target:.0%} of {of} are relevant."
