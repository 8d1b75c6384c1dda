"""How long a new process takes until it has its first vector, and its first answer.

    python -m benchmarks.cold_start [--pairs N] [--quick]

Every figure is the time of a whole process, from its start until it has printed what it was
started for; and its CPU seconds, which other programs change less. Peers: sentence-transformers,
alone and with a flat FAISS index over the first 300 documents of the sample; fastembed, which
needs no torch; `import torch` with nothing else; and for the page, from its start to the first
answer over HTTP, a plain Gradio page that searches the sample by sentence-transformers and FAISS.
First both sides must give the same answer.

fastembed is measured where `make fastest` has installed it and exported the model.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from benchmarks.fast_peers import FUSED
from benchmarks.interleaved import Goal, Pair, in_pairs, machine, row
from benchmarks.table import HEADER
from benchmarks.texts import options
from tests.browser.serving import free_port
from tests.server.calls import to_search

ROOT = Path(__file__).resolve().parents[1]
FASTEST = ROOT / ".venv-fastest" / "bin" / "python"
QUESTION = "A feline relaxes."
START_SECONDS = 300

READ = """
import csv
with open("examples/documents.csv", encoding="utf-8", newline="") as file:
    texts = [row["text"] for row in csv.DictReader(file)]
"""
SHOW = "print(vector[:4].round(5) + 0)"
OUR_VECTOR = f"""
import search_core as sc
vector = sc.load_encoder().encode_queries(["{QUESTION}"])[0]
{SHOW}
"""
PEER_VECTOR = f"""
from benchmarks.peers import sentence_transformers
vector = sentence_transformers()(["{QUESTION}"])[0]
{SHOW}
"""
FASTEMBED_VECTOR = f"""
from fastembed import TextEmbedding
name = "sentence-transformers/all-MiniLM-L6-v2"
model = TextEmbedding(name, specific_model_path="{FUSED.parent}")
vector = next(iter(model.embed(["{QUESTION}"])))
{SHOW}
"""
OUR_ANSWER = f"""{READ}
import search_core as sc
engine = sc.SearchEngine.build(sc.Corpus.from_texts(texts[:300]), sc.load_encoder())
print(list(engine.search("{QUESTION}", 10).positions))
"""
PEER_ANSWER = f"""{READ}
from benchmarks.peers import sentence_transformers_and_faiss
print(sentence_transformers_and_faiss(texts[:300])(["{QUESTION}"])[0][0])
"""
ONLY_TORCH = "import torch"
PEER = "sentence-transformers"
PEER_PAGE = f"""{READ}
import sys
import gradio as gr
from benchmarks.peers import sentence_transformers_and_faiss
answers = sentence_transformers_and_faiss(texts)
def search(question):
    return [texts[position] for position in answers([question])[0][0]]
page = gr.Interface(search, gr.Textbox(label="Question"), gr.JSON(label="Hits"), api_name="search")
page.launch(server_port=int(sys.argv[1]), quiet=True)
"""


class Cost(NamedTuple):
    """What a process took until it had done its work."""

    seconds: float
    cpu: float


def cost(program: str, python: str = sys.executable) -> Cost:
    """Return what a new Python process takes to run the program."""
    started, before = time.perf_counter(), _cpu_of_children()
    output(program, python)
    return Cost(time.perf_counter() - started, _cpu_of_children() - before)


def output(program: str, python: str = sys.executable) -> str:
    done = subprocess.run(
        [python, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"A program of the benchmark failed:\n{done.stderr}")
    return done.stdout


def page_cost(command: Sequence[str], data: Sequence[Any], port: int) -> tuple[Cost, list[str]]:
    """Return what a page took from its start to its first answer, and the texts of the hits."""
    own = {"GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False"}
    started, before = time.perf_counter(), _cpu_of_children()
    with subprocess.Popen([sys.executable, *command], cwd=ROOT, env=os.environ | own) as page:
        try:
            texts = _first_answer(f"http://127.0.0.1:{port}/gradio_api/call/search", data)
            seconds = time.perf_counter() - started
        finally:
            page.kill()
    return Cost(seconds, _cpu_of_children() - before), texts


def _first_answer(address: str, data: Sequence[Any]) -> list[str]:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            sent = httpx.post(address, json={"data": list(data)}, timeout=START_SECONDS)
            if sent.status_code == 200:
                event = sent.json()["event_id"]
                answer = httpx.get(f"{address}/{event}", timeout=START_SECONDS).text
                (found,) = json.loads(answer.partition("data: ")[2])
                return [hit["text"] for hit in found["hits"]] if "hits" in found else found
        except httpx.TransportError:
            pass
        time.sleep(0.02)
    raise SystemExit(f"No answer came in {START_SECONDS} s.")


def check_same(ours: Any, peers: Any) -> None:
    """End the benchmark unless both programs gave the same."""
    if ours != peers:
        raise SystemExit("The answers differ; times do not compare.")


def measured(
    question: str,
    peer: str,
    sides: tuple[Callable[[], Cost], Callable[[], Cost]],
    limit: float,
    pairs: Iterable[int],
) -> None:
    """Print two rows: the time of both sides, which take turns, and their CPU seconds."""
    costs: tuple[list[Cost], list[Cost]] = ([], [])

    def seconds(side: int) -> float:
        costs[side].append(sides[side]())
        return costs[side][-1].seconds

    found = in_pairs(lambda _: seconds(0), lambda _: seconds(1), pairs)
    cpu = [Pair(a.cpu, b.cpu, pair.others) for a, b, pair in zip(*costs, found, strict=True)]
    print(row(question, peer, found, Goal(limit)))
    print(row(f"{question}, CPU seconds", peer, cpu, Goal()), flush=True)


def main() -> None:
    chosen: Any = options(__doc__)
    pairs = range(2 if chosen.quick else chosen.pairs)
    check_same(output(OUR_VECTOR), output(PEER_VECTOR))  # also fills the file cache
    check_same(output(OUR_ANSWER), output(PEER_ANSWER))
    print(machine(), HEADER, sep="\n\n", flush=True)
    vector, answer = "process start to first vector", "start to first answer, 300 documents"
    ours = lambda: cost(OUR_VECTOR)  # noqa: E731
    measured(vector, PEER, (ours, lambda: cost(PEER_VECTOR)), 0.08, pairs)
    if FASTEST.exists() and FUSED.exists():
        python = str(FASTEST)
        check_same(output(OUR_VECTOR), output(FASTEMBED_VECTOR, python))
        measured(vector, "fastembed", (ours, lambda: cost(FASTEMBED_VECTOR, python)), 1.0, pairs)
    measured(vector, ONLY_TORCH, (ours, lambda: cost(ONLY_TORCH)), 1.15, pairs)
    measured(
        answer,
        f"{PEER} + faiss",
        (lambda: cost(OUR_ANSWER), lambda: cost(PEER_ANSWER)),
        0.33,
        pairs,
    )
    port = str(free_port())
    our_page = (("app.py",), to_search(QUESTION, k=10), int(port))
    peer_page = (("-c", PEER_PAGE, port), [QUESTION], int(port))
    check_same(page_cost(*our_page)[1], page_cost(*peer_page)[1])
    measured(
        "page, start to first answer over HTTP",
        f"Gradio, {PEER} + faiss",
        (lambda: page_cost(*our_page)[0], lambda: page_cost(*peer_page)[0]),
        0.15,
        pairs,
    )


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
