"""Weights mapped from their file: nothing is copied, and processes share what they read."""

from __future__ import annotations

import json
import mmap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from search_core.vectors import Vectors

Weights = Mapping[str, Vectors]

NAME_PREFIXES = ("", "bert.", "0.auto_model.")
WORDS = "embeddings.word_embeddings.weight"


def map_weights(path: Path) -> Weights:
    """Return a BERT's arrays of float32, read-only, by their names without a prefix.

    A file of safetensors begins with the length of its head (8 bytes, little-endian); the head is
    JSON and says where behind it each array lies.

    Raises
    ------
    OSError, ValueError, LookupError, TypeError
        The file cannot be read as that, or holds no word embeddings.
    """
    with path.open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    start = 8 + int.from_bytes(data[:8], "little")
    head: dict[str, Any] = json.loads(data[8:start])
    found = {
        name: np.frombuffer(data, "<f4", (end - begin) // 4, start + begin).reshape(about["shape"])
        for name, about in head.items()
        if about.get("dtype") == "F32"
        for begin, end in [about["data_offsets"]]
    }
    prefix = next((each for each in NAME_PREFIXES if f"{each}{WORDS}" in found), "")
    return {
        name.removeprefix(prefix): array for name, array in found.items() if name.startswith(prefix)
    }
