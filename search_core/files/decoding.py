"""Files of strangers into text: what the bytes are is looked at, never guessed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeAlias

from search_core.errors import InputError, cap_words, reading_file
from search_core.limits import Limits

Source: TypeAlias = str | Path | bytes | IO[str] | IO[bytes]

LINE_END = re.compile(r"\r\n|\r|\n")
_MAGIC = (
    (b"PK\x03\x04", "a zip archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"PAR1", "a Parquet file"),
    (b"%PDF", "a PDF"),
)
_PICTURES = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF87a", "a GIF picture"),
    (b"GIF89a", "a GIF picture"),
)
_MARKED_UP = (
    (re.compile(r"\s*<(!doctype\s+html|html)\b", re.IGNORECASE), "an HTML page"),
    (re.compile(r"\s*<\?xml\b"), "an XML file"),
    (re.compile(r"\{\\rtf"), "a rich text (RTF)"),
    # A list of mappings: a bullet with a key, and the next key exactly below the first.
    (re.compile(r"(?:---\s*\n)?- \w+:[^\r\n]*\r?\n  \w+:"), "a YAML file"),
)
_INSIDE_A_WORKBOOK = b"xl/workbook"
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig", "UTF-8 with BOM"),
    (b"\xff\xfe", "utf-16", "UTF-16"),
    (b"\xfe\xff", "utf-16", "UTF-16"),
)


@dataclass(frozen=True)
class FileText:
    """The text of a file, and how it was encoded, in words."""

    text: str
    encoding: str


def line_after(before: str) -> int:
    """Return the number of the line, counted from 1, that goes on where `before` ends."""
    return len(LINE_END.findall(before)) + 1


def read_text(
    source: Source,
    *,
    error: type[InputError] = InputError,
    encoding: str | None = None,
    limits: Limits | None = None,
    row_after: Callable[[str], int] = line_after,
) -> FileText:
    """Return the text of a file.

    Parameters
    ----------
    source:
        A path, the bytes, or an open file. An open text file counts as decoded; what no encoding
        can write (lone surrogates) becomes a question mark.
    error:
        The kind of `InputError` that faults are raised as.
    encoding:
        Only where it is known to be neither UTF-8 nor marked UTF-16, such as "latin-1".
    limits:
        Caps for strangers' files; none if not given.
    row_after:
        Tells the row that goes on where a piece of the text ends, for the message of a fault.

    Raises
    ------
    InputError
        An empty file, another kind of file, bytes that are no text, or more than `limits` allow.
    """
    content = _content(source, error, None if limits is None else limits.upload_bytes)
    if isinstance(content, str):
        content, encoding = content.encode("utf-8", "replace"), "utf-8"
    if limits is not None and len(content) > limits.upload_bytes:
        size = f"The file has more than {limits.upload_bytes:,} bytes"
        raise error(cap_words(size, "something"))
    _refuse_other_kinds(content, error)
    found = _decoded(content, encoding, error, row_after)
    if not found.text.strip():
        raise error("The file is empty; choose another, or write something in it.")
    before, nul, _ = found.text.partition("\0")
    if nul:
        row = row_after(before)
        raise error(
            f"Row {row} holds a NUL byte, which no text does; save the table as CSV in UTF-8.",
            row=row,
        )
    for form, kind in _MARKED_UP:
        if form.match(found.text):
            raise error(
                f"The file is {kind}, whose marks would be taken for words; give its texts as a "
                "CSV, as JSON Lines, or one per line."
            )
    return found


def _content(source: Source, error: type[InputError], most: int | None) -> bytes | str:
    """Read one byte more than is allowed, so that a file without end takes no memory."""
    if isinstance(source, bytes):
        return source
    size = -1 if most is None else most + 1
    name = Path(source).name if isinstance(source, str | Path) else ""
    try:
        with reading_file(name, "choose it again", error):
            if isinstance(source, str | Path):
                with Path(source).open("rb") as file:
                    return file.read(size)
            return source.read(size)
    except AttributeError:
        raise error(
            f"A {type(source).__name__} was given; give a path, the bytes or an open file "
            "(labels in a frame: Labels.from_frame)."
        ) from None


def _refuse_other_kinds(content: bytes, error: type[InputError]) -> None:
    for magic, kind in _MAGIC:
        if content.startswith(magic):
            if _INSIDE_A_WORKBOOK in content:
                kind = "an Excel workbook (.xlsx)"
            raise error(f"The file is {kind}, not a CSV; open it and save the table as CSV.")
    for magic, kind in _PICTURES:
        if content.startswith(magic):
            raise error(f"The file is {kind}, not a text; choose a CSV or a text file.")


def _decoded(
    content: bytes, encoding: str | None, error: type[InputError], row_after: Callable[[str], int]
) -> FileText:
    codec, words = encoding or "utf-8", "UTF-8" if encoding in (None, "utf-8") else str(encoding)
    for bom, marked, name in _BOMS:
        if content.startswith(bom):
            codec, words = marked, name
    try:
        return FileText(content.decode(codec), words)
    except LookupError:
        raise error(f"There is no encoding '{codec[:40]}'; use UTF-8 or latin-1.") from None
    except UnicodeDecodeError as fault:
        if codec == "utf-8" and b"\0" in content:
            raise error(
                "The file is no text: it holds NUL bytes; choose a CSV or a text file, or save the "
                "table as CSV in UTF-8."
            ) from None
        row = row_after(content[: fault.start].decode(codec, "ignore"))
        raise error(
            f"Row {row} holds the byte 0x{content[fault.start]:02X}, which is not {words}; save "
            "the file as “CSV UTF-8” (a program can name another encoding, such as latin-1).",
            row=row,
        ) from None
