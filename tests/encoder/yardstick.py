"""The encoder's yardstick: AutoModel by the book; and a tiny random BERT that needs no download."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel, PreTrainedTokenizerFast

from search_core.encoder.models import ModelRecord
from search_core.encoder.packed import PackedEncoder, open_bert
from search_core.encoder.reference import ReferenceEncoder
from search_core.vectors import Vectors

SPECIAL = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}
LETTERS = "abcdefghijklmnopqrstuvwxyz:"


class Yardstick(NamedTuple):
    """A model through transformers, one text at a time, nothing of ours between."""

    tokenizer: Any
    model: Any
    max_tokens: int

    @torch.inference_mode()
    def token_vectors(self, text: str) -> torch.Tensor:
        """Return the vectors of one text's tokens, shape (tokens, dim)."""
        inputs = self.tokenizer(
            text, truncation=True, max_length=self.max_tokens, return_tensors="pt"
        )
        vectors: torch.Tensor = self.model(**inputs).last_hidden_state[0]
        return vectors

    def mean_vectors(self, texts: Sequence[str]) -> Vectors:
        """Return the unit vectors of the mean over the tokens, shape (n, dim)."""
        means = torch.stack([self.token_vectors(text).mean(dim=0) for text in texts])
        unit: Vectors = torch.nn.functional.normalize(means, dim=1).numpy()
        return unit


def yardstick(folder: Path, max_tokens: int) -> Yardstick:
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    model: Any = AutoModel.from_pretrained(folder, dtype=torch.float32)
    return Yardstick(tokenizer, model.eval(), max_tokens)


def write_tiny_model(folder: Path, **changes: Any) -> None:
    pieces = [*SPECIAL.values(), *LETTERS, *(f"##{letter}" for letter in LETTERS)]
    config = {
        "vocab_size": len(pieces),
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 64,
        "max_position_embeddings": 48,
        "initializer_range": 0.5,  # the usual 0.02 gives all texts nearly one vector
    }
    torch.manual_seed(0)
    BertModel(BertConfig(**{**config, **changes})).save_pretrained(folder)
    numbered = {piece: n for n, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(numbered, unk_token=SPECIAL["unk_token"]))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **SPECIAL).save_pretrained(folder)


def tiny_record(**changes: Any) -> ModelRecord:
    return ModelRecord(
        **{
            "name": "tiny",
            "hub_id": "nobody/tiny",
            "revision": "0",
            "pooling": "mean",
            "max_tokens": 32,
            **changes,
        }
    )


def open_tiny(kind: str, folder: Path, record: ModelRecord) -> PackedEncoder | ReferenceEncoder:
    if kind == "reference":
        return ReferenceEncoder(record, folder)
    bert = open_bert(folder, record.pooling)
    assert bert is not None
    return PackedEncoder(record, folder, bert)


def largest_difference(a: Vectors, b: Vectors) -> float:
    return float(np.abs(a - b).max())
