"""Where a model's files are: an installed package, the Hub's cache, or the Hub; verified."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

from search_core.encoder.models import ModelRecord
from search_core.errors import EncoderError

WEIGHTS = "model.safetensors"
FILES = ("*.json", WEIGHTS, "vocab.txt")
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


def is_on_this_machine(record: ModelRecord) -> bool:
    """Tell whether the weights are in an installed package or in the Hub's cache; no network."""
    folder = _packaged(record)
    if folder is not None:
        return (folder / WEIGHTS).is_file()
    from huggingface_hub import try_to_load_from_cache

    cached = try_to_load_from_cache(record.hub_id, WEIGHTS, revision=record.revision)
    return isinstance(cached, str)  # None and a mark of its own stand for "no"


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
    from huggingface_hub import snapshot_download

    try:
        # Asks the Hub, and takes what the cache has where the Hub does not answer.
        folder = snapshot_download(
            record.hub_id, revision=record.revision, allow_patterns=list(FILES), etag_timeout=5
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
