"""Ray is started and stopped by each call, where the caller has not started it."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

import search_core as sc
from tests.bulk.failing import FailingEncoder
from tests.own_encoder import HashingEncoder

ray = pytest.importorskip("ray")
pytestmark = [pytest.mark.peers, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


def test_a_call_after_one_that_failed_starts_a_ray_of_its_own(texts: Path, tmp_path: Path) -> None:
    with pytest.raises(sc.EncoderError, match="the model is tired") as kept:
        sc.embed_files([texts], tmp_path / "vectors", model=FailingEncoder, workers=1)
    assert not ray.is_initialized()
    handles = [each for each in gc.get_objects() if isinstance(each, ray.actor.ActorHandle)]
    assert handles == []  # one that is dropped later ends an actor of the next Ray
    done = sc.embed_files([texts], tmp_path / "vectors", model=HashingEncoder, workers=1)
    assert (done.embedded, kept.value.__cause__ is None) == (300, False)
