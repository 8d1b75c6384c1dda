"""Linear layers of the quickest kernel that is right and exact here; else of plain torch.

Exact means that a row has the same result to the last bit, whatever rows are with it. Kernels
differ from each other in the last bits, by some 1e-7 of a unit vector's component.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812 - the name that torch's documentation uses
from torch import Tensor

from search_core.encoder.workers import one_thread

Step = Callable[[Tensor], Tensor]
Sum = Callable[[Tensor, Tensor], Tensor]

ROWS = 6  # oneDNN gets a multiple
MOST_FILLER = 8 * ROWS
PACKED_FOR = 64  # rows; MKL packs the same for any number but one

PROBE_IN, PROBE_OUT = 1536, 192
PROBE_ROWS = (2, 3, 5, 6, 12, 18, 20, 24, 30, 48, 96)
PROBE_TOLERANCE = 1e-5  # two right kernels differ by 2e-6 here, another activation by 5e-4
PROBE_TURNS = 7
CLEARLY_QUICKER = 1.5  # times; less is noise, and processes of a machine should choose alike

logger = logging.getLogger(__name__)


class Kernel(NamedTuple):
    """What makes linear layers of a weight (out, in) and a bias (out,).

    Attributes
    ----------
    name:
        What it is called.
    linear:
        Makes a layer with an activation, "none" or "gelu".
    added:
        Makes a layer whose result is added to a second argument.
    filler:
        How many rows to add to so many.
    """

    name: str
    linear: Callable[[Tensor, Tensor, str], Step]
    added: Callable[[Tensor, Tensor], Sum]
    filler: Callable[[int], int]


def _mkl_linear(weight: Tensor, bias: Tensor, activation: str) -> Step:
    packed = torch.ops.mkl._mkl_reorder_linear_weight(weight, PACKED_FOR)
    shape = weight.new_empty(1).expand(weight.shape)  # only its shape is read

    def apply(x: Tensor) -> Tensor:
        # Torch asks how many rows the weight was packed for and takes the packed one only if they
        # are those of x; to MKL it makes no difference.
        y: Tensor = torch.ops.mkl._mkl_linear(x, packed, shape, bias, len(x))
        return torch.ops.aten.gelu_(y) if activation == "gelu" else y

    return apply


def _mkl_added(weight: Tensor, bias: Tensor) -> Sum:
    linear = _mkl_linear(weight, bias, "none")
    return lambda x, to: linear(x).add_(to)


def _onednn_linear(weight: Tensor, bias: Tensor, activation: str) -> Step:
    packed = torch.ops.mkldnn._reorder_linear_weight(weight)  # once, and not in every call

    def apply(x: Tensor) -> Tensor:
        # The last "none" names the form of the activation: for GELU the erf form.
        y: Tensor = torch.ops.mkldnn._linear_pointwise(x, packed, bias, activation, [], "none")
        return y

    return apply


def _onednn_added(weight: Tensor, bias: Tensor) -> Sum:
    packed = torch.ops.mkldnn._reorder_linear_weight(weight)

    def apply(x: Tensor, to: Tensor) -> Tensor:
        y: Tensor = torch.ops.mkldnn._linear_pointwise.binary(x, to, packed, bias, "add")
        return y

    return apply


def _onednn_filler(rows: int) -> int:
    """Return how many rows lead up to a multiple of `ROWS`, of an eighth of the rows at most.

    oneDNN compiles kernels for every number of rows and keeps them, some two megabytes: a few
    numbers of rows serve all jobs.
    """
    eighth = ROWS << max(0, (rows // (8 * ROWS)).bit_length() - 1)
    return -rows % min(eighth, MOST_FILLER)


def _no_filler(_rows: int) -> int:
    return 0


def _plain_linear(weight: Tensor, bias: Tensor, activation: str) -> Step:
    def apply(x: Tensor) -> Tensor:
        y = F.linear(x, weight, bias)
        return F.gelu(y) if activation == "gelu" else y

    return apply


def _plain_added(weight: Tensor, bias: Tensor) -> Sum:
    return lambda x, to: F.linear(x, weight, bias).add_(to)


MKL = Kernel("mkl", _mkl_linear, _mkl_added, _no_filler)
ONEDNN = Kernel("onednn", _onednn_linear, _onednn_added, _onednn_filler)
PLAIN = Kernel("plain", _plain_linear, _plain_added, _no_filler)
"""Torch's public functions; right, and not exact."""
KERNELS: tuple[Kernel, ...] = (MKL, ONEDNN)
"""The first that is right and exact serves, unless another such is clearly quicker."""


@torch.inference_mode()
def choose_kernel() -> Kernel:
    """Return the kernel of `KERNELS` that is right and exact here, and quick; else the plain one.

    That is found out by computing with each. MKL is quicker for the few rows of a query, and as
    quick as oneDNN for many, but on a processor that it has no products for. Processes of one
    machine choose the same, so that their vectors are equal to the last bit.
    """
    exact = [kernel for kernel in KERNELS if _is_exact(kernel)]
    if not exact:
        logger.warning("Neither MKL nor oneDNN is right and exact; torch's own layers serve.")
        return PLAIN
    seconds = _seconds(exact)
    is_slow = seconds[0] > CLEARLY_QUICKER * min(seconds)
    return exact[seconds.index(min(seconds))] if is_slow else exact[0]


def _is_exact(kernel: Kernel) -> bool:
    try:
        return _is_right(kernel) and _has_the_same_bits_for_any_rows(kernel)
    except Exception as error:  # names that are private to torch may change in any way
        logger.info("The kernel %s cannot be used: %s", kernel.name, error)
        return False


def _is_right(kernel: Kernel) -> bool:
    found, expected = (_results(of, PROBE_ROWS[-1]) for of in (kernel, PLAIN))
    return all(
        float((y - right).abs().max()) <= PROBE_TOLERANCE
        for y, right in zip(found, expected, strict=True)
    )


def _has_the_same_bits_for_any_rows(kernel: Kernel) -> bool:
    """Return whether few rows on all threads have what they have among many on one thread."""
    with one_thread():
        together = _results(kernel, PROBE_ROWS[-1])
    return all(
        torch.equal(y[:rows], few)
        for rows in PROBE_ROWS
        if not kernel.filler(rows)
        for y, few in zip(together, _results(kernel, rows), strict=True)
    )


def _results(kernel: Kernel, rows: int) -> tuple[Tensor, Tensor]:
    x, weight, bias, to = _probe()
    few = x[:rows]
    return kernel.linear(weight, bias, "gelu")(few), kernel.added(weight, bias)(few, to[:rows])


def _seconds(kernels: Sequence[Kernel]) -> list[float]:
    """Return the least CPU time that each kernel takes for a layer on one thread, in turns."""
    x, weight, bias, _ = _probe()
    layers = [kernel.linear(weight, bias, "gelu") for kernel in kernels]
    with one_thread():
        turns = [[_timed(layer, x) for layer in layers] for _ in range(PROBE_TURNS)]
    return [min(of_one) for of_one in zip(*turns, strict=True)]


def _timed(layer: Step, x: Tensor) -> float:
    started = time.thread_time()
    layer(x)
    return time.thread_time() - started


def _probe() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return rows, a weight, a bias and what is added, of a layer of the usual size."""
    random = torch.Generator().manual_seed(0)
    sizes = (
        (PROBE_ROWS[-1], PROBE_IN),
        (PROBE_OUT, PROBE_IN),
        (PROBE_OUT,),
        (PROBE_ROWS[-1], PROBE_OUT),
    )
    x, weight, bias, to = (torch.randn(size, generator=random) / 8 for size in sizes)
    return x, weight, bias, to
