"""The project's own files agree with each other."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

import search_core as sc
from search_core.adapters.versions import TESTED

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


def brought_by(*extras: str) -> set[str]:
    """Return what extras bring, and the extras that they name."""
    found: set[str] = set()
    for extra in extras:
        for line in PROJECT["optional-dependencies"][extra]:
            of_others = re.fullmatch(r"score-sense\[([a-z,-]+)\]", line)
            found |= brought_by(*of_others[1].split(",")) if of_others else {line}
    return found


def test_the_space_installs_the_core_and_what_the_page_needs() -> None:
    asked = requirements("requirements.txt")
    assert set(asked) == {*PROJECT["dependencies"], *brought_by("app")}
    assert len(asked) == len(set(asked))


def test_the_extra_all_brings_all_extras_but_ray_which_is_large() -> None:
    extras = PROJECT["optional-dependencies"].keys() - {"ray"}
    assert brought_by("all") == brought_by(*extras)


def test_the_core_brings_neither_torch_nor_a_page_nor_an_index() -> None:
    names = {re.split(r"[^\w-]", line)[0] for line in PROJECT["dependencies"]}
    assert names == {"numpy", "scipy", "scikit-learn", "msgspec", "lazy-loader", "narwhals"}


def test_every_extra_that_the_code_names_exists() -> None:
    code = "".join(path.read_text("utf-8") for path in ROOT.glob("s*_*/**/*.py"))
    named = set(re.findall(r"\bextra\(\"([\w-]+)\"\)", code))
    assert {"faiss", "encoder", "app"} <= named
    assert named <= PROJECT["optional-dependencies"].keys()


def test_every_adapter_has_an_extra_of_the_versions_that_it_was_tested_with() -> None:
    extras = PROJECT["optional-dependencies"] | {"sklearn": PROJECT["dependencies"]}
    for name, (distribution, versions) in TESTED.items():
        assert f"{distribution}{versions}" in extras[name]


def test_the_space_runs_the_gradio_version_that_the_page_asks_for() -> None:
    pinned = next(line for line in brought_by("app") if line.startswith("gradio"))
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
    assert re.findall(r"[Pp]ython 3\.(\d+) to 3\.(\d+)", told) == [(str(low), str(high - 1))]
    classified = re.findall(r"Python :: 3\.(\d+)", " ".join(PROJECT["classifiers"]))
    assert [int(minor) for minor in classified] == list(range(low, high))


def test_the_readme_shows_a_picture_of_this_version() -> None:
    picture = ROOT / "docs" / f"score-sense-{sc.__version__}.png"
    assert picture.is_file()
    assert f"docs/{picture.name}" in README


def test_the_changelog_tells_of_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## {re.escape(sc.__version__)}\b", changelog, re.MULTILINE)


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
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) < 10
