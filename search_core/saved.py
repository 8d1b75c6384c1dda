"""A saved engine: a folder of files that is there whole, as it was or as it was last saved.

Every file carries the start of its SHA-256 in its name, and the manifest, which is replaced in one
step and last, names those that belong together. Whatever stops a save leaves the old manifest with
all its files, or the new one with all of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from search_core.collection import Collection
from search_core.corpus import Corpus
from search_core.embedding import QueryVectors, check_encoder
from search_core.encoder import Encoder
from search_core.errors import CorpusError, EncoderError, IndexSpecError, InputError
from search_core.index.store import VectorStore, read_store
from search_core.vectors import unit_vectors

Writer = Callable[[Path], object]

FORMAT = "score-sense-engine/1"
MANIFEST = "manifest.json"
_FILES = ("collection.json", "vectors.npy", "index.faiss")
_UNRELATED = "unrelated.npy"  # only where the background had been computed
_BEING_WRITTEN = "new-"
_HASH = re.compile(r"[0-9a-f]{64}")
_DIGITS = 16  # of the hash, in a file's name
_BLOCK = 2**20


def save(folder: str | Path, collection: Collection, store: VectorStore, shortlist: int) -> None:
    """Write an engine's parts; see `SearchEngine.save`."""
    corpus, encoder = collection.corpus, collection.encoder
    unrelated = collection.unrelated_vectors
    written = json.dumps(
        {
            "ids": corpus.ids,
            "texts": corpus.texts,
            "notes": corpus.notes,
            "next_number": corpus.next_number,
            "from_labels": collection.from_labels,
            "background_queries": collection.background_queries,
            "unrelated": None if unrelated is None else collection.unrelated_questions.questions,
            "shortlist": shortlist,
            "index": store.about(),
        }
    )  # in ASCII, which also holds lone surrogates
    writers: tuple[Writer, ...] = (
        lambda file: file.write_text(written, encoding="ascii"),
        lambda file: np.save(file, collection.vectors, allow_pickle=False),
        store.write,
    )
    parts = dict(zip(_FILES, writers, strict=True))
    if unrelated is not None:
        parts[_UNRELATED] = lambda file: np.save(file, unrelated, allow_pickle=False)
    about = {"encoder": {"name": encoder.name, "fingerprint": encoder.fingerprint}}
    _write(_path(folder), about, parts)


def load(folder: str | Path, encoder: Encoder) -> tuple[Collection, VectorStore, int]:
    """Read an engine's parts, and how long its shortlist is; see `SearchEngine.load`."""
    check_encoder(encoder)
    path = _path(folder)
    manifest = _manifest(path)
    _check_saved_with(manifest.get("encoder"), encoder)
    texts, rows, index = (_checked_file(path, manifest, name) for name in _FILES)
    unrelated = _checked_file(path, manifest, _UNRELATED) if _has_unrelated(manifest) else None
    try:
        about = json.loads(texts.read_text(encoding="ascii"))
        ids, documents, notes = (tuple(about[name]) for name in ("ids", "texts", "notes"))
        corpus = Corpus(ids, documents, notes, about.get("next_number", 0))  # not in older files
        vectors = np.load(rows, allow_pickle=False)
        from_labels = about.get("from_labels") is True
        collection = Collection(
            corpus,
            encoder,
            vectors,
            from_labels=from_labels,
            queries=_queries(encoder, about.get("unrelated"), unrelated),
            background_queries=about.get("background_queries"),  # not in older files
        )
        store = read_store(index, about["index"], collection.vectors)
        return collection, store, about["shortlist"]
    except (OSError, ValueError, TypeError, KeyError, CorpusError, IndexSpecError) as fault:
        raise InputError(
            f"What is saved in '{path.name[:80]}' does not fit together "
            f"({type(fault).__name__}); build the engine and save it again."
        ) from None


def _queries(encoder: Encoder, questions: Any, file: Path | None) -> QueryVectors:
    """Return what remembers queries, with the unrelated questions that were embedded before."""
    if file is None:
        return QueryVectors(encoder)
    vectors = unit_vectors(np.load(file, allow_pickle=False), len(questions), encoder.dim)
    return QueryVectors(encoder, {tuple(questions): vectors})


def _has_unrelated(manifest: Mapping[str, Any]) -> bool:
    files = manifest.get("files")
    return isinstance(files, dict) and _UNRELATED in files


def _path(folder: str | Path) -> Path:
    try:
        return Path(folder)
    except TypeError:
        raise InputError(
            f"A {type(folder).__name__} was given where a folder was expected; give its path."
        ) from None


def _write(folder: Path, about: Mapping[str, Any], parts: Mapping[str, Writer]) -> None:
    """Write files by their names, and a manifest with plain values; one program at a time may."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        hashes = {name: _write_file(folder, name, write) for name, write in parts.items()}
        body = {"format": FORMAT, **about, "files": hashes}
        new = folder / f"{_BEING_WRITTEN}{MANIFEST}"
        new.write_text(json.dumps(body, indent=1), encoding="utf-8")
        _settle(new)
        new.replace(folder / MANIFEST)
        _settle(folder)
        _sweep(folder, hashes)
    except (OSError, RuntimeError) as fault:  # FAISS raises the latter
        raise InputError(
            f"The folder '{folder.name[:80]}' cannot be written ({type(fault).__name__}); what was "
            "saved there before is still there. Choose another folder, or make room."
        ) from None


def _manifest(folder: Path) -> dict[str, Any]:
    """Return what the manifest says; an `InputError` where there is none that can be read."""
    try:
        body = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except OSError:
        raise InputError(
            f"No engine is saved in '{folder.name[:80]}': {MANIFEST} cannot be read there; give "
            "the folder that SearchEngine.save wrote."
        ) from None
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise _damaged(folder, MANIFEST)
    if body.get("format") != FORMAT:
        raise InputError(
            f"The folder's format is '{str(body.get('format'))[:40]}', and this version reads "
            f"'{FORMAT}'; build the engine and save it again."
        )
    return body


def _checked_file(folder: Path, manifest: Mapping[str, Any], name: str) -> Path:
    """Return where a file is, after a look at its checksum."""
    hashes = manifest.get("files")
    expected = hashes.get(name) if isinstance(hashes, dict) else None
    if not isinstance(expected, str) or not _HASH.fullmatch(expected):
        raise _damaged(folder, MANIFEST)
    file = folder / _stored_name(name, expected)
    try:
        intact = _sha256(file) == expected
    except OSError:
        raise InputError(
            f"The file {file.name} of the saved engine cannot be read; save the engine again."
        ) from None
    if not intact:
        raise _damaged(folder, file.name)
    return file


def _check_saved_with(saved: object, encoder: Encoder) -> None:
    with_what = saved if isinstance(saved, dict) else {}
    if with_what.get("fingerprint") != encoder.fingerprint:
        raise EncoderError(
            f"This engine was saved with '{str(with_what.get('name'))[:80]}', and "
            f"'{encoder.name}' has another fingerprint; load the encoder that embedded it."
        )


def _damaged(folder: Path, name: str) -> InputError:
    return InputError(
        f"The file {name} in '{folder.name[:80]}' is damaged: it is not what was saved; save the "
        "engine again."
    )


def _write_file(folder: Path, name: str, write: Writer) -> str:
    """Write a file under the name that its content gives it; return its SHA-256."""
    new = folder / f"{_BEING_WRITTEN}{name}"
    write(new)
    _settle(new)
    digest = _sha256(new)
    new.replace(folder / _stored_name(name, digest))
    return digest


def _stored_name(name: str, digest: str) -> str:
    stem, _, ending = name.partition(".")
    return f"{stem}-{digest[:_DIGITS]}.{ending}"


def _settle(path: Path) -> None:
    """See to it that the disk has a file, or a folder's names, before the next step is taken."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sweep(folder: Path, hashes: Mapping[str, str]) -> None:
    """Remove what earlier saves left, finished or not; nothing else in the folder is touched."""
    kept = {_stored_name(name, digest) for name, digest in hashes.items()}
    for name in (*_FILES, _UNRELATED):
        stem, _, ending = name.partition(".")
        for file in folder.glob(f"{stem}-{'[0-9a-f]' * _DIGITS}.{ending}"):
            if file.name not in kept:
                file.unlink(missing_ok=True)


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
