"""The encoder through transformers' AutoModel: slower, for every architecture, and the check."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer
from transformers.utils import logging as transformers_logging

from search_core.encoder import Progress
from search_core.encoder.models import ModelRecord, RecordedEncoder
from search_core.errors import EncoderError
from search_core.vectors import Vectors

BATCH_TOKENS = 4096  # padded tokens of one batch: enough to keep two cores busy


class ReferenceEncoder(RecordedEncoder):
    """A model from transformers, its token vectors pooled into one unit vector a text."""

    def __init__(self, record: ModelRecord, folder: Path) -> None:
        """Load tokenizer and weights from `folder`.

        Raises
        ------
        EncoderError
            The files are there but cannot be read as a model.
        """
        transformers_logging.set_verbosity_error()
        transformers_logging.disable_progress_bar()
        # The tokenizer is used from several threads of a server; its own would fight with them.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            self._model: Any = AutoModel.from_pretrained(
                folder, local_files_only=True, dtype=torch.float32
            ).eval()
        except Exception as error:  # many readers raise many kinds, with one meaning here
            raise EncoderError(
                f"The files of '{record.name}' cannot be read as a model "
                f"({type(error).__name__}); install the model again."
            ) from error
        config = self._model.config
        positions = getattr(config, "max_position_embeddings", record.max_tokens)
        super().__init__(record, config.hidden_size, positions)

    @property
    def _unknown_token(self) -> int | None:
        found: int | None = self._tokenizer.unk_token_id
        return found

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        if not texts:
            return []
        one_more = self.max_tokens - self._tokenizer.num_special_tokens_to_add() + 1
        ids: list[list[int]] = self._tokenizer(
            list(texts), add_special_tokens=False, truncation=True, max_length=one_more
        )["input_ids"]
        return ids

    def _encode(self, texts: Sequence[str], progress: Progress | None) -> Vectors:
        vectors = np.empty((len(texts), self.dim), dtype=np.float32)
        if not texts:
            return vectors
        ids = self._tokenizer(
            list(texts), padding=False, truncation=True, max_length=self.max_tokens
        )["input_ids"]
        done = 0
        for batch in _batches([len(tokens) for tokens in ids]):
            vectors[batch] = self._forward([ids[row] for row in batch])
            done += len(batch)
            if progress is not None:
                progress(done, len(texts))
        return vectors

    @torch.inference_mode()
    def _forward(self, ids: Sequence[Sequence[int]]) -> Vectors:
        padded = self._tokenizer.pad({"input_ids": list(ids)}, return_tensors="pt")
        hidden = self._model(**padded).last_hidden_state
        pooled = hidden[:, 0] if self._record.pooling == "cls" else _mean(hidden, padded)
        unit: Vectors = torch.nn.functional.normalize(pooled, dim=1).numpy()
        return unit


def _mean(hidden: torch.Tensor, padded: Any) -> torch.Tensor:
    # Padding is no text: a plain mean over it would give another vector in every batch.
    mask = padded["attention_mask"].unsqueeze(-1).to(hidden.dtype)
    mean: torch.Tensor = (hidden * mask).sum(dim=1) / mask.sum(dim=1)
    return mean


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Group rows of like length, longest first, so that little is padded."""
    batches: list[list[int]] = []
    room = 0
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        if not room:
            batches.append([])
            room = max(1, BATCH_TOKENS // lengths[row])
        batches[-1].append(row)
        room -= 1
    return batches
