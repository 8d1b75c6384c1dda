"""Where a model's files are: an installed package, the Hub's cache, or the Hub; verified."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

from search_core.encoder.models import ModelRecord
from search_core.errors import EncoderError

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


def is_on_this_machine(record: ModelRecord) -> bool:
    """Tell whether the files are in an installed package or in the Hub's cache; no network."""
    folder = _packaged(record)
    if folder is not None:
        return (folder / WEIGHTS).is_file()
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
