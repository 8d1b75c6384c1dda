"""From files of texts to files of their vectors, and from there into a store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, groupby, islice
from operator import itemgetter
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from search_core.bulk.checking import count_rows
from search_core.bulk.folder import (
    Origin,
    check_model,
    is_whole,
    read_vectors,
    vectors_file,
    write_vectors,
)
from search_core.bulk.inputs import FilePath, find_inputs
from search_core.bulk.reading import TextFile, read_texts, with_columns
from search_core.bulk.workers import LoadEncoder, embedded
from search_core.embedding import check_encoder
from search_core.encoder import DEFAULT_MODEL, Encoder, Progress, load_encoder
from search_core.encoder.workers import usable_cores
from search_core.errors import InputError, check_kind, whole_number
from search_core.mistakes import explain_mistakes
from search_core.stores.checks import check_encoder_of
from search_core.stores.filling import Batch, fill_batches
from search_core.stores.protocol import WritableStore, require

if TYPE_CHECKING:
    import pyarrow as pa


@explain_mistakes
@dataclass(frozen=True)
class EmbeddedFiles:
    """What `embed_files` did.

    Attributes
    ----------
    files:
        The Parquet files, one an input.
    embedded, kept:
        Rows that were embedded now, and those that were there already.
    stored:
        Rows that the store did not have yet.

    Examples
    --------
    >>> from pathlib import Path
    >>> sc.EmbeddedFiles((Path("vectors/texts.csv.parquet"),), 900, 100).sentence
    '900 texts were embedded, 100 were there already.'
    """

    files: tuple[Path, ...]
    embedded: int
    kept: int
    stored: int = 0

    @property
    def sentence(self) -> str:
        """What was done, in a sentence."""
        return f"{self.embedded:,} texts were embedded, {self.kept:,} were there already."


@explain_mistakes
def embed_files(
    inputs: Sequence[str | PathLike[str]],
    folder: str | PathLike[str],
    *,
    model: str | Callable[[], Encoder] = DEFAULT_MODEL,
    text: str | None = None,
    id: str | None = None,
    workers: int | None = None,
    store: WritableStore | None = None,
    progress: Progress | None = None,
) -> EmbeddedFiles:
    """Embed the texts of many files with Ray Data; what was interrupted goes on where it stopped.

    Each input becomes a Parquet file with the columns `id`, `vector` (a list of float32, all of one
    length, bit for bit what the encoder gives here) and `text_sha256`. It is there only when it is
    whole, and a second call leaves it alone unless the input has changed. All rows are looked at
    before the first is embedded.

    Parameters
    ----------
    inputs:
        Files that end in .csv, .tsv, .jsonl, .ndjson or .parquet, folders of such files, and
        patterns such as ``"texts/*.csv"``. In UTF-8.
    folder:
        Where the Parquet files go.
    model:
        A key of `MODELS`, or a function that loads an `Encoder`, which every worker calls once.
    text, id:
        The columns of texts and ids; usual names are known. Without ids, a row is called after its
        file and its number there, such as "texts.csv:2".
    workers:
        Processes, each with a core and a model; one a core if not given.
    store:
        Gets ids, vectors and texts as well, by `fill_store`.
    progress:
        Called with (texts done, texts in all); may raise to stop.

    Raises
    ------
    InputError
        An input is not there, cannot be read or has no rows; a column is missing; a text or an id
        is empty; two rows have one id; two inputs have one name; the folder cannot be written.
    EncoderError
        The model cannot be loaded, another one made vectors that are in the folder or the store,
        or it fails; files that are whole are kept.
    StoreError
        The store fails; call again to go on.
    MissingExtra
        Ray is not installed.

    Examples
    --------
    >>> sc.embed_files(["no_such_file.csv"], "vectors")
    Traceback (most recent call last):
    search_core.errors.InputError: 'no_such_file.csv' is neither a file nor a folder, nor a ...
    """
    target = _folder(folder)
    sources = [with_columns(each, text, id) for each in find_inputs(inputs, target)]
    count = usable_cores() if workers is None else whole_number(workers, "workers", InputError)
    load = _Load(model) if isinstance(model, str) else model
    job = _checked(target, sources, load, store)
    done = _embed_missing(job, load, count, progress)
    stored = 0 if store is None else fill_batches(store, _embedded_rows(job), job.rows)
    return EmbeddedFiles(job.files, done, job.rows - done, stored)


@dataclass(frozen=True)
class _Load:
    """Loads a model by its name, in whichever process."""

    name: str

    def __call__(self) -> Encoder:
        return load_encoder(self.name)


@dataclass(frozen=True)
class _Job:
    """The inputs, what their vectors are made of, and where these go."""

    folder: Path
    sources: Sequence[TextFile]
    origins: Sequence[Origin]

    @property
    def files(self) -> tuple[Path, ...]:
        """Where the vectors of each input go."""
        return tuple(vectors_file(self.folder, each) for each in self.sources)

    @property
    def rows(self) -> int:
        """How many there are in all."""
        return sum(origin.rows for origin in self.origins)

    def missing(self) -> _Job:
        """Return what is not there yet, or not whole."""
        left = [
            (source, origin)
            for path, source, origin in zip(self.files, self.sources, self.origins, strict=True)
            if not is_whole(path, origin)
        ]
        return _Job(self.folder, [each for each, _ in left], [each for _, each in left])


def _folder(given: FilePath) -> Path:
    check_kind(given, (str, PathLike), "name a folder", InputError)
    folder = Path(given)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"'{folder}' is a file; name a folder for the vectors.")
    return folder


def _checked(
    folder: Path, sources: Sequence[TextFile], load: LoadEncoder, store: WritableStore | None
) -> _Job:
    """Return what is to be done, once rows, encoder, folder and store are seen to fit."""
    rows = count_rows(sources)
    encoder = load()
    check_encoder(encoder)
    check_model(folder, encoder)
    if store is not None:
        require(store, "write", "open one of Qdrant or Milvus")
        check_encoder_of(store.fingerprint, encoder)
    origins = [Origin.of(each, n, encoder) for each, n in zip(sources, rows, strict=True)]
    return _Job(folder, sources, origins)


def _embed_missing(job: _Job, load: LoadEncoder, workers: int, progress: Progress | None) -> int:
    """Write the files that are missing, and return their rows."""
    left = job.missing()
    if not left.sources:
        return 0
    total, files = left.rows, left.files
    with closing(embedded(left.sources, load, workers)) as rows:
        for number, tables in groupby(_counted(rows, total, progress), key=itemgetter(0)):
            write_vectors(files[number], left.origins[number], (table for _, table in tables))
    return total


def _counted(
    rows: Iterator[tuple[int, pa.Table]], total: int, progress: Progress | None
) -> Iterator[tuple[int, pa.Table]]:
    """Tell of each part as it comes."""
    done = 0
    for number, table in rows:
        yield number, table
        done += table.num_rows
        if progress is not None:
            progress(done, total)


def _embedded_rows(job: _Job) -> Iterator[Batch]:
    """Yield the rows of all files with their vectors, some at a time."""
    for path, source in zip(job.files, job.sources, strict=True):
        texts = chain.from_iterable(rows.texts for rows in read_texts(source))
        for ids, vectors in read_vectors(path):
            yield ids, vectors, list(islice(texts, len(ids)))
