"""The records of calibration methods: complete, and the only place that lists them."""

from __future__ import annotations

from dataclasses import replace

import pytest

import search_core as sc
from search_core.calibrate.maps import Map
from tests.calibrate.worlds import judged, scores_alone

pytestmark = pytest.mark.usefixtures("few_draws")

PAIRS = judged(40, 10, rest=8)


@pytest.mark.parametrize("name", sc.CALIBRATORS)
def test_a_method_fits_the_kind_of_map_that_its_record_names(name: str) -> None:
    record = sc.CALIBRATORS[name]
    calibrator = sc.fit_calibrator(PAIRS, name).calibrator
    assert record.name == name
    assert record.label
    assert isinstance(calibrator.model, record.map)
    assert calibrator.needs_engine is record.needs_texts
    assert set(calibrator.model.reads()) <= set(calibrator.feature_names)
    assert bool(calibrator.model.formula()) is not record.needs_texts


def test_every_method_and_the_choice_of_one_can_be_asked_for() -> None:
    assert ("auto", *sc.CALIBRATORS) == sc.METHODS
    with pytest.raises(sc.CalibrationError, match="no method 'plat'; choose one of auto, linear"):
        sc.fit_calibrator(PAIRS, "plat")


def test_no_two_maps_of_one_tag() -> None:
    maps: list[type[Map]] = list({record.map for record in sc.CALIBRATORS.values()})
    tags = [each.__struct_config__.tag for each in maps]
    assert len(set(tags)) == len(maps)


def test_what_rows_cannot_carry_is_refused_with_the_need_and_another_method() -> None:
    alone = scores_alone(PAIRS)
    with pytest.raises(sc.CalibrationError, match="needs texts, and these pairs hold scores alone"):
        sc.fit_calibrator(alone, "blend")
    unbounded = replace(alone, scale=sc.BROUGHT_SCALES["bm25"])
    with pytest.raises(sc.CalibrationError, match="Beta needs a bounded score, and 'bm25' has no"):
        sc.fit_calibrator(unbounded, "beta")
    for name in ("isotonic", "centred_isotonic"):
        with pytest.raises(sc.CalibrationError, match="needs 300 rows, and there are 200; choose"):
            sc.fit_calibrator(judged(20, 10), name)
