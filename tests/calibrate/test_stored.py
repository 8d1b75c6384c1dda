"""A calibrator as JSON: there and back, and every way in which a file can be wrong."""

from __future__ import annotations

import contextlib
import copy
import json
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

import search_core as sc
from search_core.calibrate.export.written import checksum
from search_core.calibrate.fit import fit_calibrator
from search_core.calibrate.maps import Additive, Blend
from search_core.limits import PUBLIC
from search_core.pairs import EncodedBy
from search_core.scale import BROUGHT_SCALES, COSINE, ScoreScale
from tests.calibrate.worlds import judged, scores_alone
from tests.properties import tried

pytestmark = pytest.mark.usefixtures("few_draws")

PAIRS = replace(judged(60, 10, rest=8), encoder=EncodedBy("some-model", "", 256))
GRADED = judged(60, 10, rest=8, graded=True)
FEW = PAIRS.take(np.arange(20))
BLEND = fit_calibrator(PAIRS).calibrator
TEXT = BLEND.to_json()
METHODS = ("platt", "linear", "isotonic", "centred_isotonic", "beta", "blend")
Place = tuple[str | int, ...]

WRONG: tuple[Any, ...] = (
    None, True, -1, 0.5, 10**400, -(10**30), 1e300, "", "x" * 2_000, [], [[]], {}, {"a": 1},
    [None], ["cos"], "\ud800",
)  # fmt: skip


def signed(body: dict[str, Any]) -> str:
    """Return the document with a checksum that fits, as somebody who means harm would."""
    body = {name: value for name, value in body.items() if name != "checksum"}
    return json.dumps({**body, "checksum": checksum(body)})


def places(value: Any, path: Place = ()) -> Iterator[Place]:
    """Walk the document: every key, and the first two entries of each list."""
    inner: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value[:2]))
    for key, each in inner:
        yield (*path, key)
        yield from places(each, (*path, key))


def at(body: Any, path: Place) -> Any:
    for key in path:
        body = body[key]
    return body


def document() -> dict[str, Any]:
    body: dict[str, Any] = json.loads(TEXT)
    return body


def refusal(text: str | bytes | Path) -> str:
    """Return the sentence that a document is refused with."""
    with pytest.raises(sc.CalibrationError) as refused:
        sc.load_calibrator(text)
    sentence = str(refused.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 500
    return sentence


PLACES = [path for path in places(document()) if path != ("checksum",)]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("graded", [False, True])
def test_there_and_back_states_the_same(method: str, graded: bool) -> None:
    pairs = GRADED if graded else PAIRS
    calibrator = fit_calibrator(pairs, method).calibrator
    text = calibrator.to_json()
    again = sc.load_calibrator(text)
    np.testing.assert_allclose(again.predict(pairs), calibrator.predict(pairs), rtol=0, atol=1e-12)
    assert again.to_json() == text
    assert (again.kind, again.thresholds) == (calibrator.kind, calibrator.thresholds)


def test_scores_without_texts_and_another_share_go_there_and_back() -> None:
    pairs = scores_alone(PAIRS)
    calibrator = fit_calibrator(pairs).calibrator.at_base_rate(0.03)
    again = sc.load_calibrator(calibrator.to_json().encode())
    assert np.array_equal(again.predict(pairs), calibrator.predict(pairs))


@pytest.mark.slow
@pytest.mark.parametrize("method", [each for each in METHODS if each not in ("auto", "blend")])
@pytest.mark.parametrize("scale", BROUGHT_SCALES.values(), ids=lambda scale: scale.name)
def test_scores_of_every_kind_that_a_file_brings_go_there_and_back(
    scale: ScoreScale, method: str
) -> None:
    if method == "beta" and not np.isfinite(scale.upper - scale.lower):
        return  # it is refused there
    low = scale.lower if np.isfinite(scale.lower) else min(0.0, scale.upper - 1.0)
    better = PAIRS.features[:, :1] - PAIRS.features[:, 0].min()
    scores = low + better / better.max()
    pairs = replace(
        scores_alone(PAIRS), scale=scale, features=scores if scale.higher_is_better else -scores
    )
    calibrator = fit_calibrator(pairs, method).calibrator
    again = sc.load_calibrator(calibrator.to_json())
    assert again == calibrator
    assert np.array_equal(again.predict(pairs), calibrator.predict(pairs))


def test_a_calibrator_is_read_from_its_text_its_bytes_or_the_path_of_its_file(
    tmp_path: Path,
) -> None:
    file = tmp_path / "calibrator.json"
    file.write_text(TEXT, encoding="utf-8-sig")
    expected = sc.load_calibrator(TEXT)
    for source in (TEXT.encode(), file, file.read_bytes(), "\ufeff" + TEXT, "\n " + TEXT):
        assert sc.load_calibrator(source) == expected


def test_a_text_is_never_taken_for_a_path(tmp_path: Path) -> None:
    file = tmp_path / "calibrator.json"
    file.write_text(TEXT, encoding="utf-8")
    assert "pathlib.Path" in refusal(str(file))
    for path in (tmp_path / "another.json", tmp_path, Path("a\0b"), Path("a\nb" * 500)):
        assert "cannot be read" in refusal(path)
    nothing: tuple[Any, ...] = (None, {}, 3)
    for source in nothing:
        assert "was given; give the JSON" in refusal(source)


def test_only_a_public_page_has_a_cap_on_calibrators() -> None:
    assert sc.load_calibrator(TEXT + " " * 6_000_000) == sc.load_calibrator(TEXT)
    with pytest.raises(sc.CalibrationError, match="more than 5,000 bytes, which is the most taken"):
        sc.load_calibrator(TEXT, limits=replace(PUBLIC, calibrator_bytes=5_000))


def test_a_scale_whose_name_could_be_code_is_refused() -> None:
    for name in ("x\nprint('INJECTED')\n#", 'a"b', "", "Cosine", "ä"):
        body = document()
        body["scale"]["name"] = name
        assert "name of small letters" in refusal(signed(body))


def test_a_scale_whose_name_no_file_may_hold_is_refused_before_it_is_written() -> None:
    named = replace(scores_alone(PAIRS), scale=ScoreScale("My Score"))
    calibrator = fit_calibrator(named, "platt").calibrator
    with pytest.raises(sc.CalibrationError, match="'My Score', and a file takes a name of small"):
        calibrator.to_json()


def test_a_map_of_more_than_the_score_is_refused_where_no_blend_was_fitted() -> None:
    body = json.loads(fit_calibrator(PAIRS, "platt").calibrator.to_json())
    body["features"]["names"] = ["cos", "lsm"]
    assert "the score alone" in refusal(signed(body))
    body["model"]["columns"] = ["lsm"]
    assert "the score alone" in refusal(signed(body))


def test_a_document_says_what_it_was_made_of() -> None:
    body = document()
    assert body["format"] == "score-calibrator/1"
    assert body["features"]["constants"] == {
        "list": 100,
        "cohort": 1000,
        "tau": 0.05,
        "same": 0.9999,
    }
    assert body["fitted_on"]["rows"] == 600
    assert body["fitted_on"]["seed"] == 0
    assert body["scale"]["source"] == PAIRS.scale.source
    assert {member["type"] for member in body["model"]["members"]} >= {"additive"}


def test_a_document_names_its_encoder_and_the_scale_that_people_judged_on() -> None:
    pairs = replace(
        GRADED, judged_to=3.0, encoder=EncodedBy("some-model", "query: ", max_tokens=128)
    )
    text = fit_calibrator(pairs, "platt").calibrator.to_json()
    fitted_on = json.loads(text)["fitted_on"]
    assert (fitted_on["judged_from"], fitted_on["judged_to"]) == (0, 3)
    assert fitted_on["encoder"] == {
        "name": "some-model",
        "query_prefix": "query: ",
        "max_tokens": 128,
    }
    assert sc.load_calibrator(text).fitted_on.encoder == pairs.encoder


def test_every_alteration_without_a_new_checksum_is_seen() -> None:
    for path in PLACES:
        body = document()
        holder = at(body, path[:-1])
        holder[path[-1]] = "altered"
        assert "checksum" in refusal(json.dumps(body)) or path == ("format",)


def test_each_key_left_out_is_refused() -> None:
    free = [path for path in PLACES if path[0] == "report" and len(path) > 1]
    free.append(("fitted_on", "corpus_sketch"))  # files from before it was taken are read
    free += [
        ("thresholds", n, name)
        for n in (0, 1)
        for name in ("found_again", "share_lower", "share_upper")
    ]
    for path in PLACES:
        if isinstance(path[-1], str) and path not in free:
            body = document()
            del at(body, path[:-1])[path[-1]]
            refusal(signed(body))


def test_each_key_that_nobody_knows_is_refused() -> None:
    for path in [(), *PLACES]:
        body = document()
        holder = at(body, path)
        if isinstance(holder, dict) and path[:1] != ("report",):
            holder["surprise"] = 1
            assert "surprise" in refusal(signed(body)) or path == ("features", "constants")


@pytest.mark.slow
def test_a_wrong_value_anywhere_is_refused_or_leaves_a_calibrator_that_works() -> None:
    for path in PLACES:
        for wrong in WRONG:
            body = document()
            at(body, path[:-1])[path[-1]] = copy.deepcopy(wrong)
            loads_or_refuses(signed(body))


def loads_or_refuses(text: str | bytes) -> None:
    """Whatever the text: a sentence, or finite values in [0, 1]."""
    refused = None
    try:
        calibrator = sc.load_calibrator(text)
        values = calibrator.predict(replace(FEW, scale=calibrator.scale))
    except sc.SearchCoreError as fault:
        refused = str(fault)
    if refused is None:
        assert ((values >= 0) & (values <= 1)).all()
        assert sc.load_calibrator(calibrator.to_json()).method == calibrator.method
    else:
        assert refused.endswith(".")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)


@pytest.mark.slow
@given(st.lists(st.tuples(st.sampled_from(PLACES), json_values), min_size=1, max_size=3))
@tried(80)
def test_mutations_with_a_fitting_checksum_never_break_the_reader(
    changes: list[tuple[Place, Any]],
) -> None:
    body = document()
    for path, value in changes:
        # An earlier change may have taken the place away, or put an object where a list was.
        with contextlib.suppress(KeyError, IndexError, TypeError):
            place = at(body, path[:-1])
            if isinstance(place, list) == isinstance(path[-1], int):
                place[path[-1]] = value
    try:
        text = signed(body)
    except ValueError:
        return  # an infinite number, which JSON has no word for
    loads_or_refuses(text)


@given(st.binary(max_size=200) | st.text(max_size=200))
@tried(100)
def test_any_other_text_is_refused_in_a_sentence(text: bytes | str) -> None:
    refusal(text)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_a_text_that_was_cut_off_is_refused(share: float) -> None:
    refusal(TEXT[: int(len(TEXT) * share)])


def test_deep_nesting_is_refused() -> None:
    refusal("[" * 100_000 + "]" * 100_000)
    body = document()
    deep: Any = 0
    for _ in range(30):
        deep = [deep]
    body["report"]["deep"] = deep
    assert "deep" in refusal(signed(body))


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_not_finite_are_refused_on_reading(word: str) -> None:
    number = repr(BLEND.fitted_on.mean)
    assert number in TEXT
    assert "finite" in refusal(TEXT.replace(number, word))


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_numbers_that_are_not_finite_are_refused_on_writing(value: float) -> None:
    with pytest.raises(sc.CalibrationError, match="finite"):
        replace(BLEND, report={"log_loss": value}).to_json()


@pytest.mark.parametrize("name", ["score-calibrator/2", "another/1", "", None, 7])
def test_another_format_is_named(name: Any) -> None:
    assert str(name) in refusal(signed({**document(), "format": name}))


def test_another_version_of_the_features_is_refused() -> None:
    body = document()
    body["features"]["version"] += 1
    assert "version" in refusal(signed(body))
    body = document()
    body["features"]["constants"]["tau"] = 0.1
    assert "constants" in refusal(signed(body))


def test_another_encoder_and_another_scale_are_refused_when_it_is_used() -> None:
    calibrator = sc.load_calibrator(TEXT)
    with pytest.raises(sc.ScaleMismatch):
        calibrator.predict(replace(PAIRS, scale=COSINE.from_source("another encoder")))
    with pytest.raises(sc.ScaleMismatch):
        calibrator.predict(replace(PAIRS, scale=replace(PAIRS.scale, name="squared_l2")))


def damaged(**changes: Any) -> str:
    body = document()
    body["model"] |= changes
    return refusal(signed(body))


def test_members_and_weights_must_fit_together() -> None:
    model = document()["model"]
    member, weights = model["members"][0], model["weights"]
    assert "add up" in damaged(weights=[weights[0] / 2, *weights[1:]])
    assert "one weight each" in damaged(weights=weights[1:])
    assert "1 to 64" in damaged(members=[member] * 65, weights=[1 / 65] * 65)
    assert "1 to 64" in damaged(members=[], weights=[])


def test_a_curve_must_ascend_and_have_a_value_a_knot() -> None:
    place = next(n for n, each in enumerate(BLEND_MEMBERS) if isinstance(each, Additive))
    for knots in ([0.0, 0.0], [1.0, 0.0], []):
        members = document()["model"]["members"]
        members[place]["knots"][0] = knots
        members[place]["values"][0] = [0.0] * len(knots)
        assert "ascending" in damaged(members=members)
    members = document()["model"]["members"]
    members[place]["values"][0].append(1.0)
    assert "ascending" in damaged(members=members)
    members = document()["model"]["members"]
    members[place]["columns"][0] = "elsewhere"
    assert "elsewhere" in damaged(members=members)


def test_a_method_must_have_the_map_that_it_fits() -> None:
    assert "'isotonic'" in refusal(signed({**document(), "method": "isotonic"}))
    platt = json.loads(fit_calibrator(PAIRS, "platt").calibrator.to_json())
    body = document()
    body["model"] = platt["model"]
    assert "'blend'" in refusal(signed(body))


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("model", "members", 0, "intercept"), "x", "expected a number, got a text at 'model.mem"),
        (("model", "members", 0, "type"), "magic", "'magic' is none of the words allowed"),
        (("model", "type"), "additive", "'additive' is none of the words allowed at"),
        (("fitted_on", "rows"), 1.5, "expected a whole number, got a number at 'fitted_on.rows'"),
        (("fitted_on", "encoder"), {}, "the field 'name' is missing at 'fitted_on.encoder'"),
        (("nothing_below",), 2, "expected a number of at most 1.0 at 'nothing_below'"),
        (("thresholds", 0, "level"), "both", "'both' is none of the words allowed"),
        (("scale", "upper"), "x", "expected a number, got a text at 'scale.upper'"),
        (("model", "guard"), {"below": 1}, "the field 'slope' is missing at 'model.guard'"),
        (("features", "names"), ["cos", "cos"], "1 to 64 features were expected, each named once"),
        (("report", "note"), "x" * 2_000, "a text has more than 1,000 characters: 'xxx"),
        (("report", "log_loss"), 1e15, "a number is beyond 1e[+]12"),
    ],
)
def test_a_refusal_says_what_was_expected_and_where(path: Place, value: Any, words: str) -> None:
    body = document()
    at(body, path[:-1])[path[-1]] = value
    assert re.search(words, refusal(signed(body)))


assert isinstance(BLEND.model, Blend)
BLEND_MEMBERS = BLEND.model.members


def test_a_file_from_before_collections_were_sketched_is_read() -> None:
    body = document()
    del body["fitted_on"]["corpus_sketch"]
    assert sc.load_calibrator(signed(body)).fitted_on.corpus_sketch == ()


def test_a_sketch_comes_back_as_it_was_and_a_made_up_one_is_refused() -> None:
    sketch = sc.Corpus.from_texts(map(str, range(300))).sketch
    known = fit_calibrator(replace(PAIRS, corpus_sketch=sketch), "platt").calibrator
    assert sc.load_calibrator(known.to_json()).fitted_on.corpus_sketch == sketch
    body = json.loads(known.to_json())
    for wrong in (sketch[::-1], sketch[:1] * 2, ["0" * 15], ["G" * 16], [*sketch, "f" * 16]):
        body["fitted_on"]["corpus_sketch"] = list(wrong)
        assert "sketch" in refusal(signed(body))


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("thresholds", 0, "value"), 1.5, "the value of a threshold must lie between 0 and 1"),
        (("thresholds", 0, "value"), -0.1, "the value of a threshold must lie between 0 and 1"),
        (("thresholds", 1, "target"), 1.0, "the target of a threshold must lie between 0 and 1"),
        (("thresholds", 1, "recall"), 2.0, "the recall of a threshold must lie between 0 and 1"),
        (("base_rate",), 0.0, "its base rate must lie between 0 and 1, and be neither"),
        (("base_rate",), 1.0, "its base rate must lie between 0 and 1, and be neither"),
        (("base_rate",), 0.3, "thresholds do not hold at another base rate"),
    ],
)
def test_thresholds_and_base_rates_that_no_fit_gives_are_refused(
    path: Place, value: float, words: str
) -> None:
    body = document()
    at(body, path[:-1])[path[-1]] = value
    assert words in refusal(signed(body))
