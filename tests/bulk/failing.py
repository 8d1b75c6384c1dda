"""Encoders that fail in a worker."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import search_core as sc
from tests.own_encoder import HashingEncoder


@dataclass(frozen=True)
class Dies:
    """Loads an encoder whose process ends at the first batch that any worker gets."""

    once: Path

    def __call__(self) -> sc.Encoder:
        return DyingEncoder(self.once)


class DyingEncoder(HashingEncoder):
    def __init__(self, once: Path) -> None:
        self._once = once

    def encode_documents(
        self, texts: Iterable[str], progress: sc.Progress | None = None
    ) -> npt.NDArray[np.float32]:
        try:
            self._once.touch(exist_ok=False)
        except FileExistsError:
            return super().encode_documents(texts, progress)
        os._exit(1)


class FailingEncoder(HashingEncoder):
    def encode_documents(self, texts: Iterable[str], progress: Any = None) -> Any:
        raise ValueError("the model is tired")
