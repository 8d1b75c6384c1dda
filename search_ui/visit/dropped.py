"""Files that were dropped somewhere on the page: what each is, and where on the page it belongs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

import msgspec

import search_core as sc

MOST_FILES = 10  # at once: labels with queries, documents and a run are four


class Head(msgspec.Struct):
    """How a file begins, as the browser sends it: its name, and its first bytes in base64.

    `before` says that it was not dropped now, but the last time.
    """

    name: str
    head: bytes
    before: bool = False


@dataclass(frozen=True)
class Place:
    """Where files of a kind belong.

    Attributes
    ----------
    words:
        What the files are, as a sentence names them.
    tab, step:
        The tab, and the step of Calibrate or "".
    form, field:
        The ids of what unfolds and of the field for the file in it.
    choice:
        What must be chosen above the field first, or "".
    endings:
        What the name of a file may end with there; a file with another ending gets the first.
    """

    words: str
    tab: str
    step: str
    form: str
    field: str
    choice: str = ""
    endings: tuple[str, ...] = ()


_JUDGED = Place("labels", "calibrate", "labels", "step-labels", "label-file", "csv")
_TEXTS = (".txt", ".csv", ".tsv", ".jsonl", ".json")
_PLACES: Mapping[sc.FileKind, Place] = {
    "labels": _JUDGED,
    "qrels": _JUDGED,
    "run": _JUDGED,
    "queries": Place("queries", "calibrate", "labels", "step-labels", "label-file", "csv"),
    "scores": Place(
        "labels with scores", "calibrate", "labels", "step-labels", "label-file", "scores"
    ),
    "calibrator": Place(
        "a calibrator", "calibrate", "use", "step-use", "import-file", endings=(".json",)
    ),
    "index": Place(
        "a FAISS index", "search", "", "own-index", "index-file",
        endings=(".faiss", ".index", ".bin"),
    ),
    "texts": Place("texts", "search", "", "own", "collection-file", endings=_TEXTS),
}  # fmt: skip
_TEXTS_OF_INDEX = Place("texts", "search", "", "own-index", "index-texts", endings=_TEXTS)


@dataclass(frozen=True)
class Opened:
    """Where one of the files goes: the place, and the name that it has there."""

    place: Place
    name: str


def opened(heads: str) -> tuple[Opened, ...]:
    """Return where each of the files goes that were dropped, in their order.

    Those of the drop before are among them where these are what they lacked: the texts of an
    index, or the queries, documents, qrels or run of what has ids only.

    Parameters
    ----------
    heads:
        JSON: a list of `Head`, those of the drop before first.

    Raises
    ------
    InputError
        A file is nothing that is read here, or they do not go together.
    """
    try:
        files = msgspec.json.decode(heads, type=list[Head])
    except msgspec.DecodeError:
        raise sc.InputError("The files did not arrive whole; drop them once more.") from None
    now = [each for each in files if not each.before]
    if not now:
        raise sc.InputError("No file arrived; drop one or more files, and no folder.")
    if len(now) > MOST_FILES:
        raise sc.InputError(
            f"{len(now)} files were dropped; at most {MOST_FILES} are taken at once."
        )
    kinds = [sc.recognise_file(each.name, each.head) for each in files]
    if len(now) < len(files) and not _complete_each_other(kinds):
        files, kinds = now, kinds[-len(now) :]
    return tuple(
        Opened(place, _ending_well(each.name, place))
        for place, each in zip(_together(kinds), files, strict=True)
    )


def _complete_each_other(kinds: Sequence[sc.FileKind]) -> bool:
    """Whether files are an index with its texts, or parts of one judged collection, each once."""
    if _are_index_with_texts(kinds):
        return True
    most = {"qrels": 1, "run": 1, "queries": 1, "texts": 2}  # queries may look like documents
    has_ids = bool({"qrels", "run", "queries"} & set(kinds))
    texts = kinds.count("queries") + kinds.count("texts")
    return has_ids and texts <= 2 and all(kinds.count(each) <= most.get(each, 0) for each in kinds)


def _are_index_with_texts(kinds: Sequence[sc.FileKind]) -> bool:
    return sorted(kinds) in (["index", "texts"], ["index", "queries"])


def _together(kinds: Sequence[sc.FileKind]) -> list[Place]:
    """Return the place of each file: labels and an index take others along.

    Raises
    ------
    InputError
        The files have no common place.
    """
    if len(kinds) == 1:
        return [_PLACES[kinds[0]]]
    if _are_index_with_texts(kinds):
        return [_PLACES["index"] if kind == "index" else _TEXTS_OF_INDEX for kind in kinds]
    of_labels = {"qrels", "run", "labels", "queries"}
    if of_labels & set(kinds) and not {"index", "calibrator"} & set(kinds):
        return [_JUDGED] * len(kinds)
    raise sc.InputError(
        "These files don't go together; drop one, an index with its texts, or labels with the "
        "files of queries and documents."
    )


def _ending_well(name: str, place: Place) -> str:
    ending = PurePath(name).suffix.casefold()
    return name if not place.endings or ending in place.endings else name + place.endings[0]
