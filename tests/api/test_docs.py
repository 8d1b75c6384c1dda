"""The examples of docs/api.md, run against the real app."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.browser.serving import ROOT
from tests.docs_code import blocks, run

pytestmark = pytest.mark.slow

DOCUMENT = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
SERVED_AT = "http://127.0.0.1:7860"


def test_the_python_examples_give_what_they_show(address: str, tmp_path: Path) -> None:
    copy = tmp_path / "api.md"
    copy.write_text(DOCUMENT.replace(SERVED_AT, address), encoding="utf-8")
    assert run(copy) == 11


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_curl_example_prints_what_is_shown_beneath_it(address: str) -> None:
    (script,) = [each for each in blocks(DOCUMENT) if each.language == "bash"]
    (shown,) = [each for each in blocks(DOCUMENT) if each.language == "text"]
    told = subprocess.run(
        ["bash", "-e", "-c", script.content.replace(SERVED_AT, address)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert told.stdout.strip() == shown.content.strip()


def test_the_json_examples_are_json() -> None:
    shown = [json.loads(each.content) for each in blocks(DOCUMENT) if each.language == "json"]
    assert [set(each) for each in shown] == [{"error"}, {"mcpServers"}]
