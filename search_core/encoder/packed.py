"""The fast encoder: texts of like length in jobs of about a thousand tokens, one worker a core."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from search_core.encoder import Progress, Vectors
from search_core.encoder.bert import Bert, Tokens
from search_core.encoder.models import ModelRecord, writable
from search_core.encoder.workers import in_turns, usable_cores
from search_core.errors import EncoderError

Rows = npt.NDArray[np.int64]

JOB_TOKENS = 1024  # enough for full speed, few enough to fit the caches and to give way often
TOKENIZED_AT_ONCE = 256  # texts; what a tokenizer returns is large, and only the ids are kept


class PackedEncoder:
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
        self._record = record
        self._bert = bert
        self._tokenizer_file = folder / "tokenizer.json"
        self.dim: int = bert.dim
        self.max_tokens: int = min(record.max_tokens, bert.max_tokens)
        self.fingerprint: str = record.fingerprint
        try:
            self._tokenizer: Any = Tokenizer.from_file(str(self._tokenizer_file))
        except Exception as error:  # tokenizers raises nothing narrower
            raise EncoderError(
                f"The tokenizer of '{record.name}' cannot be read; install the model again."
            ) from error
        # The file may ask for padding, and for another cut than the model was trained with.
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(self.max_tokens)

    @property
    def name(self) -> str:
        """The model's name."""
        return self._record.name

    @property
    def query_prefix(self) -> str:
        """What is put before a query."""
        return self._record.query_prefix

    def encode_documents(self, texts: Iterable[str], progress: Progress | None = None) -> Vectors:
        """Return float32 unit vectors, shape (n, dim)."""
        return self._encode([self._record.as_document(text) for text in texts], progress)

    def encode_queries(self, texts: Iterable[str]) -> Vectors:
        """Return float32 unit vectors, shape (n, dim)."""
        return self._encode([self._record.as_query(text) for text in texts], None)

    def token_counts(self, texts: Iterable[str]) -> list[int]:
        """Return the number of tokens of each text, before any is cut off."""
        batch = [writable(text) for text in texts]
        found = self._uncut.encode_batch_fast(batch, add_special_tokens=False)
        return [len(text.ids) for text in found]

    @cached_property
    def _uncut(self) -> Any:
        tokenizer = Tokenizer.from_file(str(self._tokenizer_file))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    def _encode(self, texts: Sequence[str], progress: Progress | None) -> Vectors:
        vectors = np.empty((len(texts), self.dim), dtype=np.float32)
        tokens = self._tokenize(texts)
        jobs = _jobs([len(ids) for ids in tokens])
        done = 0
        with closing(in_turns(lambda rows: self._bert([tokens[n] for n in rows]), jobs)) as results:
            for rows, found in results:
                vectors[rows] = found
                done += len(rows)
                if progress is not None:
                    progress(done, len(texts))
        return vectors

    def _tokenize(self, texts: Sequence[str]) -> list[Tokens]:
        tokens: list[Tokens] = []
        for start in range(0, len(texts), TOKENIZED_AT_ONCE):
            batch = self._tokenizer.encode_batch_fast(texts[start : start + TOKENIZED_AT_ONCE])
            tokens += [np.array(text.ids, dtype=np.int32) for text in batch]
        return tokens


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
