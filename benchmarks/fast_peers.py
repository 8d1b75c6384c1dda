"""The fastest float32 encoders on a CPU, for `benchmarks.fastest`; each made in its own process.

All run the default model on as many threads as there are usable cores, and get their texts sorted
by length, in batches of 32. Nothing is downloaded: ONNX files are exported from the model's own.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.judged_data import CACHE
from benchmarks.peers import BATCH, Encode, Vectors, model_folder
from search_core.encoder.workers import usable_cores

Inputs = dict[str, npt.NDArray[np.int64]]
Network = Callable[[Inputs], Vectors]
"""From padded token ids and their mask to the vectors of tokens, shape (texts, tokens, dim)."""

MAX_TOKENS = 256
HEADS, HIDDEN = 12, 384
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
EXPORTED = CACHE / "exported"
PLAIN, FUSED = EXPORTED / "plain" / "model.onnx", EXPORTED / "fused" / "model.onnx"


def onnx_runtime() -> Encode:
    """Return ONNX Runtime on the graph that its own optimizer has fused."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = usable_cores()
    session: Any = onnxruntime.InferenceSession(FUSED, options, ["CPUExecutionProvider"])
    kinds = {i.name: np.int32 if "int32" in i.type else np.int64 for i in session.get_inputs()}
    return _encoder(
        lambda inputs: session.run(None, {k: v.astype(kinds[k]) for k, v in inputs.items()})[0]
    )


def openvino() -> Encode:
    """Return OpenVINO, told to compute in float32."""
    import openvino as ov

    settings = {
        "INFERENCE_PRECISION_HINT": "f32",
        "INFERENCE_NUM_THREADS": usable_cores(),
        "PERFORMANCE_HINT": "LATENCY",
    }
    request: Any = ov.Core().compile_model(str(PLAIN), "CPU", settings).create_infer_request()
    return _encoder(lambda inputs: request.infer(inputs)[0])


def fastembed() -> Encode:
    """Return fastembed, on the fused graph."""
    from fastembed import TextEmbedding

    model: Any = TextEmbedding(
        "sentence-transformers/all-MiniLM-L6-v2",
        specific_model_path=str(FUSED.parent),
        threads=usable_cores(),
    )
    return _sorted(lambda texts: np.vstack(list(model.embed(list(texts), batch_size=BATCH))))


def compiled() -> Encode:
    """Return AutoModel through torch.compile, for any length; needs a C++ compiler."""
    import torch
    from transformers import AutoModel

    torch.set_num_threads(usable_cores())
    model: Any = torch.compile(AutoModel.from_pretrained(model_folder()).eval(), dynamic=True)

    @torch.inference_mode()
    def run(inputs: Inputs) -> Vectors:
        tensors = {name: torch.from_numpy(values) for name, values in inputs.items()}
        vectors: Vectors = model(**tensors).last_hidden_state.numpy()
        return vectors

    return _encoder(run)


def chroma() -> Encode:
    """Return Chroma's default function, its download replaced by the exported graph."""
    from chromadb.utils.embedding_functions import ONNXMiniLM_L6_V2 as Default

    class Exported(Default):  # type: ignore[misc, unused-ignore]
        DOWNLOAD_PATH = EXPORTED
        EXTRACTED_FOLDER_NAME = PLAIN.parent.name

        def _download_model_if_not_exists(self) -> None:
            """Download nothing."""

    function = Exported(preferred_providers=["CPUExecutionProvider"])
    return _sorted(lambda texts: np.array(function(list(texts)), dtype=np.float32))


PEERS: Mapping[str, Callable[[], Encode]] = {
    "ONNX Runtime, fused": onnx_runtime,
    "OpenVINO, float32": openvino,
    "fastembed": fastembed,
    "torch.compile": compiled,
    "Chroma's default": chroma,
}


def export() -> None:
    """Write the model as ONNX, plain and fused, with what belongs beside it, unless it is there."""
    if FUSED.is_file():
        return
    import torch
    from onnxruntime.transformers import optimizer
    from transformers import AutoModel

    for file in (PLAIN, FUSED):
        file.parent.mkdir(parents=True, exist_ok=True)
        _copy_tokenizer(file.parent)
    model = AutoModel.from_pretrained(model_folder(), attn_implementation="eager").eval()
    ids = torch.tensor([[101, 2023, 2003, 102], [101, 2023, 102, 0]])
    axes = {name: {0: "texts", 1: "tokens"} for name in (*INPUTS, "last_hidden_state")}
    torch.onnx.export(
        _Named(model),
        (ids, (ids > 0).long(), torch.zeros_like(ids)),
        PLAIN,
        dynamo=False,
        input_names=list(INPUTS),
        output_names=["last_hidden_state"],
        dynamic_axes=axes,
        opset_version=17,
    )
    fused = optimizer.optimize_model(str(PLAIN), "bert", HEADS, HIDDEN, opt_level=0)
    if fused.get_fused_operator_statistics()["Attention"] != 6:
        raise SystemExit("The optimizer did not fuse the graph; a comparison would flatter us.")
    fused.save_model_to_file(str(FUSED))


def _Named(model: Any) -> Any:  # noqa: N802
    import torch

    class Named(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, ids: Any, mask: Any, types: Any) -> Any:
            return self.model(
                input_ids=ids, attention_mask=mask, token_type_ids=types
            ).last_hidden_state

    return Named()


def _copy_tokenizer(folder: Path) -> None:
    for file in model_folder().glob("*.json"):
        shutil.copy(file, folder)
    settings = folder / "tokenizer_config.json"
    known = json.loads(settings.read_text()) if settings.is_file() else {}
    known |= {"model_max_length": MAX_TOKENS, "max_length": MAX_TOKENS, "pad_token": "[PAD]"}
    settings.write_text(json.dumps(known))


def _encoder(network: Network) -> Encode:
    """Return an encoder that pads each batch to its longest text, and takes the mean of tokens."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(model_folder() / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.enable_padding()

    def encode(texts: Sequence[str]) -> Vectors:
        found = []
        for start in range(0, len(texts), BATCH):
            batch = tokenizer.encode_batch_fast(list(texts[start : start + BATCH]))
            ids = np.array([tokens.ids for tokens in batch], dtype=np.int64)
            mask = np.array([tokens.attention_mask for tokens in batch], dtype=np.int64)
            hidden = network(dict(zip(INPUTS, (ids, mask, np.zeros_like(ids)), strict=True)))
            sums = (hidden * mask[:, :, np.newaxis]).sum(axis=1)
            found.append(sums / np.linalg.norm(sums, axis=1, keepdims=True))
        return np.vstack(found).astype(np.float32)

    return _sorted(encode)


def _sorted(encode: Encode) -> Encode:
    """Return an encoder that gets its texts longest first, so that batches need little padding."""

    def run(texts: Sequence[str]) -> Vectors:
        order = sorted(range(len(texts)), key=lambda n: -len(texts[n]))
        vectors = np.empty((len(texts), HIDDEN), dtype=np.float32)
        vectors[order] = encode([texts[n] for n in order])
        return vectors

    return run
