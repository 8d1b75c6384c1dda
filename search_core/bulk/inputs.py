"""Which files are read: named one by one, by a pattern, or with their folder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from glob import glob, has_magic
from os import PathLike, fspath
from pathlib import Path

from search_core.errors import InputError, several

KINDS = {
    ".csv": "CSV", ".tsv": "TSV", ".jsonl": "JSONL", ".ndjson": "JSONL", ".parquet": "Parquet",
}  # fmt: skip
"""The form of a file, by the end of its name."""

FilePath = str | PathLike[str]


@dataclass(frozen=True)
class InputFile:
    """A file of texts.

    Attributes
    ----------
    path:
        Where it is.
    name:
        What its vectors are called after: its name, with the folders below the one that was given.
    """

    path: Path
    name: str

    @property
    def kind(self) -> str:
        """A value of `KINDS`."""
        return KINDS[self.path.suffix.lower()]

    def sha256(self) -> str:
        """Return the hash of its bytes."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def find_inputs(given: Sequence[FilePath], output: Path) -> tuple[InputFile, ...]:
    """Return the files that were given, each once, in the order given and then by name.

    Parameters
    ----------
    given:
        Files, folders (with those below them) and patterns such as "texts/*.csv".
    output:
        The folder that vectors go to; nothing in it is an input.

    Raises
    ------
    InputError
        Something that is not there, a file of another form, or two files of one name.
    """
    found: dict[Path, InputFile] = {}
    for each in several(given, "inputs", InputError):
        for file in _files_of(each, output.resolve()):
            found.setdefault(file.path.resolve(), file)
    if not found:
        raise InputError("No inputs were given; name files, folders or patterns.")
    _refuse_same_names(list(found.values()))
    return tuple(found.values())


def _files_of(given: FilePath, output: Path) -> Iterator[InputFile]:
    if not isinstance(given, str | PathLike):
        raise InputError(f"An input is a {type(given).__name__}; give paths and patterns alone.")
    path = Path(given)
    if path.is_dir():
        inside = [each for each in sorted(path.rglob("*")) if _is_input(each, output)]
        if not inside:
            raise InputError(f"The folder '{path}' holds no file that ends in {_endings()}.")
        yield from (InputFile(each, each.relative_to(path).as_posix()) for each in inside)
        return
    pattern = fspath(given)
    if path.is_file():
        matches = [path]
    else:
        matches = sorted(map(Path, glob(pattern, recursive=True))) if has_magic(pattern) else []
    files = [each for each in matches if each.is_file() and output not in each.resolve().parents]
    if not files:
        raise InputError(
            f"'{path}' is neither a file nor a folder, nor a pattern that a file matches; give "
            f"what holds the texts, in files that end in {_endings()}."
        )
    for each in files:
        if each.suffix.lower() not in KINDS:
            raise InputError(f"'{each}' is of no form that is read; give files in {_endings()}.")
        yield InputFile(each, each.name)


def _is_input(path: Path, output: Path) -> bool:
    is_hidden = path.name.startswith(".")
    is_read = path.suffix.lower() in KINDS and path.is_file() and not is_hidden
    return is_read and output not in path.resolve().parents


def _refuse_same_names(files: Sequence[InputFile]) -> None:
    first: dict[str, InputFile] = {}
    for file in files:
        other = first.setdefault(file.name, file)
        if other is not file:
            raise InputError(
                f"'{other.path}' and '{file.path}' have one name, and so would their vectors; "
                "rename one, or give the folder above both."
            )


def _endings() -> str:
    *others, last = KINDS
    return f"{', '.join(others)} or {last}"
