"""The default model as an ONNX graph, its layers fused: what peers on ONNX Runtime run.

    python -m benchmarks.onnx_model FOLDER

Needs `onnx` and `onnxruntime` beside torch and transformers. The folder gets `model.onnx` and the
tokenizer's files, as fastembed reads them.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from benchmarks.peers import model_folder

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
OUTPUT = "last_hidden_state"
TOKENIZER = ("config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")


def main() -> None:
    import torch
    from onnxruntime.transformers import optimizer
    from transformers import AutoModel

    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    # "eager" has the attention that the optimizer knows how to fuse.
    model = AutoModel.from_pretrained(model_folder(), attn_implementation="eager").eval()
    ids = torch.ones(2, 7, dtype=torch.long)
    dynamic = {name: {0: "texts", 1: "tokens"} for name in (*INPUTS, OUTPUT)}
    file = str(target / "model.onnx")
    torch.onnx.export(
        model,
        kwargs=dict.fromkeys(INPUTS, ids),
        f=file,
        dynamo=False,
        input_names=list(INPUTS),
        output_names=[OUTPUT],
        dynamic_axes=dynamic,
    )
    config = model.config
    fused = optimizer.optimize_model(
        file, "bert", num_heads=config.num_attention_heads, hidden_size=config.hidden_size
    )
    fused.save_model_to_file(file)
    for name in TOKENIZER:
        shutil.copy(model_folder() / name, target)


if __name__ == "__main__":
    main()
