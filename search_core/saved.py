"""A folder of files that is there whole: as it was, or as it was last saved.

Every file carries the start of its SHA-256 in its name, and the manifest, which is replaced in one
step and last, names those that belong together. Whatever stops a save leaves the old manifest with
all its files, or the new one with all of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from search_core.errors import InputError

Writer = Callable[[Path], None]

FORMAT = "score-sense-engine/1"
MANIFEST = "manifest.json"
_BEING_WRITTEN = "new-"
_HASH = re.compile(r"[0-9a-f]{64}")
_DIGITS = 16  # of the hash, in a file's name
_BLOCK = 2**20


def save_folder(folder: Path, about: Mapping[str, Any], parts: Mapping[str, Writer]) -> None:
    """Write a folder, or replace what was saved there; one program at a time may.

    Parameters
    ----------
    folder:
        Made where it is missing.
    about:
        Plain values for the manifest.
    parts:
        What writes each file, by the file's name.

    Raises
    ------
    InputError
        The folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        hashes = {name: _put(folder, name, write) for name, write in parts.items()}
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


def load_manifest(folder: Path) -> dict[str, Any]:
    """Return what the manifest says.

    Raises
    ------
    InputError
        There is none, it is damaged, or of another format version.
    """
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


def checked_files(folder: Path, body: Mapping[str, Any], names: Iterable[str]) -> list[Path]:
    """Return where the files of these names are, after a look at their checksums.

    Raises
    ------
    InputError
        One is missing or was altered.
    """
    found = []
    for name in names:
        hashes = body.get("files")
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
        found.append(file)
    return found


def _damaged(folder: Path, name: str) -> InputError:
    return InputError(
        f"The file {name} in '{folder.name[:80]}' is damaged: it is not what was saved; save the "
        "engine again."
    )


def _put(folder: Path, name: str, write: Writer) -> str:
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
    for name in hashes:
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
