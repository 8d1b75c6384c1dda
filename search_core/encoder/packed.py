"""The fast encoder of BERTs: the first tokens of each text, packed without padding."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from search_core.encoder import Progress
from search_core.encoder.models import ModelRecord, RecordedEncoder
from search_core.encoder.numpy_bert import NumpyBert, Tokens, read_numpy_bert
from search_core.encoder.torch_import import import_torch
from search_core.encoder.workers import in_turns, usable_cores
from search_core.errors import EncoderError
from search_core.extras import extra
from search_core.vectors import Rows, Vectors

if TYPE_CHECKING:
    from search_core.encoder.bert import Bert

AT_ONCE = 256  # texts; what a tokenizer returns is large, and only the ids are kept
FEW = 32  # texts, as of a query and its hits: for more the tokenizer wakes threads of its own
CHARACTERS_A_TOKEN = 16  # looked at first, some three times the usual; more where that is too few
UNKNOWN = "<unk>"  # where the tokenizer's model does not name its unknown token
LONGEST_WORD = 500  # letters; BERT takes any word of more than 100 for the same unknown one

# BERT's tokenizer ends a word behind each of these, so that what stands before has the same tokens
# whatever comes after. None is part of a special token, as a bracket is.
_UP_TO_A_BREAK = re.compile(r".*[ \t\r\n,.;:/+=\u4e00-\u9fff]", re.DOTALL)
_BLANKS = re.compile(r"[ \t\r\n]{2,}")
_LONG_WORD = re.compile(rf"([0-9A-Za-z]{{{LONGEST_WORD}}})[0-9A-Za-z]+")


class FirstTokens:
    """A tokenizer that gives the first tokens of a text, and does not look at the rest of it."""

    def __init__(self, file: Path, max_tokens: int) -> None:
        """Read tokenizer.json for a model that reads `max_tokens`, with the two special ones."""
        self._tokenizer: Any = Tokenizer.from_file(str(file))
        # The file may ask for padding, and for another length than the model was trained with.
        self._tokenizer.no_padding()
        self._start, self._end = self._tokenizer.encode("").ids
        self._room = max_tokens - 2
        self._tokenizer.enable_truncation(self._room + 1)  # one more shows that something is lost
        self.unknown: int | None = self._tokenizer.token_to_id(
            getattr(self._tokenizer.model, "unk_token", None) or UNKNOWN
        )
        self._look = CHARACTERS_A_TOKEN * max_tokens if _is_berts(self._tokenizer) else sys.maxsize

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the ids that the model reads of each text, between the two special ones."""
        return [[self._start, *found[: self._room], self._end] for found in self.first(texts)]

    def first(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the ids of each text without special ones, to one more than is read."""
        return self._first(texts, self._look)

    def _first(self, texts: Sequence[str], look: int) -> list[list[int]]:
        found: list[list[int]] = []
        for start in range(0, len(texts), AT_ONCE):
            heads = [head(text, look) for text in texts[start : start + AT_ONCE]]
            found += self._ids_of(heads)
            # Too few tokens in what was looked at, as in a page of blanks: look further.
            for n, looked_at in enumerate(heads, start):
                if len(found[n]) <= self._room and len(looked_at) < len(texts[n]):
                    found[n] = self._first([squeezed(texts[n])], 4 * look)[0]
        return found

    def _ids_of(self, heads: Sequence[str]) -> list[list[int]]:
        if len(heads) <= FEW:
            batch = [self._tokenizer.encode(each, add_special_tokens=False) for each in heads]
        else:
            batch = self._tokenizer.encode_batch_fast(heads, add_special_tokens=False)
        return [tokens.ids for tokens in batch]


def head(text: str, look: int) -> str:
    """Return the text up to the last break in its first `look` characters; all, if it is short.

    Its tokens are the first ones of the whole text. Nothing is left where there is no break.
    """
    if len(text) <= look:
        return text
    found = _UP_TO_A_BREAK.match(text, 0, look)
    return found[0] if found else ""


def squeezed(text: str) -> str:
    """Return a text with the same tokens, its blanks made one and its endless words shorter."""
    return _LONG_WORD.sub(r"\1", _BLANKS.sub(" ", text))


def _is_berts(tokenizer: Any) -> bool:
    """Return whether the tokenizer breaks words where `head` does, and drops the same blanks."""
    return (
        isinstance(tokenizer.normalizer, BertNormalizer)
        and isinstance(tokenizer.pre_tokenizer, BertPreTokenizer)
        and isinstance(tokenizer.model, WordPiece)
        and tokenizer.model.max_input_chars_per_word <= LONGEST_WORD
    )


JOB_TOKENS = 1024  # enough for full speed, few enough to fit the caches and to give way often
NUMPY_TOKENS = 4096  # take NumPy about as long as importing torch takes


class PackedEncoder(RecordedEncoder):
    """A BERT on worker threads; gives the vectors of `ReferenceEncoder` to 1e-6.

    Documents always go through torch, so that the vectors of a collection are of one kernel. A few
    queries go through NumPy until torch is there: a process that only searches never imports it.

    Safe to use from several threads.
    """

    def __init__(self, record: ModelRecord, folder: Path, bert: Bert | NumpyBert) -> None:
        """Load the tokenizer from `folder`, from where `bert` is.

        Raises
        ------
        EncoderError
            The tokenizer's file is not there or cannot be read.
        """
        super().__init__(record, bert.dim, bert.max_tokens)
        self._folder = folder
        self._bert = bert  # NumPy's gives way to torch's for good
        self._importing_torch = threading.Lock()
        try:
            self._tokenizer = FirstTokens(folder / "tokenizer.json", self.max_tokens)
        except Exception as error:  # tokenizers raises nothing narrower
            raise EncoderError(
                f"The tokenizer of '{record.name}' cannot be read; install the model again."
            ) from error

    def _encode(self, texts: Sequence[str], progress: Progress | None) -> Vectors:
        return self._in_jobs(self._ids(texts), progress)

    def _encode_queries(self, texts: Sequence[str]) -> Vectors:
        # No lock: queries need not wait while torch is imported for a collection.
        tokens, bert = self._ids(texts), self._bert
        if isinstance(bert, NumpyBert) and sum(map(len, tokens)) <= NUMPY_TOKENS:
            return bert(tokens)
        return self._in_jobs(tokens, None)

    def _ids(self, texts: Sequence[str]) -> list[Tokens]:
        return [np.array(ids, dtype=np.int32) for ids in self._tokenizer.ids(texts)]

    def _in_jobs(self, tokens: Sequence[Tokens], progress: Progress | None) -> Vectors:
        vectors = np.empty((len(tokens), self.dim), dtype=np.float32)
        if not tokens:
            return vectors
        bert = self._with_torch()
        jobs = _jobs([len(ids) for ids in tokens])
        done = 0
        with closing(in_turns(lambda rows: bert([tokens[n] for n in rows]), jobs)) as results:
            for rows, found in results:
                vectors[rows] = found
                done += len(rows)
                if progress is not None:
                    progress(done, len(tokens))
        return vectors

    def _with_torch(self) -> Bert:
        with self._importing_torch:
            if isinstance(self._bert, NumpyBert):
                bert = _bert_of_torch(self._folder, self._record.pooling)
                if bert is None:
                    raise EncoderError(
                        f"The files of '{self.name}' were changed or removed since they were "
                        "loaded; install the model again."
                    )
                self._bert = bert
            return self._bert

    @property
    def _unknown_token(self) -> int | None:
        return self._tokenizer.unknown

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        return self._tokenizer.first(texts)


def open_bert(folder: Path, pooling: str) -> Bert | NumpyBert | None:
    """Return the network in `folder`: torch's where the program has torch already, else NumPy's.

    None where it is no network that both compute exactly.

    Raises
    ------
    MissingExtra
        NumPy alone cannot read the weights, and torch is not installed.
    """
    found = None if "torch" in sys.modules else read_numpy_bert(folder, pooling)
    return found or _bert_of_torch(folder, pooling)


def _bert_of_torch(folder: Path, pooling: str) -> Bert | None:
    with extra("encoder"):
        import_torch()
        from search_core.encoder.bert import load_bert
    return load_bert(folder, pooling)


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
