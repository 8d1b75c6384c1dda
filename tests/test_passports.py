"""Score passports: what is measured, what is said of it, and what is written."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

import search_core as sc
from score_sense.command_line import main
from search_core.passports.measured import KINDS
from search_core.passports.measuring import paired_texts
from tests.own_encoder import HashingEncoder
from tests.properties import tried

Labelled = dict[str, sc.ScoredPairs]


def labelled(slopes: tuple[float, ...], seed: int = 0) -> Labelled:
    """Return collections of 3,000 pairs in which relevance rises with the cosine from 0.5."""
    rng = np.random.default_rng(seed)
    found = {}
    for number, slope in enumerate(slopes):
        cosines = rng.uniform(0, 1, 3_000)
        relevance = rng.random(3_000) < 1 / (1 + np.exp(-slope * (cosines - 0.5)))
        found[f"set {number}"] = sc.pairs_from_arrays(
            cosines, relevance.astype(float), np.arange(3_000) // 10, scale="cosine"
        )
    return found


@pytest.fixture(scope="module")
def passport() -> sc.Passport:
    """The passport of an encoder that hashes words, with three collections."""
    return sc.passport_of(HashingEncoder(), labelled((6.0, 10.0, 16.0)))


def test_texts_belong_together_and_differ() -> None:
    texts = paired_texts()
    rows = list(zip(*texts.values(), strict=True))
    assert len(rows) >= 36
    assert all(len(set(row)) == 4 for row in rows)
    assert set(texts) == {"text", *list(KINDS)[1:]}


def test_same_words_are_alike_to_an_encoder_of_words(passport: sc.Passport) -> None:
    unrelated, same = passport.band("unrelated"), passport.band("same_words")
    assert same.middle > unrelated.high
    assert all(each.low <= each.middle <= each.high for each in passport.bands)


def test_what_relevance_follows_is_found_again(passport: sc.Passport) -> None:
    slopes = [each.slope for each in passport.curves]
    assert slopes == pytest.approx([6.0, 10.0, 16.0], rel=0.15)
    middle = passport.relevance_at(0.5)
    assert middle is not None
    assert middle.middle == pytest.approx(0.5, abs=0.05)
    assert middle.collections == 3


@tried(25)
@given(st.integers(0, 10_000))
def test_from_its_threshold_on_as_much_is_relevant_as_was_asked_for(seed: int) -> None:
    (pairs,) = labelled((8.0,), seed).values()
    (curve,) = sc.passport_of(HashingEncoder(), {"one": pairs}).curves
    assert curve.threshold is not None
    shown = pairs.similarities >= curve.threshold - 1e-4  # it is kept to four digits
    assert pairs.relevance[shown].mean() == pytest.approx(0.8, abs=0.01)


def test_a_threshold_that_is_not_reached_is_none() -> None:
    rng = np.random.default_rng(0)
    pairs = sc.pairs_from_arrays(
        rng.uniform(0, 1, 400), (rng.random(400) < 0.3).astype(float), np.arange(400) // 10,
        scale="cosine",
    )  # fmt: skip
    found = sc.passport_of(HashingEncoder(), {"noise": pairs})
    assert found.threshold is None
    assert "not reached" in found.to_html()
    both = sc.passport_of(HashingEncoder(), {"noise": pairs} | labelled((8.0,)))
    assert both.threshold_words.endswith("not reached in 1 of 2")


def test_without_labels_nothing_is_said_of_relevance() -> None:
    found = sc.passport_of(HashingEncoder())
    assert (found.curves, found.threshold, found.relevance_at(0.6)) == ((), None, None)
    assert "nothing is carried over from other models" in found.to_markdown()
    assert "chance that" not in found.to_html() + found.to_svg() + found.to_markdown()


def test_a_spread_of_two_collections_out_of_three_is_not_shown(passport: sc.Passport) -> None:
    assert passport.relevance_at(0.999) is None


def test_a_passport_is_read_again_as_it_was(passport: sc.Passport) -> None:
    assert sc.load_passport(passport.to_json()) == passport


@pytest.mark.parametrize("ends", [(0.1, 1e9), (-2.0, 0.5), (0.9, 0.1)])
def test_a_curve_over_what_no_range_of_cosines_is_makes_no_passport(
    passport: sc.Passport, ends: tuple[float, float]
) -> None:
    body = json.loads(passport.to_json())
    body["curves"][0] |= dict(zip(("lowest", "highest"), ends, strict=True))
    with pytest.raises(sc.InputError, match="This is no score passport"):
        sc.load_passport(json.dumps(body))


@pytest.mark.parametrize(
    "change", [{"format": "another/1"}, {"bands": []}, {"model": 3}, {"curves": [{}]}]
)
def test_a_file_that_is_no_passport_is_refused_in_a_sentence(
    passport: sc.Passport, change: dict[str, object]
) -> None:
    body = json.loads(passport.to_json()) | change
    with pytest.raises(sc.InputError, match="This is no score passport"):
        sc.load_passport(json.dumps(body))


def test_every_engine_that_shows_a_cosine_has_the_passport_in_its_numbers(
    passport: sc.Passport,
) -> None:
    by_engine = {key: numbers for keys, numbers in passport.engine_values() for key in keys}
    assert set(by_engine) == {key for key, _ in sc.everywhere(0.5)}
    high = passport.band("unrelated").high
    assert by_engine["faiss-l2"]["unrelated, 99%"] == pytest.approx(2 - 2 * high, abs=1e-5)


def test_pairs_without_cosines_and_labels_of_one_kind_are_refused() -> None:
    rng = np.random.default_rng(0)
    scores, queries = rng.uniform(0, 9, 60), np.arange(60) // 6
    bm25 = sc.pairs_from_arrays(scores, rng.integers(0, 2, 60), queries, scale="bm25")
    with pytest.raises(sc.InputError, match="give pairs with cosines"):
        sc.passport_of(HashingEncoder(), {"words": bm25})
    alike = sc.pairs_from_arrays(scores / 9, np.ones(60), queries, scale="cosine")
    with pytest.raises(sc.CalibrationError, match="have the same label"):
        sc.passport_of(HashingEncoder(), {"alike": alike})


@pytest.mark.parametrize("name", list(sc.shipped_passports()))
def test_shipped_passports_tell_related_texts_from_unrelated_ones(name: str) -> None:
    found = sc.shipped_passports()[name]
    assert found.band("paraphrase").low > found.band("unrelated").middle
    assert len(found.curves) >= 5
    assert found.threshold is not None
    ET.fromstring(found.to_svg())  # noqa: S314 - our own
    assert found.to_html().count("<svg") == 1


@pytest.mark.model
def test_the_default_models_passport_is_what_is_measured_now(encoder: sc.Encoder) -> None:
    stored = sc.shipped_passports()[sc.DEFAULT_MODEL]
    measured = sc.passport_of(encoder)
    assert measured.fingerprint == stored.fingerprint
    for now, then in zip(measured.bands, stored.bands, strict=True):
        assert (now.low, now.middle, now.high) == pytest.approx(
            (then.low, then.middle, then.high), abs=1e-3
        )


def test_names_are_escaped(passport: sc.Passport) -> None:
    from dataclasses import replace

    odd = replace(passport, model="<script>alert(1)</script>", query_prefix="<b>")
    assert "<script>" not in odd.to_html() + odd.to_svg()
    assert "<b>" not in odd.to_html()


@pytest.mark.parametrize(
    ("to", "start"),
    [("html", "<!doctype html>"), ("svg", "<svg"), ("json", "{"), ("markdown", "## What its")],
)
def test_the_command_writes_each_form(
    to: str, start: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["passport", sc.DEFAULT_MODEL, "--to", to]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(start)
    assert main(["passport", sc.DEFAULT_MODEL, "--to", to, "-o", str(tmp_path / "it")]) == 0
    assert (tmp_path / "it").read_text(encoding="utf-8") == printed


def test_a_model_that_is_none_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["passport", "no-such-model"]) == 1
    assert "There is no model 'no-such-model'" in capsys.readouterr().err
