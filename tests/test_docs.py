"""The code of the README and of the documents runs, and gives what they show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.ways import PACKAGES
from tests.docs_code import Block, DocsError, blocks, run

ROOT = Path(__file__).resolve().parent.parent
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
WITH_SERVER = ROOT / "docs" / "api.md"  # asks a running app; tests/api/test_docs.py runs its code
# tests/adapters/test_docs.py and tests/stores/test_docs.py run their code.
OF_LIBRARIES = (ROOT / "docs" / "adapters.md", ROOT / "docs" / "scale.md")
DOCUMENTS = [ROOT / "README.md", *sorted({*(ROOT / "docs").glob("*.md")} - {WITH_SERVER})]
WITH_CODE = [
    path
    for path in DOCUMENTS
    if path not in OF_LIBRARIES
    and any(b.language.startswith("python") for b in blocks(path.read_text(encoding="utf-8")))
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder that shows the files of the project; what code writes stays in it."""
    for entry in ROOT.iterdir():
        if not entry.name.startswith("."):
            (tmp_path / entry.name).symlink_to(entry)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.parametrize("path", WITH_CODE, ids=lambda path: path.name)
def test_the_code_runs_as_printed(path: Path, folder: Path) -> None:
    assert run(path) > 0


def test_the_readme_and_the_page_on_reading_scores_have_code() -> None:
    assert {"README.md", "reading-scores.md"} <= {path.name for path in WITH_CODE}


def test_every_path_and_command_that_the_map_of_the_code_names_exists() -> None:
    named = set(re.findall(r"`([^`\s]+)`", CONTRIBUTING.read_text(encoding="utf-8")))
    paths = {name for name in named if "/" in name or name.endswith((".md", ".toml"))}
    assert len(paths) > 30
    assert sorted(path for path in paths if not (ROOT / path).exists()) == []


def test_every_folder_of_the_two_packages_is_on_the_map() -> None:
    text = CONTRIBUTING.read_text(encoding="utf-8")
    folders = {path.parent for name in PACKAGES for path in (ROOT / name).glob("*/*.*")}
    inside = {folder.relative_to(ROOT).as_posix() for folder in folders if folder.name[0] != "_"}
    assert sorted(name for name in inside if f"`{name}/`" not in text) == []


@pytest.mark.parametrize("path", [CONTRIBUTING, *DOCUMENTS], ids=lambda path: path.name)
def test_every_module_that_a_document_tells_to_run_exists(path: Path) -> None:
    modules = set(re.findall(r"python -m ((?:benchmarks|tests|examples)[.\w]*)", path.read_text()))
    files = {module: ROOT / module.replace(".", "/") for module in modules}
    missing = {
        name
        for name, file in files.items()
        if not file.with_suffix(".py").is_file() and not (file / "__main__.py").is_file()
    }
    assert missing == set()


def test_the_readme_is_read_at_once() -> None:
    _, _front_matter, *body = (ROOT / "README.md").read_text(encoding="utf-8").split("---\n")
    assert len("---\n".join(body).splitlines()) <= 100


def written(folder: Path, text: str) -> Path:
    path = folder / "made-up.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_blocks_share_their_names_and_run_in_order(tmp_path: Path) -> None:
    text = "```python\na = 2\n```\nwords\n```python\nassert a == 2\na + 1  # 3\n```\n"
    assert run(written(tmp_path, text)) == 2


def test_code_that_shall_not_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocsError, match="all code must run"):
        run(written(tmp_path, "```python no-run\n1 / 0\n```\n"))


def test_an_error_in_the_code_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        run(written(tmp_path, "one\n\n```python\na = 0\n1 / a\n```\n"))
    assert caught.traceback[-1].lineno == 4  # counted from 0: line 5 of the document


@pytest.mark.parametrize(
    "code",
    [
        "0.1 + 0.2  # 0.3",
        "1 / 3  # 0.33",
        "(1, 2 / 3)  # (1, 0.667)",
        "[1, 'a']  # [1, 'a']",
        "1 + 1  # in words",
        "a = 1  # 2",
        "# 3\n1",
        "None  # None",
    ],
)
def test_a_value_that_is_shown_right_passes(tmp_path: Path, code: str) -> None:
    assert run(written(tmp_path, f"```python\n{code}\n```\n")) == 1


@pytest.mark.parametrize(
    "code",
    [
        "1 + 1  # 3",
        "1 / 3  # 0.34",
        "(1, 2)  # (1, 3)",
        "(1, 2)  # [1, 2]",
        "[1]  # [1, 2]",
        "'a'  # 'b'",
        "True  # False",
    ],
)
def test_a_value_that_is_shown_wrong_is_caught(tmp_path: Path, code: str) -> None:
    with pytest.raises(DocsError, match=r"made-up\.md:2: .* is shown, but the value is"):
        run(written(tmp_path, f"```python\n{code}\n```\n"))


def test_what_is_printed_is_compared_with_the_text_that_follows(tmp_path: Path) -> None:
    code = "```python\nprint('one')\nprint(2)\n```\n\n"
    assert run(written(tmp_path, code + "```text\none\n2\n```\n")) == 1
    with pytest.raises(DocsError, match=r"made-up\.md:7: the code prints"):
        run(written(tmp_path, code + "```text\none\n3\n```\n"))


def test_text_after_other_words_is_not_what_the_code_printed(tmp_path: Path) -> None:
    assert run(written(tmp_path, "```python\nprint(1)\n```\nOr:\n```text\n2\n```\n")) == 1


def test_a_block_that_is_not_closed_is_caught() -> None:
    with pytest.raises(DocsError, match="line 2"):
        list(blocks("a\n```python\n1\n"))


def test_a_fence_inside_a_longer_fence_is_content() -> None:
    (block,) = blocks("````text\n```python\n1/0\n```\n````\n")
    assert block == Block("text", 2, "```python\n1/0\n```\n", follows_on=False)
