"""The project's own files agree with each other."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from search_ui import VERSION

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = SETTINGS["project"]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def front_matter() -> dict[str, object]:
    found: dict[str, object] = yaml.safe_load(README.split("---")[1])
    return found


def requirements(name: str) -> list[str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-r"))]


def test_the_space_installs_what_pyproject_asks_for() -> None:
    assert requirements("requirements.txt") == PROJECT["dependencies"]


def test_the_space_runs_the_gradio_version_that_is_installed() -> None:
    pinned = next(line for line in PROJECT["dependencies"] if line.startswith("gradio"))
    assert pinned == f"gradio[mcp]=={front_matter()['sdk_version']}"


def test_the_front_matter_says_all_that_the_hub_shows() -> None:
    card = front_matter()
    assert {
        "title", "emoji", "colorFrom", "colorTo", "sdk", "sdk_version", "app_file", "pinned",
        "license", "short_description", "models", "tags", "python_version",
    } <= set(card)  # fmt: skip
    assert len(str(card["short_description"])) <= 60
    assert (ROOT / str(card["app_file"])).is_file()
    assert card["license"] == PROJECT["license"].lower()


def test_every_file_names_the_python_that_is_promised() -> None:
    low, high = map(int, re.findall(r"3\.(\d+)", PROJECT["requires-python"]))
    assert SETTINGS["tool"]["ruff"]["target-version"] == f"py3{low}"
    assert SETTINGS["tool"]["mypy"]["python_version"] == f"3.{low}"
    container = re.findall(r"^FROM python:3\.(\d+)", (ROOT / "Dockerfile").read_text("utf-8"))
    space = str(front_matter()["python_version"]).removeprefix("3.")
    assert all(low <= int(version) < high for version in (*container, space))
    told = (ROOT / "docs" / "space.md").read_text(encoding="utf-8")
    assert f"Python 3.{low}" in told
    assert re.findall(r"[Pp]ython 3\.(\d+) or 3\.(\d+)", told) == [(str(low), str(high - 1))]


def test_the_readme_shows_a_picture_of_this_version() -> None:
    picture = ROOT / "docs" / f"score-sense-{PROJECT['version']}.png"
    assert picture.is_file()
    assert f"docs/{picture.name}" in README


def test_the_server_names_this_version() -> None:
    assert PROJECT["version"] == VERSION


def test_the_changelog_tells_of_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## {re.escape(PROJECT['version'])}\b", changelog, re.MULTILINE)


PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_make_target_that_is_named_exists(path: Path) -> None:
    document = path.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:`|^ *)make ([a-z]+)", document, re.MULTILINE))
    assert named <= targets


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_file_that_a_page_links_to_exists(path: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    local = [link for link in links if not link.startswith(("http", "mailto"))]
    assert [link for link in local if not (path.parent / link).exists()] == []


def test_the_app_file_only_puts_things_together() -> None:
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) < 40
