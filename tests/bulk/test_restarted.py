"""Ray is started and stopped by each call, where the caller has not started it."""

from __future__ import annotations

from pathlib import Path

import pytest

import search_core as sc
from tests.bulk.failing import FailingEncoder
from tests.own_encoder import HashingEncoder

ray = pytest.importorskip("ray")
pytestmark = [pytest.mark.peers, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


def test_a_call_after_one_that_failed_starts_a_ray_of_its_own(texts: Path, tmp_path: Path) -> None:
    output = tmp_path / "vectors"
    with pytest.raises(sc.EncoderError, match="the model is tired"):
        sc.embed_files([texts], output, model=FailingEncoder, workers=1)
    assert not ray.is_initialized()
    assert sc.embed_files([texts], output, model=HashingEncoder, workers=1).embedded == 300
    assert not ray.is_initialized()
