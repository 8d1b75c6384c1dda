"""Calibrators in folders and on the Hub: the exchange with a stand-in for it, without network."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import search_core as sc

huggingface_hub = pytest.importorskip("huggingface_hub")


@pytest.fixture(scope="module")
def calibrator() -> sc.Calibrator:
    rng = np.random.default_rng(0)
    relevance = rng.random(400) < 0.4
    scores = np.clip(0.35 + 0.25 * relevance + rng.normal(0, 0.12, 400), 0, 1)
    queries = [f"query {n // 8}" for n in range(400)]
    pairs = sc.pairs_from_arrays(scores, relevance, queries, scale="cosine")
    return sc.fit_calibrator(pairs).calibrator


class Hub:
    """What the Hub keeps of one repository, and what it was asked for, in that order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def create_repo(self, **asked: Any) -> SimpleNamespace:
        self.asked.append(("create_repo", asked))
        return SimpleNamespace(repo_id=f"me/{asked['repo_id']}")

    def upload_folder(self, **asked: Any) -> SimpleNamespace:
        self.asked.append(("upload_folder", asked))
        for file in Path(asked["folder_path"]).iterdir():
            (self.folder / file.name).write_bytes(file.read_bytes())
        return SimpleNamespace(commit_url="https://huggingface.co/me/shop/commit/1")

    def download(self, **asked: Any) -> str:
        self.asked.append(("hf_hub_download", asked))
        return str(self.folder / asked["filename"])


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    there = Hub(tmp_path)
    monkeypatch.setattr(huggingface_hub, "HfApi", lambda token=None: there)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", there.download)
    return there


def test_a_folder_keeps_json_and_a_card_alone(calibrator: sc.Calibrator, tmp_path: Path) -> None:
    folder = calibrator.save_pretrained(tmp_path / "new" / "folder", repo_id="me/shop")
    assert {file.name for file in folder.iterdir()} == {"calibrator.json", "README.md"}
    assert sc.Calibrator.from_pretrained(folder) == calibrator
    assert sc.Calibrator.from_pretrained(str(folder)) == calibrator


def test_the_exchange_with_the_hub_is_that_of_other_models(
    calibrator: sc.Calibrator, stand_in: Hub
) -> None:
    address = calibrator.push_to_hub("shop", private=True, branch="next", commit_message="First.")
    assert address == "https://huggingface.co/me/shop/commit/1"
    (made, how), (put, what) = stand_in.asked
    assert (made, how) == ("create_repo", {"repo_id": "shop", "private": True, "exist_ok": True})
    assert put == "upload_folder"
    assert (what["repo_id"], what["revision"], what["commit_message"]) == (
        "me/shop", "next", "First.",
    )  # fmt: skip
    assert {file.name for file in stand_in.folder.iterdir()} == {"calibrator.json", "README.md"}
    assert sc.Calibrator.from_pretrained("me/shop", revision="next") == calibrator
    assert stand_in.asked[-1][1]["repo_id"] == "me/shop"
    assert stand_in.asked[-1][1]["revision"] == "next"


def test_the_card_is_one_that_the_hub_reads_and_has_the_figures_of_the_report(
    calibrator: sc.Calibrator, tmp_path: Path
) -> None:
    folder = calibrator.save_pretrained(tmp_path, repo_id="me/shop", license="mit")
    card = huggingface_hub.ModelCard.load(folder / "README.md")
    assert card.data.library_name == "score-sense"
    assert card.data.license == "mit"
    assert calibrator.report["verdict"]["sentence"] in card.text
    assert f"| AUC | {calibrator.report['auc']:.3f} |" in card.text
    assert 'from_pretrained("me/shop")' in card.text
    assert all(promise in card.text for promise in calibrator.promises)
    assert calibrator.promises


def test_names_of_strangers_make_no_html_and_end_no_table(
    calibrator: sc.Calibrator, tmp_path: Path
) -> None:
    encoder = sc.EncodedBy("<img src=x>|\n# model", "", 512)
    odd = replace(calibrator, fitted_on=replace(calibrator.fitted_on, encoder=encoder))
    card = (odd.save_pretrained(tmp_path) / "README.md").read_text(encoding="utf-8")
    assert "<img" not in card
    assert "\n# model" not in card


def test_a_calibrator_without_a_report_has_a_card_too(
    calibrator: sc.Calibrator, tmp_path: Path
) -> None:
    bare = replace(calibrator, report={}, thresholds=())
    card = (bare.save_pretrained(tmp_path) / "README.md").read_text(encoding="utf-8")
    assert "None is guaranteed with these labels." in card


def test_what_the_hub_refuses_get_one_sentence(
    calibrator: sc.Calibrator, stand_in: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def offline(**asked: Any) -> str:
        raise ConnectionError("no route to the Hub")

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", offline)
    with pytest.raises(sc.CalibrationError, match=r"from 'me/none' \(ConnectionError: no route"):
        sc.Calibrator.from_pretrained("me/none")
    monkeypatch.setattr(stand_in, "create_repo", offline)
    with pytest.raises(sc.CalibrationError, match="could not be pushed to 'shop'"):
        calibrator.push_to_hub("shop")


def test_a_name_that_no_repository_can_have_is_refused_without_network() -> None:
    with pytest.raises(sc.CalibrationError, match="No calibrator could be loaded from 'a/b/c'"):
        sc.Calibrator.from_pretrained("a/b/c")


def test_a_folder_without_a_calibrator_is_named(tmp_path: Path) -> None:
    with pytest.raises(sc.CalibrationError, match=r"'calibrator.json' cannot be read"):
        sc.Calibrator.from_pretrained(tmp_path)


def test_without_huggingface_hub_a_sentence_says_what_brings_it(
    calibrator: sc.Calibrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    for call in (
        lambda: calibrator.push_to_hub("shop"),
        lambda: sc.Calibrator.from_pretrained("me/shop"),
    ):
        with pytest.raises(sc.MissingExtra, match=r"pip install .score-sense\[hub\]"):
            call()
