"""The wheel, installed into an environment of its own and used from another folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

import search_core as sc
from tests.browser.serving import served_process
from tests.docs_code import blocks
from tests.server.calls import wait_until_loaded

ROOT = Path(__file__).resolve().parent.parent
TOOLS = Path(sysconfig.get_path("purelib"))  # torch, FAISS and Gradio of this environment

pytestmark = pytest.mark.slow


def run(command: Sequence[str | Path], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder that has nothing of the checkout on its path."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env=environment
    )


def done(command: Sequence[str | Path], folder: Path) -> str:
    found = run(command, folder)
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    done([sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", folder, ROOT], folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the wheel and what its core needs, and nothing else."""
    home = tmp_path_factory.mktemp("bare")
    venv.create(home, with_pip=True)
    programs = home / ("Scripts" if os.name == "nt" else "bin")
    done([programs / "python", "-m", "pip", "install", "--quiet", "--no-compile", wheel], home)
    return programs


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder with the sample's files and nothing else of the checkout."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    return tmp_path


FIT_LOAD_APPLY = """
import sys
import score_sense as sc

rows = [
    {"query": f"query {n // 4}", "score": [0.1, 0.5, 0.4, 0.8][n % 4], "relevance": n % 2}
    for n in range(80)
]
pairs = sc.score_pairs(sc.labels_of(rows), sc.COSINE)
calibrator = sc.load_calibrator(sc.fit_calibrator(pairs).calibrator.to_json())
hits = sc.Hits("query", (0, 1), ("a", "b"), ("one", "two"), [0.8, 0.1], sc.COSINE)
print(sc.__version__, calibrator.apply(hits).scores[0] > 0.5, "site-packages" in sc.__file__)
print(*sorted({"torch", "faiss", "gradio", "transformers", "pandas"} & sys.modules.keys()))
"""


def test_scores_are_fitted_loaded_and_applied_in_a_bare_environment(
    bare: Path, tmp_path: Path
) -> None:
    told = done([bare / "python", "-c", FIT_LOAD_APPLY], tmp_path)
    assert told == f"{sc.__version__} True True\n\n"


def test_the_core_brings_nothing_large_beside_numpy_scipy_and_scikit_learn(
    bare: Path, tmp_path: Path
) -> None:
    listed = json.loads(done([bare / "python", "-m", "pip", "list", "--format=json"], tmp_path))
    installed = {each["name"].lower() for each in listed}
    assert {"score-sense", "numpy", "scipy", "scikit-learn"} <= installed
    assert not installed & {"torch", "faiss-cpu", "gradio", "transformers", "pandas", "pydantic"}


def test_the_command_works_in_a_bare_environment(bare: Path, elsewhere: Path) -> None:
    assert "score-sense read 0.73" in done([bare / "score-sense", "--help"], elsewhere)
    read = (bare / "score-sense", "read", "0.73", "--engine", "chroma-cosine", "--json")
    assert json.loads(done(read, elsewhere))[0]["cosine"] == 0.27
    export = (bare / "score-sense", "export", "calibrator.json", "--to", "duckdb")
    failed = run(export, elsewhere)
    assert (failed.returncode, failed.stdout) == (1, "")


@pytest.mark.parametrize(
    ("command", "library", "brought_by"),
    [
        (["serve"], "gradio", "app"),
        (["fit", "examples/judgements.csv", "--grades", "0", "3"], "tokenizers", "encoder"),
    ],
)
def test_what_an_extra_brings_is_missed_in_one_sentence(
    bare: Path, elsewhere: Path, command: list[str], library: str, brought_by: str
) -> None:
    failed = run([bare / "score-sense", *command], elsewhere)
    assert failed.returncode == 1
    assert f'pip install "score-sense[{brought_by}]"' in failed.stderr
    assert len(failed.stderr.splitlines()) == 1


def test_a_type_checker_knows_the_installed_names(bare: Path, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import score_sense as sc\nreveal_type(sc.to_cosine(0.5, 'faiss-l2'))\nsc.read_lables\n"
    )
    found = run(
        [sys.executable, "-m", "mypy", "--python-executable", bare / "python", program], tmp_path
    )
    assert 'program.py:2: note: Revealed type is "tuple[float, ...]"' in found.stdout
    assert 'program.py:3: error: Module has no attribute "read_lables"' in found.stdout


@pytest.fixture(scope="module")
def whole(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel in an environment that finds torch, FAISS and Gradio where the tests have them."""
    home = tmp_path_factory.mktemp("whole")
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    done([python, "-m", "pip", "install", "--quiet", "--no-deps", wheel], home)
    packages = Path(
        done([python, "-c", "import site; print(*site.getsitepackages())"], home).strip()
    )
    (packages / "tools.pth").write_text(f"{TOOLS}\n")
    return home / "bin"


@pytest.mark.model
def test_the_code_of_the_readme_runs_with_the_wheel(whole: Path, elsewhere: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    code = "\n".join(each.content for each in blocks(text) if each.language == "python")
    where = "import score_sense, search_core\nprint(score_sense.__file__, search_core.__file__)"
    told = done([whole / "python", "-c", f"{code}\n{where}"], elsewhere)
    ours, core = map(Path, told.split()[-2:])
    assert whole.parent in ours.parents
    assert whole.parent in core.parents


@pytest.mark.model
def test_the_installed_command_serves_the_page_with_its_sample_and_documents(
    whole: Path, tmp_path: Path
) -> None:
    command = (whole / "score-sense", "serve", "--host", "127.0.0.1")
    with served_process(command=command, folder=tmp_path) as (address, _):
        wait_until_loaded(address)
        assert httpx.get(f"{address}/healthz").json()["documents"] == 432
        assert "Calibration" in httpx.get(f"{address}/docs/calibration.md").text
