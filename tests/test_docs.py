"""The code of the README and of the documents runs, and gives what they show."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs_code import Block, DocsError, blocks, run

ROOT = Path(__file__).resolve().parent.parent
WITH_SERVER = ROOT / "docs" / "api.md"  # asks a running app; tests/api/test_docs.py runs its code
DOCUMENTS = [ROOT / "README.md", *sorted({*(ROOT / "docs").glob("*.md")} - {WITH_SERVER})]
WITH_CODE = [
    path
    for path in DOCUMENTS
    if any(b.language.startswith("python") for b in blocks(path.read_text(encoding="utf-8")))
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
