"""What is known of a store that cannot be listed: some rows, and what unrelated questions find.

Both are drawn once and kept in a JSON file beside the calibrator, so that a number means the same
tomorrow. A sample of rows stands for the tail of a query's scores and for how common words are;
what unrelated questions find is searched for in all of the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from search_core.embedding import embed_queries
from search_core.encoder import Encoder
from search_core.errors import InputError, StoreError, check_kind, whole_number, writing_file
from search_core.features import FeatureSpace
from search_core.mistakes import explain_mistakes
from search_core.normalizers.unrelated import UnrelatedQuestions
from search_core.normalizers.unrelated_scores import UnrelatedScores
from search_core.stores.protocol import Asked, ScoredStore, StoreFingerprint, StoreRows
from search_core.vectors import Floats

FORMAT = "store-sample/1"
ROWS = 2_000  # drawn: a share of rows is known to about one in a thousand
AT_ONCE = 64  # questions of one batch
GROWN = 0.2  # the count may change by this share before what was found counts as outdated
NO_TEXTS = (
    "This store hands out no texts, so nobody knows what kind of questions are unrelated; give 50 "
    "or more of your own (background_queries)."
)


@explain_mistakes
@dataclass(frozen=True, eq=False)
class StoreSample:
    """What is known of a store without listing it.

    Attributes
    ----------
    fingerprint:
        Of the collection that it was drawn from.
    rows:
        Those that were drawn; `rows.how` says how. None from a store that shows scores alone.
    count:
        How many rows they were drawn from; 0 where the store does not say.
    unrelated:
        What unrelated questions find in all of the store.
    kinds:
        What the texts are: ISO 639 codes, "code", "logs", or "own" for questions of one's own.
    where:
        The filter that it was drawn under, in words; empty without.
    encoder:
        The fingerprint of the encoder that asked; empty where the store embeds what it is asked.

    Examples
    --------
    >>> store = sc.LocalStore(sc.VectorEngine.of(encoder.encode_documents(["a cat", "a dog"])))
    >>> sc.StoreSample.draw(store, encoder).sentence
    'All 2 rows were looked at.'
    """

    fingerprint: StoreFingerprint
    rows: StoreRows
    count: int
    unrelated: UnrelatedScores
    kinds: tuple[str, ...] = ()
    where: str = ""
    encoder: str = ""

    def __repr__(self) -> str:
        return f"<StoreSample: {self.sentence}>"

    @property
    def sentence(self) -> str:
        """What was drawn, and how, in a sentence."""
        if not len(self.rows):
            return "No rows were drawn: this store shows scores alone."
        if len(self.rows) >= self.count:
            return f"All {self.count:,} rows were looked at."
        how = {"uniform": "each as likely as any other"}.get(self.rows.how, self.rows.how)
        return f"{len(self.rows):,} of {self.count:,} rows were drawn, {how}."

    @classmethod
    def draw(
        cls,
        store: ScoredStore,
        encoder: Encoder | None = None,
        n: int = ROWS,
        seed: int = 0,
        *,
        where: Any = None,
        background_queries: Iterable[str] | None = None,
    ) -> StoreSample:
        """Draw rows of a store, and search it for unrelated questions, the best hit of each.

        Parameters
        ----------
        store:
            One that is full already.
        encoder:
            The model that made its vectors; None for a store that embeds what it is asked.
        n, seed:
            How many rows, and what chooses them where the store takes a seed.
        where:
            A filter in the store's language; then everything is about the rows that pass it.
        background_queries:
            50 or more unrelated questions; without them those of the kind of the texts drawn.

        Raises
        ------
        StoreError
            The store cannot be reached or is empty, or a vector has another length.
        InputError
            n is below 1, or the background queries are no list of texts or fewer than 50 differ.
        """
        n = whole_number(n, "n", InputError)
        own = None if background_queries is None else UnrelatedQuestions.given(background_queries)
        can_sample = "sample" in store.can
        rows = store.sample(n, seed, where) if can_sample else _no_rows()
        if can_sample and not len(rows):
            raise StoreError(
                f"There are no rows in {store.fingerprint.words} that could be searched; fill it, "
                "or give another filter."
            )
        asked = own or _questions_for(rows.texts)
        return cls(
            fingerprint=store.fingerprint,
            rows=rows,
            count=store.count(where) if can_sample else 0,
            unrelated=_found(store, encoder, asked, where),
            kinds=asked.kinds,
            where="" if where is None else str(where),
            encoder="" if encoder is None else encoder.fingerprint,
        )

    @cached_property
    def space(self) -> FeatureSpace | None:
        """The rows that were drawn, ready to describe pairs; None without any."""
        return FeatureSpace.build(self.rows.vectors, self.rows.texts) if len(self.rows) else None

    def change(self, count: int) -> str:
        """Say in a sentence that a store of `count` rows has grown too far; empty if not."""
        if not self.count or abs(count - self.count) <= GROWN * self.count:
            return ""
        return (
            f"This was measured when the store had {self.count:,} rows, and it has {count:,}: how "
            "rare a score is hangs on their number, so draw the sample again."
        )

    def save(self, path: str | Path) -> Path:
        """Write it to the JSON file at `path`, with the texts of its rows; `load` reads it.

        Raises
        ------
        InputError
            The file cannot be written.
        """
        check_kind(path, (str, Path), "give the file's path", InputError)
        file = Path(path)
        with writing_file("sample", file, "store-sample.json", InputError):
            file.write_bytes(msgspec.json.encode(_Stored.of(self)))
        return file

    @classmethod
    def load(cls, path: str | Path) -> StoreSample:
        """Read what `save` wrote at `path`.

        Raises
        ------
        InputError
            There is no such file, or it holds something else.
        """
        check_kind(path, (str, Path), "give the file's path", InputError)
        file = Path(path)
        try:
            return msgspec.json.decode(file.read_bytes(), type=_Stored).sample()
        except OSError as fault:
            raise InputError(
                f"'{file}' cannot be read ({fault.strerror or fault}); give the file that "
                "StoreSample.save wrote."
            ) from None
        except (msgspec.MsgspecError, ValueError):
            raise InputError(
                f"'{file}' holds no sample of a store; draw one with StoreSample.draw and save it."
            ) from None


class _Stored(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sample as JSON holds it; arrays as base64 of their little-endian bytes."""

    format: str
    fingerprint: StoreFingerprint
    ids: tuple[str, ...]
    texts: tuple[str, ...]
    vectors: bytes
    how: str
    count: int
    best: bytes
    words: str
    why_none: str
    kinds: tuple[str, ...]
    where: str
    encoder: str

    @classmethod
    def of(cls, sample: StoreSample) -> _Stored:
        rows, unrelated = sample.rows, sample.unrelated
        return cls(
            format=FORMAT,
            fingerprint=sample.fingerprint,
            ids=rows.ids,
            texts=rows.texts,
            vectors=rows.vectors.astype("<f4").tobytes(),
            how=rows.how,
            count=sample.count,
            best=unrelated.best.astype("<f8").tobytes(),
            words=unrelated.words,
            why_none=unrelated.why_none,
            kinds=sample.kinds,
            where=sample.where,
            encoder=sample.encoder,
        )

    def sample(self) -> StoreSample:
        if self.format != FORMAT or len(self.ids) != len(self.texts) or self.count < 0:
            raise ValueError(self.format)
        shape = (len(self.ids), self.fingerprint.dim if self.ids else 0)
        vectors = np.frombuffer(self.vectors, dtype="<f4").reshape(shape)
        best = np.frombuffer(self.best, dtype="<f8")
        return StoreSample(
            self.fingerprint,
            StoreRows(self.ids, self.texts, vectors.astype(np.float32), self.how),
            self.count,
            _scores(best.astype(np.float64), self.words, self.why_none),
            self.kinds,
            self.where,
            self.encoder,
        )


def _no_rows() -> StoreRows:
    return StoreRows((), (), np.empty((0, 0), dtype=np.float32))


def _questions_for(texts: Sequence[str]) -> UnrelatedQuestions:
    """Return unrelated questions of the kind of these texts, or the reason why there are none."""
    written = [text for text in texts if text.strip()]
    if written:
        return UnrelatedQuestions.for_texts(written)
    return UnrelatedQuestions((), (), NO_TEXTS)


def _found(
    store: ScoredStore, encoder: Encoder | None, asked: UnrelatedQuestions, where: Any
) -> UnrelatedScores:
    """Return the best cosine that each unrelated question finds in all of the store."""
    questions, best = asked.questions, []
    for start in range(0, len(questions), AT_ONCE):
        part = questions[start : start + AT_ONCE]
        found = store.search(as_asked(store, encoder, part), 1, where)
        best += [float(scores[0]) if len(scores) else -1.0 for scores in found.scores]
    return _scores(np.sort(np.array(best, dtype=np.float64)), asked.words, asked.why_none)


def _scores(best: Floats, words: str, why_none: str) -> UnrelatedScores:
    """Return what questions find; how each document does with them is known of none."""
    return UnrelatedScores(best, np.empty(0), np.empty(0), words, why_none)


def as_asked(store: ScoredStore, encoder: Encoder | None, queries: Sequence[str]) -> Asked:
    """Return queries as a store takes them: in words, or as vectors.

    Raises
    ------
    StoreError
        The store takes vectors, and there is no encoder to make them.
    """
    if "texts" in store.can:
        return queries
    if encoder is None:
        raise StoreError(
            f"A {type(store).__name__} is searched by vectors; give the encoder that made them."
        )
    return embed_queries(encoder, queries)
