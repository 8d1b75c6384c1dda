"""Texts embedded by processes of Ray Data, each with one core and a model of its own."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from search_core.bulk.folder import vectors_table
from search_core.bulk.reading import TextFile, Texts, read_texts
from search_core.embedding import embed_documents
from search_core.encoder import Encoder
from search_core.encoder.workers import use_one_core
from search_core.errors import EncoderError, SearchCoreError
from search_core.extras import LazyLibrary, extra

if TYPE_CHECKING:
    import pyarrow as pa
    import ray
else:
    pa = LazyLibrary("pyarrow", "ray")
    ray = LazyLibrary("ray", "ray")

BATCH = 256  # texts that a worker embeds at once
STARTS = 3  # of Ray, until it is given up
BLOCK = 1 << 18  # bytes of texts that a worker is handed: a second or a few
_MOST_SAID = 200  # characters of what went wrong

_SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing is sent to anybody
    "RAY_BACKEND_LOG_LEVEL": "fatal",  # it writes to our stderr, and what matters is raised as well
}

LoadEncoder = Callable[[], Encoder]


class Encode:
    """Embeds what a worker is handed; made once in each, which loads the model."""

    def __init__(self, load: LoadEncoder) -> None:
        os.environ["OMP_NUM_THREADS"] = "1"  # read by torch, which is loaded next
        use_one_core()
        self._encoder = load()

    def __call__(self, rows: pa.Table) -> pa.Table:
        """Return the vectors of some rows, beside the number of their file."""
        given = Texts(rows.column("id").to_pylist(), rows.column("text").to_pylist())
        vectors = embed_documents(self._encoder, given.texts)
        return vectors_table(given, vectors).append_column("file", rows.column("file"))


def embedded(
    sources: Sequence[TextFile], load: LoadEncoder, workers: int
) -> Generator[tuple[int, pa.Table], None, None]:
    """Yield the rows of files with their vectors, in order, beside the index of their file.

    Close it (`contextlib.closing`) to stop early.

    A worker that dies is started again, and what it was handed is embedded once more.

    Raises
    ------
    InputError
        A row cannot be used.
    EncoderError
        The encoder fails, or Ray does.
    """
    with _ray_started(workers), _quietly(), _kept_in_order(), _faults_raised_here():
        yield from _through_workers(sources, load, workers)


def _through_workers(
    sources: Sequence[TextFile], load: LoadEncoder, workers: int
) -> Iterator[tuple[int, pa.Table]]:
    files = ray.data.from_items(list(range(len(sources))), override_num_blocks=len(sources))
    rows = files.map_batches(
        _Read(sources), batch_size=1, num_cpus=0, compute=ray.data.TaskPoolStrategy(size=2)
    )  # without a core of its own, so that reading never waits for one
    vectors = rows.map_batches(
        Encode, fn_constructor_args=(load,), batch_size=BATCH, batch_format="pyarrow",
        num_cpus=1, compute=ray.data.ActorPoolStrategy(size=workers),
    )  # fmt: skip
    for table in vectors.iter_batches(batch_size=None, batch_format="pyarrow"):
        yield from _by_file(table)


class _Read:
    """Reads one file in a task of Ray."""

    def __init__(self, sources: Sequence[TextFile]) -> None:
        self._sources = tuple(sources)

    def __call__(self, items: dict[str, Any]) -> Iterator[pa.Table]:
        (number,) = items["item"]
        for rows in read_texts(self._sources[number]):
            file = pa.array([number] * len(rows.ids), pa.int32())
            yield pa.table({"file": file, "id": rows.ids, "text": rows.texts})


def _by_file(table: pa.Table) -> Iterator[tuple[int, pa.Table]]:
    """Split a table where the next file begins."""
    numbers = table.column("file").to_numpy()
    starts = [0, *((numbers[1:] != numbers[:-1]).nonzero()[0] + 1).tolist(), len(numbers)]
    bare = table.drop_columns(["file"])
    for start, end in pairwise(starts):
        if end > start:
            yield int(numbers[start]), bare.slice(start, end - start)


@contextmanager
def _ray_started(workers: int) -> Iterator[None]:
    """Run Ray on this machine, or use what the caller has started, such as a cluster."""
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    with extra("ray"):
        import ray.data
    if ray.is_initialized():
        yield
        return
    try:
        start_ray(workers)
        yield
    finally:
        ray.shutdown()


def start_ray(workers: int) -> None:
    """Start Ray on this machine, if need be again: it gives a busy one only half a minute.

    Raises
    ------
    EncoderError
        It does not start.
    """
    for left in reversed(range(STARTS)):
        try:
            ray.init(
                address="local", num_cpus=workers, include_dashboard=False, log_to_driver=False,
                logging_level=logging.ERROR,
            )  # fmt: skip
        except Exception as fault:  # Ray raises nothing narrower
            ray.shutdown()
            if not left:
                raise EncoderError(
                    f"Ray does not start ({_shown(fault)}); call again, or with fewer workers."
                ) from fault
        else:
            return


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep Ray Data from logging plans and faults at length; what matters is raised."""
    log = logging.getLogger("ray.data")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="ray.data")  # a worker without work, say
            yield
    finally:
        log.setLevel(before)


@contextmanager
def _kept_in_order() -> Iterator[None]:
    """Let Ray Data give rows back in the order in which they are read, in small parts."""
    context = ray.data.DataContext.get_current()
    before = (
        context.execution_options.preserve_order,
        context.target_max_block_size,
        context.enable_progress_bars,
        context.raise_original_map_exception,
    )

    def have(in_order: bool, block: int | None, bars: bool, bare_faults: bool) -> None:
        context.execution_options.preserve_order = in_order
        context.target_max_block_size = block
        context.enable_progress_bars = bars
        context.raise_original_map_exception = bare_faults

    have(True, BLOCK, False, True)
    try:
        yield
    finally:
        have(*before)


@contextmanager
def _faults_raised_here() -> Iterator[None]:
    """Raise what went wrong in a worker as it would be raised here."""
    try:
        yield
    except ray.exceptions.RayError as fault:
        cause = _cause(fault)
        if isinstance(cause, SearchCoreError):
            raise type(cause)(_first_line(cause)) from None
        raise EncoderError(
            f"Embedding stopped ({_shown(cause)}); files that are whole are kept, so call again to "
            "go on."
        ) from fault


def _cause(fault: BaseException) -> BaseException:
    """Return what lies behind an error that Ray carried here."""
    inner = getattr(fault, "cause", None)
    return fault if not isinstance(inner, Exception) or inner is fault else _cause(inner)


def _shown(fault: BaseException) -> str:
    """Return an error on one line."""
    return f"{type(fault).__name__}: {_first_line(fault)}"[:_MOST_SAID]


def _first_line(fault: BaseException) -> str:
    """Return what an error said before Ray added how to try again."""
    return next(iter(str(fault).splitlines()), "")
