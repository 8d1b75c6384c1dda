from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import search_core as sc

HEAVY = ("torch", "faiss", "transformers", "sklearn", "scipy", "tokenizers", "gradio")
PROMISED = [
    "BROUGHT_SCALES",
    "COSINE",
    "CalibrationError",
    "Corpus",
    "CorpusError",
    "ENGINES",
    "EncoderError",
    "Hits",
    "IndexSpec",
    "IndexSpecError",
    "InputError",
    "Labels",
    "LabelsError",
    "NORMALIZERS",
    "QueryError",
    "ScaleMismatch",
    "ScoreScale",
    "ScoredPairs",
    "SearchCoreError",
    "SearchEngine",
    "compare_indexes",
    "compare_models",
    "fit_calibrator",
    "from_cosine",
    "load_calibrator",
    "load_encoder",
    "moved",
    "normalize",
    "query_threshold",
    "rarity_words",
    "read_corpus",
    "read_labels",
    "row_threshold",
    "score_pairs",
    "to_cosine",
]


def _loaded_after(statement: str) -> set[str]:
    """Return which heavy packages a fresh interpreter has loaded after a statement."""
    program = f"import sys\n{statement}\nprint(*(set({HEAVY!r}) & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.slow
def test_importing_the_library_loads_neither_torch_nor_faiss_nor_any_other_heavy_package() -> None:
    assert _loaded_after("import search_core") == set()


@pytest.mark.slow
def test_reading_a_table_and_converting_a_score_need_no_heavy_package_either() -> None:
    statement = (
        "import search_core as sc\n"
        "sc.read_labels(b'query,score,relevance\\na,0.5,1\\n')\n"
        "sc.to_cosine(0.73, 'elasticsearch-cosine')"
    )
    assert _loaded_after(statement) == set()


@pytest.mark.slow
def test_a_calibrator_is_read_without_scikit_learn_and_without_faiss() -> None:
    stored = Path(__file__).resolve().parent.parent / "examples/calibrator.json"
    statement = f"import search_core as sc\nsc.load_calibrator(open({str(stored)!r}).read())"
    assert _loaded_after(statement) == {"scipy"}


@pytest.mark.slow
def test_a_calibrator_is_read_without_the_parts_of_scipy_that_only_a_fit_needs() -> None:
    stored = Path(__file__).resolve().parent.parent / "examples/calibrator.json"
    program = (
        f"import sys, search_core as sc\nsc.load_calibrator(open({str(stored)!r}).read())\n"
        "print(*({'scipy.optimize', 'scipy.special', 'scipy.fft'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


@pytest.mark.slow
def test_building_the_page_loads_neither_torch_nor_scikit_learn() -> None:
    assert not {"torch", "sklearn"} & _loaded_after("import search_ui.build")


@pytest.mark.slow
def test_faiss_is_loaded_when_it_first_searches() -> None:
    before = "import search_core as sc\nsc.SearchEngine, sc.VectorEngine"
    assert "faiss" not in _loaded_after(before)
    assert "faiss" in _loaded_after(
        f"{before}\nsc.VectorEngine.of([[1.0, 0.0]]).search([1.0, 0.0])"
    )


@pytest.mark.parametrize("name", dir(sc))
def test_every_public_name_resolves_and_is_the_same_thing_twice(name: str) -> None:
    assert getattr(sc, name) is getattr(sc, name)


@pytest.mark.parametrize("name", PROMISED)
def test_every_promised_name_is_public(name: str) -> None:
    assert name in dir(sc)


def test_the_documents_need_no_name_that_is_not_public() -> None:
    root = Path(__file__).resolve().parent.parent
    for path in (root / "README.md", *(root / "docs").glob("*.md")):
        assert "from search_core" not in path.read_text(encoding="utf-8"), path.name


def test_each_public_name_stands_once_and_is_shown_by_dir() -> None:
    assert len(set(dir(sc))) == len(dir(sc))


def test_the_page_imports_the_root_of_the_library_alone() -> None:
    root = Path(__file__).resolve().parent.parent
    for path in (root / "app.py", *(root / "search_ui").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith("search_core."), path


def test_an_unknown_name_is_an_attribute_error_with_the_nearest_name() -> None:
    with pytest.raises(AttributeError, match="no attribute 'read_lables'; did you mean 'read_la"):
        getattr(sc, "read_lables")  # noqa: B009 - a type checker would refuse it
    with pytest.raises(AttributeError, match=r"no attribute 'x'; dir\(search_core\) shows"):
        getattr(sc, "x")  # noqa: B009


@pytest.mark.slow
def test_a_type_checker_finds_a_name_that_does_not_exist(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parent.parent
    program = tmp_path / "program.py"
    program.write_text("import search_core as sc\nsc.read_lables\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", str(program)],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    assert 'program.py:2: error: Module has no attribute "read_lables"' in done.stdout


@pytest.mark.parametrize(
    ("child", "parent"),
    [
        (sc.InputError, sc.SearchCoreError),
        (sc.QueryError, sc.InputError),
        (sc.CorpusError, sc.InputError),
        (sc.LabelsError, sc.InputError),
        (sc.IndexSpecError, sc.SearchCoreError),
        (sc.EncoderError, sc.SearchCoreError),
        (sc.CalibrationError, sc.SearchCoreError),
        (sc.ScaleMismatch, sc.SearchCoreError),
    ],
)
def test_every_error_can_be_caught_as_one_kind(child: type, parent: type) -> None:
    assert issubclass(child, parent)
    assert not issubclass(child, ValueError)


def test_an_input_error_tells_row_and_column_apart_from_its_message() -> None:
    error = sc.LabelsError("Row 7 is wrong; mend it.", row=7, column="score")
    assert (str(error), error.row, error.column) == ("Row 7 is wrong; mend it.", 7, "score")
