"""The command `score-sense`: what it takes, and how it ends.

Exit codes: 0, 1 where what was given cannot be used (one sentence on stderr says why), 2 where the
command is not one, 3 where a watch raises an alarm. Answers go to stdout, progress and notes to
stderr.
"""

from __future__ import annotations

import os
import re
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Sequence
from textwrap import fill

import search_core as sc
from score_sense import commands, threshold_commands
from score_sense.engine_names import engine_called

FAILED, INTERRUPTED = 1, 130

_NEGATIVE = re.compile(r"-[\d.,]+e[-+]?\d+", re.IGNORECASE)

_EXAMPLES = """\
examples:
  score-sense read 0.73 --engine langchain-faiss-score
  score-sense engines chroma
  score-sense fit labels.csv --scale cosine -o calibrator.json
  score-sense apply calibrator.json rows.csv > predicted.csv
  score-sense threshold calibrator.json
  score-sense export calibrator.json --to duckdb
  score-sense translate 0.73 texts.csv --new bge-small-en-v1.5
  score-sense watch state.json today.csv --calibrator calibrator.json
  score-sense passport all-MiniLM-L6-v2 -o passport.html
  score-sense embed texts/*.csv -o vectors
  score-sense serve --port 8000

A file named - is standard input.
"""
_READ = """\
examples:
  score-sense read 0.73 --engine elasticsearch-cosine
  score-sense read 0.73 1.1 --engine FAISS.similarity_search_with_score --json
  psql -tAc 'SELECT …' | score-sense read - --engine pgvector-cosine
"""
_ENGINES = """\
examples:
  score-sense engines
  score-sense engines chroma
"""
_FIT = """\
The file is a CSV, TSV or JSON with the columns query, relevance and score; or query, text and
relevance, and then the texts are embedded here (needs the extras faiss and encoder).

examples:
  score-sense fit labels.csv --scale cosine -o calibrator.json
  score-sense fit grades.csv --scale bm25 --grades 0 3 --method platt > calibrator.json
  score-sense fit judged.csv --documents documents.csv -o calibrator.json

scales beside the keys of engines:
"""
_APPLY = """\
The rows come back with two more columns: the predicted relevance, and whether to show the row.

examples:
  score-sense apply calibrator.json rows.csv > predicted.csv
  cat rows.csv | score-sense apply calibrator.json - --json
  score-sense apply calibrator.json distances.csv --engine chroma-cosine
"""
_THRESHOLD = """\
examples:
  score-sense threshold calibrator.json
  score-sense threshold calibrator.json --reaching 0.6
  score-sense threshold calibrator.json --labels new_labels.csv --target 0.8
"""
_EXPORT = """\
examples:
  score-sense export calibrator.json --to pgvector
  score-sense export calibrator.json --to sqlite --score "1 - distance"
  score-sense export calibrator.json --to javascript > calibrated.js
"""
_TRANSLATE = """\
The file has texts of your own, a few hundred or more, which both models embed; or the columns
query, old and new with both scores of each pair, higher being better. With labels (--labels, or a
column relevance), as many of what is shown stay relevant; without, as many pairs are let through.

examples:
  score-sense translate 0.73 texts.csv --old all-MiniLM-L6-v2 --new bge-small-en-v1.5
  score-sense translate 0.73 texts.csv --new-scores faiss-l2
  score-sense translate 0.73 both_scores.csv --json
"""
_WATCH = """\
Rows have the predicted relevance of hits in a column probability or value, and a label in relevance
where there is one; what `score-sense apply` prints is such a file. Or they have a column rarity:
then no labels are needed, and the first file says what is usual. The state is read from STATE and
written there again. The exit code is 3 where the promise is broken or the traffic has changed.

examples:
  score-sense watch state.json today.csv --calibrator calibrator.json
  score-sense apply calibrator.json log.csv | score-sense watch state.json -
  score-sense watch rarity.json rarities.csv
"""
_PASSPORT = """\
One page on a model: the cosines of unrelated texts, paraphrases, negations and look-alikes, and
what a cosine meant in labelled collections where the model was measured on some.

examples:
  score-sense passport all-MiniLM-L6-v2 -o passport.html
  score-sense passport all-MiniLM-L6-v2 --to markdown >> README.md
  score-sense passport bge-small-en-v1.5 --to svg -o card.svg

models that were measured on labels:
"""
_EMBED = """\
Inputs are CSV, TSV, JSONL or Parquet: files, folders, or patterns in quotes. Each becomes a Parquet
file with id, vector and text_sha256. What was interrupted goes on where it stopped. A store gets
ids, vectors and texts as well, once all files are whole; it must have the collection, which
QdrantStore.create or MilvusStore.create makes. Rows that it has are left alone. Addresses are as
for serve.

examples:
  score-sense embed texts/*.csv -o vectors
  score-sense embed texts -o vectors --text body --id key --workers 8
  score-sense embed texts -o vectors --store qdrant://localhost:6333/texts
  score-sense embed texts -o vectors --store 'milvus:///data/texts.db?collection=texts'
"""
_SERVE = """\
A store is searched where it is, and nothing is written to it. Addresses: qdrant://HOST:PORT/NAME,
qdrant:///FOLDER, milvus://HOST:PORT/NAME, milvus:///FILE.db; then ?text=FIELD for another field of
texts. Keys are read from QDRANT_API_KEY and MILVUS_TOKEN.

examples:
  score-sense serve --port 8000
  score-sense serve --store qdrant://localhost:6333/texts --calibrator calibrator.json
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    written = sys.argv[1:] if arguments is None else arguments
    given = parser().parse_args([_not_an_option(each) for each in written])
    try:
        code: int | None = given.run(given)
        sys.stdout.flush()
        return code or 0
    except sc.SearchCoreError as fault:
        print(f"score-sense: {fault}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever read the answer has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def parser() -> ArgumentParser:
    """Return what reads the command."""
    whole = ArgumentParser(
        prog="score-sense",
        description="What does a similarity score mean?",
        epilog=_EXAMPLES,
        formatter_class=RawDescriptionHelpFormatter,
    )
    whole.add_argument("--version", action="version", version=sc.__version__)
    parts = whole.add_subparsers(required=True, metavar="COMMAND")

    def part(
        name: str, run: Callable[[Namespace], int | None], purpose: str, more: str
    ) -> ArgumentParser:
        added = parts.add_parser(
            name, help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}.", epilog=more,
            formatter_class=RawDescriptionHelpFormatter,
        )  # fmt: skip
        added.set_defaults(run=run)
        return added

    _add_read(part("read", commands.read, "say which cosine is behind a score", _READ))
    _add_engines(
        part("engines", commands.engines, "list the engines whose scores are known", _ENGINES)
    )
    scales = fill(", ".join(sc.BROUGHT_SCALES), 96, initial_indent="  ", subsequent_indent="  ")
    _add_fit(part("fit", commands.fit, "fit a calibrator on labels", _FIT + scales))
    _add_apply(part("apply", commands.apply, "predict the relevance of rows", _APPLY))
    _add_threshold(
        part("threshold", commands.threshold, "say from which value on to show hits", _THRESHOLD)
    )
    _add_export(part("export", commands.export, "write a calibrator as code", _EXPORT))
    _add_translate(
        part(
            "translate", threshold_commands.translate, "move a threshold to a new model", _TRANSLATE
        )
    )
    _add_watch(part("watch", threshold_commands.watch, "watch a threshold in production", _WATCH))
    measured = fill(
        ", ".join(sc.shipped_passports()), 96, initial_indent="  ", subsequent_indent="  "
    )
    _add_passport(
        part("passport", commands.passport, "say what a model's cosines mean", _PASSPORT + measured)
    )
    _add_embed(part("embed", commands.embed, "embed many files (needs the extra ray)", _EMBED))
    _add_serve(part("serve", commands.serve, "serve the page (needs the extra app)", _SERVE))
    return whole


def _not_an_option(written: str) -> str:
    """Return an argument with a blank before -1e-3, which argparse would read as an option."""
    return f" {written}" if _NEGATIVE.fullmatch(written) else written


def _add_read(part: ArgumentParser) -> None:
    part.add_argument("scores", nargs="+", metavar="SCORE", help="or - for one a line")
    part.add_argument(
        "--engine", required=True, type=_engine,
        help="what showed it: a key such as faiss-l2, or the function that you call",
    )  # fmt: skip
    _add_json(part)


def _add_engines(part: ArgumentParser) -> None:
    part.add_argument("word", nargs="?", default="", help="list those that have it in their name")
    _add_json(part)


def _add_fit(part: ArgumentParser) -> None:
    part.add_argument("labels", metavar="LABELS", help="the file with labels, or -")
    part.add_argument("-o", "--output", default="-", help="where the calibrator goes (JSON)")
    part.add_argument("--scale", help="what the scores are: cosine, bm25 …, or an engine's key")
    part.add_argument("--better", choices=("higher", "lower"), help="which scores are better")
    part.add_argument(
        "--grades", nargs=2, type=float, metavar=("LOW", "HIGH"), help="the labels' scale"
    )
    part.add_argument(
        "--method", default="auto",
        help="auto (if not given), linear, platt, isotonic, centred_isotonic, beta or blend",
    )  # fmt: skip
    _add_texts(part)


def _add_apply(part: ArgumentParser) -> None:
    part.add_argument("calibrator", metavar="CALIBRATOR", help="the JSON of a calibrator, or -")
    part.add_argument("rows", metavar="ROWS", help="the file with rows, or -")
    part.add_argument(
        "--engine", type=_engine,
        help="what showed the scores in the file, where the fit was on another's: a key, or the "
        "function that you call",
    )  # fmt: skip
    _add_texts(part)
    _add_json(part)


def _add_threshold(part: ArgumentParser) -> None:
    part.add_argument("calibrator", metavar="CALIBRATOR", help="the JSON of a calibrator, or -")
    part.add_argument("--reaching", type=float, metavar="VALUE", help="the score that reaches it")
    part.add_argument("--labels", help="labels that the fit has not seen, to find one with")
    part.add_argument("--target", type=float, default=0.9, help="the share that shall be relevant")
    _add_json(part)


def _add_export(part: ArgumentParser) -> None:
    part.add_argument("calibrator", metavar="CALIBRATOR", help="the JSON of a calibrator, or -")
    part.add_argument("--to", required=True, choices=list(commands.EXPORTS), help="the language")
    part.add_argument("--score", help="the column, or what makes the score (SQL and Painless)")


def _add_translate(part: ArgumentParser) -> None:
    part.add_argument("value", type=float, metavar="THRESHOLD", help="as the old engine shows it")
    part.add_argument("texts", metavar="FILE", help="texts, or both scores of pairs, or -")
    part.add_argument("--old", default=sc.DEFAULT_MODEL, metavar="MODEL", help="the old model")
    part.add_argument("--new", default=sc.DEFAULT_MODEL, metavar="MODEL", help="the new model")
    part.add_argument("--old-scores", default="cosine", help="what the old numbers are")
    part.add_argument("--new-scores", default="cosine", help="what the new numbers are")
    part.add_argument("--queries", metavar="FILE", help="usual ones, which are searched for")
    part.add_argument("--labels", metavar="FILE", help="of texts in the file")
    _add_json(part)


def _add_watch(part: ArgumentParser) -> None:
    part.add_argument("state", metavar="STATE", help="the JSON of the watch; made if not there")
    part.add_argument("rows", metavar="ROWS", help="the file with rows, or -")
    part.add_argument("--calibrator", metavar="FILE", help="whose threshold a new watch is over")
    part.add_argument(
        "--false-alarms", type=float, default=0.05, metavar="SHARE",
        help="of a new watch, the chance that it is ever wrong; 0.05 if not given",
    )  # fmt: skip
    _add_json(part)


def _add_passport(part: ArgumentParser) -> None:
    part.add_argument("model", metavar="MODEL", help="its name")
    part.add_argument(
        "--to", choices=list(commands.PASSPORTS), default="html", help="html if not given"
    )
    part.add_argument("-o", "--output", default="-", help="where it goes; - is the output")


def _add_embed(part: ArgumentParser) -> None:
    part.add_argument("inputs", nargs="+", metavar="INPUT", help="a file, a folder or a pattern")
    part.add_argument("-o", "--output", required=True, metavar="FOLDER", help="for the vectors")
    part.add_argument("--model", default=sc.DEFAULT_MODEL, help="what embeds the texts")
    part.add_argument("--text", metavar="COLUMN", help="the texts, where the name does not tell")
    part.add_argument("--id", metavar="COLUMN", help="the ids, where the name does not tell")
    part.add_argument("--workers", type=int, metavar="N", help="processes; one a core if not given")
    part.add_argument("--store", metavar="ADDRESS", help="a store that gets the rows, too")


def _add_serve(part: ArgumentParser) -> None:
    part.add_argument("--host", help="where it listens; 127.0.0.1 if not given")
    part.add_argument("--port", help="7860 if not given")
    part.add_argument(
        "--store", metavar="ADDRESS",
        help="a store of your own to search, such as qdrant://localhost:6333/texts",
    )  # fmt: skip
    part.add_argument("--calibrator", metavar="FILE", help="what reads the store's scores (JSON)")
    part.add_argument("--sample", metavar="FILE", help="keeps what is drawn from the store (JSON)")
    part.add_argument("--model", default=sc.DEFAULT_MODEL, help="what made the store's vectors")


def _add_texts(part: ArgumentParser) -> None:
    part.add_argument("--documents", help="the collection, where rows name texts of it")
    part.add_argument("--model", default=sc.DEFAULT_MODEL, help="what embeds texts")


def _add_json(part: ArgumentParser) -> None:
    part.add_argument("--json", action="store_true", help="JSON in place of a table")


def _engine(name: str) -> sc.Engine:
    try:
        return engine_called(name)
    except sc.InputError as fault:
        raise ArgumentTypeError(str(fault)) from None
