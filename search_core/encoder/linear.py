"""Kernels for linear layers, and which of them is the quickest that is exact on this machine.

Exact means that a row has the same result to the last bit, whatever rows are with it. Kernels
differ from each other in the last bits, by some 1e-7 of a unit vector's component.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F  # noqa: N812 - the name that torch's documentation uses
from torch import Tensor

from search_core.encoder.workers import one_thread

Step = Callable[[Tensor], Tensor]
Linear = Callable[[Tensor, Tensor, str], Step]

ROWS = 6  # a kernel gets a multiple: MKL for AVX2 adds up in another order beyond the last six
MOST_FILLER = 8 * ROWS
WIDE, DEEP = 192, 384  # of a block: columns of the result, and terms, which MKL adds up in order

PROBE_IN, PROBE_OUT = 4 * DEEP, WIDE
PROBE_ROWS = (6, 12, 18, 24, 30, 48, 96)
QUERY_ROWS = 24
REPEATED = 4  # times the weight of the probe: 4.7 MB, more than a core has cache of its own
ROUNDS = 6
CLEARLY = 0.75  # of the first kernel's time: else a machine would choose now this, now that one
PROBE_TOLERANCE = 1e-5  # two right kernels differ by 2e-6 here, another activation by 5e-4

logger = logging.getLogger(__name__)


def onednn_linear(weight: Tensor, bias: Tensor, activation: str = "none") -> Step:
    """Return a linear layer of oneDNN, whose weight is laid out once, and not in every call."""
    packed = torch.ops.mkldnn._reorder_linear_weight(weight)

    def apply(x: Tensor) -> Tensor:
        # The last "none" names the form of the activation: for GELU the erf form.
        y: Tensor = torch.ops.mkldnn._linear_pointwise(x, packed, bias, activation, [], "none")
        return y

    return apply


def blocked_linear(weight: Tensor, bias: Tensor, activation: str = "none") -> Step:
    """Return a linear layer as products with blocks of its weight.

    With few rows, as of a query, the time is that of reading the weight: each block lies in one
    piece, which is read faster than long rows are in parts.
    """
    columns = [
        [block.t().contiguous() for block in torch.split(rows, DEEP, dim=1)]
        for rows in torch.split(weight, WIDE)
    ]

    def apply(x: Tensor) -> Tensor:
        y = x.new_empty(len(x), len(bias))
        first, *others = torch.split(x, DEEP, dim=1)
        for out, column in zip(torch.split(y, WIDE, dim=1), columns, strict=True):
            torch.mm(first, column[0], out=out)
            for part, block in zip(others, column[1:], strict=True):
                out.addmm_(part, block)
        y.add_(bias)
        return torch.ops.aten.gelu_(y) if activation == "gelu" else y

    return apply


def plain_linear(weight: Tensor, bias: Tensor, activation: str = "none") -> Step:
    """Return a linear layer through torch's public functions; not exact."""

    def apply(x: Tensor) -> Tensor:
        y = F.linear(x, weight, bias)
        return F.gelu(y) if activation == "gelu" else y

    return apply


EXACT: tuple[Linear, ...] = (onednn_linear, blocked_linear)


@torch.inference_mode()
def choose_linear() -> Linear:
    """Return a kernel that is right and exact here: another than the first if clearly quicker.

    Quicker for a query, that is. Processes of one machine choose the same, so that their vectors
    are equal to the last bit.
    """
    random = torch.Generator().manual_seed(0)
    sizes = ((PROBE_ROWS[-1], PROBE_IN), (PROBE_OUT, PROBE_IN), (PROBE_OUT,))
    x, weight, bias = (torch.randn(size, generator=random) / 8 for size in sizes)
    exact: dict[Linear, Step] = {}
    with one_thread():
        expected = plain_linear(weight, bias, "gelu")(x)
        for kernel in EXACT:
            try:
                if _is_exact(kernel(weight, bias, "gelu"), x, expected):
                    exact[kernel] = kernel(
                        weight.repeat(REPEATED, 1), bias.repeat(REPEATED), "none"
                    )
            except Exception as error:  # names that are private to torch may change in any way
                logger.info("A kernel for linear layers is not there: %s", error)
        if not exact:
            logger.warning("No kernel for linear layers is right and exact; torch's serve instead.")
            return plain_linear
        return _chosen(exact, x[:QUERY_ROWS])


def _is_exact(layer: Step, x: Tensor, expected: Tensor) -> bool:
    y = layer(x)
    is_right = float((y - expected).abs().max()) <= PROBE_TOLERANCE
    return is_right and all(torch.equal(layer(x[:rows]), y[:rows]) for rows in PROBE_ROWS)


def filler(tokens: int) -> int:
    """Return how many rows to add to a job: up to a multiple of `ROWS`, by an eighth at most.

    oneDNN compiles kernels for every number of rows and keeps them, some two megabytes: a few
    numbers of rows serve all jobs.
    """
    eighth = ROWS << max(0, (tokens // (8 * ROWS)).bit_length() - 1)
    return -tokens % min(eighth, MOST_FILLER)


def _chosen(layers: Mapping[Linear, Step], x: Tensor) -> Linear:
    taken: dict[Linear, list[float]] = {kernel: [] for kernel in layers}
    for _ in range(ROUNDS):
        for kernel, layer in layers.items():
            started = time.thread_time()  # of CPU: what others do on the machine decides nothing
            layer(x)
            taken[kernel].append(time.thread_time() - started)
    first, *others = taken
    quickest = min(others, key=lambda kernel: min(taken[kernel]), default=first)
    return quickest if min(taken[quickest]) < CLEARLY * min(taken[first]) else first
