"""What is said where the library of an extra is not installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import search_core as sc
from search_core.extras import LazyLibrary, extra

ROOT = Path(__file__).resolve().parent.parent
# Runs a program as if these libraries were not installed.
WITHOUT = """\
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {libraries!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing())
import score_sense as sc
"""


def run_without(libraries: tuple[str, ...], program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WITHOUT.format(libraries=libraries) + program],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("library", "brought_by", "program"),
    [
        ("faiss", "faiss", "sc.VectorEngine.of([[1.0, 0.0]]).search([1.0, 0.0])"),
        ("py3langid", "faiss", "sc.kinds_of(['Where is the nearest station?'] * 3)"),
        ("torch", "encoder", "sc.load_encoder().encode_documents(['a cat'])"),
        ("tokenizers", "encoder", "sc.load_encoder()"),
    ],
)
def test_a_missing_library_get_one_sentence_with_the_line_that_brings_it(
    library: str, brought_by: str, program: str
) -> None:
    told = run_without((library,), program).stderr.splitlines()[-1]
    assert told == (
        f"search_core.errors.MissingExtra: This needs {library}, which is not installed; run "
        f'pip install "score-sense[{brought_by}]".'
    )


@pytest.mark.slow
def test_scores_are_fitted_kept_and_applied_without_any_extra() -> None:
    program = """
rows = [
    {"query": f"query {n // 4}", "score": [0.1, 0.5, 0.4, 0.8][n % 4], "relevance": n % 2}
    for n in range(80)
]
pairs = sc.score_pairs(sc.labels_of(rows), sc.COSINE)
fitted = sc.fit_calibrator(pairs).calibrator
loaded = sc.load_calibrator(fitted.to_json())
hits = sc.Hits("query", (0, 1), ("a", "b"), ("one", "two"), [0.8, 0.1], sc.COSINE)
print(loaded.predict(pairs).shape, loaded.apply(hits).scores[0] > 0.5)
"""
    libraries = (
        "faiss", "py3langid", "torch", "transformers", "tokenizers", "safetensors",
        "huggingface_hub", "gradio", "pandas", "pydantic", "fastapi",
    )  # fmt: skip
    done = run_without(libraries, program)
    assert (done.returncode, done.stdout) == (0, "(80,) True\n"), done.stderr


def test_a_missing_extra_can_be_caught_as_an_import_error_and_as_an_error_of_the_library() -> None:
    with pytest.raises(ImportError) as caught, extra("hub"):
        import no_such_library  # type: ignore[import-not-found]  # noqa: F401
    assert isinstance(caught.value, sc.SearchCoreError)
    assert caught.value.name == "no_such_library"


def test_a_module_of_our_own_that_is_missing_is_no_extra() -> None:
    with pytest.raises(ModuleNotFoundError), extra("hub"):
        import search_core.no_such_module  # type: ignore[import-not-found]  # noqa: F401


def test_a_lazy_library_has_what_the_library_has() -> None:
    lazy = LazyLibrary("json", "hub")
    assert lazy.loads("[1]") == [1]
    assert "dumps" in dir(lazy)
    with pytest.raises(AttributeError):
        _ = lazy.no_such_name
