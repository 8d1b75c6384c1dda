"""The site of the documentation builds without a warning, notebooks included, and is whole."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from html import unescape
from pathlib import Path

import nbformat
import pytest

import search_core as sc
from tests.docs_code import blocks

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
NOTEBOOKS = sorted(DOCS.glob("notebooks/*.ipynb"))
REFERENCE = sorted(DOCS.glob("reference/*.md"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make docs` builds it."""
    target = tmp_path_factory.mktemp("site")
    (command,) = re.findall(
        r"^\t\$\(BIN\)/sphinx-build (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE
    )
    arguments = command.replace("build/docs", str(target)).split()
    built = subprocess.run(
        [sys.executable, "-m", "sphinx", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stdout + built.stderr
    return target


def page(site: Path, name: str) -> str:
    return (site / f"{name}.html").read_text(encoding="utf-8")


def words(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html))


@pytest.mark.slow
@pytest.mark.model
def test_the_site_builds_without_a_warning_and_begins_with_the_question(site: Path) -> None:
    assert "<h1>Is 0.73 good?" in page(site, "index")


@pytest.mark.slow
@pytest.mark.model
def test_every_notebook_shows_what_its_cells_give(site: Path) -> None:
    for notebook in NOTEBOOKS:
        shown = page(site, f"notebooks/{notebook.stem}")
        assert shown.count("cell_output") >= 5
    assert "<svg" in page(site, "notebooks/from-labels-to-a-threshold")
    assert "('d075', 0.9), ('d076', 0.46)" in words(page(site, "notebooks/in-your-own-store"))


@pytest.mark.slow
@pytest.mark.model
def test_the_site_loads_nothing_from_another_host(site: Path) -> None:
    loaded = re.compile(r"<(?:script|img|iframe|source)[^>]* src=.https?:|<link[^>]* href=.https?:")
    pages = list(site.rglob("*.html"))
    assert len(pages) > 20
    assert [each.name for each in pages if loaded.search(each.read_text("utf-8"))] == []
    styles = "".join(each.read_text("utf-8") for each in site.rglob("*.css"))
    assert re.findall(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", styles) == []
    fonts = re.findall(r"url\(\"(.+?\.woff2)\"\)", (DOCS / "_static" / "site.css").read_text())
    assert len(fonts) > 3
    assert [name for name in fonts if not (site / "_static" / name).is_file()] == []


def test_every_public_name_is_in_the_reference_once() -> None:
    text = "".join(each.read_text(encoding="utf-8") for each in REFERENCE)
    named = Counter(re.findall(r"^\.\. auto(?:function|class|data|exception):: (\w+)$", text, re.M))
    modules = {"classic", "formulas"}  # documented whole
    assert set(named) == set(dir(sc)) - modules
    assert [name for name, times in named.items() if times > 1] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_stored_without_outputs(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    assert [each.outputs for each in cells if each.cell_type == "code" and each.outputs] == []


def test_the_start_page_answers_in_ten_lines() -> None:
    (code,) = [b for b in blocks((DOCS / "start.md").read_text("utf-8")) if b.language == "python"]
    _import, *lines = [line for line in code.content.splitlines() if line.strip()]
    assert len(lines) <= 10


def test_the_wheel_carries_what_the_page_serves_and_not_the_sources_of_the_site() -> None:
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    carried = set(re.findall(r"^\"docs/([^\"]+)\" = \"search_ui/docs/\1\"$", settings, re.M))
    from search_ui.server.files import CHARTS, DOCUMENTS

    assert carried == {*DOCUMENTS, *CHARTS}
