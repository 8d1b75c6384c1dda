"""The fast encoder: texts of like length in jobs of about a thousand tokens, one worker a core."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from search_core.encoder import Progress
from search_core.encoder.bert import Bert
from search_core.encoder.models import ModelRecord, RecordedEncoder
from search_core.encoder.tokens import FirstTokens
from search_core.encoder.workers import in_turns, usable_cores
from search_core.errors import EncoderError
from search_core.vectors import Rows, Vectors

JOB_TOKENS = 1024  # enough for full speed, few enough to fit the caches and to give way often


class PackedEncoder(RecordedEncoder):
    """A BERT on worker threads; gives the vectors of `ReferenceEncoder` to 1e-6.

    Safe to use from several threads.
    """

    def __init__(self, record: ModelRecord, folder: Path, bert: Bert) -> None:
        """Load the tokenizer from `folder`, from where `bert` is.

        Raises
        ------
        EncoderError
            The tokenizer's file is not there or cannot be read.
        """
        super().__init__(record, bert.dim, bert.max_tokens)
        self._bert = bert
        try:
            self._tokenizer = FirstTokens(folder / "tokenizer.json", self.max_tokens)
        except Exception as error:  # tokenizers raises nothing narrower
            raise EncoderError(
                f"The tokenizer of '{record.name}' cannot be read; install the model again."
            ) from error

    def _encode(self, texts: Sequence[str], progress: Progress | None) -> Vectors:
        vectors = np.empty((len(texts), self.dim), dtype=np.float32)
        tokens = [np.array(ids, dtype=np.int32) for ids in self._tokenizer.ids(texts)]
        jobs = _jobs([len(ids) for ids in tokens])
        done = 0
        with closing(in_turns(lambda rows: self._bert([tokens[n] for n in rows]), jobs)) as results:
            for rows, found in results:
                vectors[rows] = found
                done += len(rows)
                if progress is not None:
                    progress(done, len(texts))
        return vectors

    def _count(self, texts: Sequence[str]) -> list[int]:
        return self._tokenizer.counts(texts)


def _jobs(lengths: Sequence[int]) -> list[Rows]:
    """Split rows, longest first, into jobs of about `JOB_TOKENS`, as many for every core."""
    if not lengths:
        return []
    rows = np.argsort(-np.asarray(lengths), kind="stable")
    ends = np.cumsum(np.asarray(lengths)[rows])
    total = int(ends[-1])
    if total <= JOB_TOKENS:
        return [rows]
    cores = usable_cores()
    count = cores * -(-total // (cores * JOB_TOKENS))
    job_of = (ends - 1) * count // total
    return np.split(rows, np.flatnonzero(np.diff(job_of)) + 1)
