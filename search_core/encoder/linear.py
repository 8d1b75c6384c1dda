"""Linear layers of the quickest kernel that is right and exact here; else of plain torch.

Exact means that a row has the same result to the last bit, whatever rows are with it. Kernels
differ from each other in the last bits, by some 1e-7 of a unit vector's component.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812 - the name that torch's documentation uses
from torch import Tensor

from search_core.encoder.workers import one_thread

Step = Callable[[Tensor], Tensor]
Sum = Callable[[Tensor, Tensor], Tensor]
Results = Callable[[int], tuple[Tensor, Tensor]]
"""From a number of rows to what two layers make of as many."""

ROWS = 6  # oneDNN gets a multiple
MOST_FILLER = 8 * ROWS
PACKED_FOR = 64  # rows; MKL packs the same for any number but one

PROBE_IN, PROBE_OUT = 1536, 192
PROBE_ROWS = (2, 3, 5, 6, 12, 18, 20, 24, 30, 48, 96, 256)
TIMED_ROWS = 48
ROWS_ON_ALL_THREADS = (6, 24)  # no more: threads wait for each other on a busy machine
PROBE_TOLERANCE = 1e-5  # two right kernels differ by 2e-6 here, another activation by 5e-4
TURNS = 5
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
        # Torch asks how many rows the weight was packed for, and takes the packed one only where
        # these are the rows of x. To MKL it makes no difference, which `choose_kernel` tries.
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
    tried = {kernel: _exact_results(kernel) for kernel in KERNELS}
    exact = {kernel: results for kernel, results in tried.items() if results is not None}
    if not exact:
        logger.warning("Neither MKL nor oneDNN is right and exact; torch's own layers serve.")
        return PLAIN
    first, seconds = next(iter(exact)), _seconds(exact)
    quickest = min(seconds, key=seconds.__getitem__)
    return quickest if seconds[first] > CLEARLY_QUICKER * seconds[quickest] else first


def _exact_results(kernel: Kernel) -> Results | None:
    """Return what computes with a kernel, or None where it is not right and exact."""
    try:
        results = _trial(kernel)
        is_exact = _is_right(results) and _has_the_same_bits_for_any_rows(kernel, results)
    except Exception as error:  # names that are private to torch may change in any way
        logger.info("The kernel %s cannot be used: %s", kernel.name, error)
        return None
    return results if is_exact else None


def _is_right(results: Results) -> bool:
    return all(
        float((y - right).abs().max()) <= PROBE_TOLERANCE
        for y, right in zip(results(TIMED_ROWS), _trial(PLAIN)(TIMED_ROWS), strict=True)
    )


def _has_the_same_bits_for_any_rows(kernel: Kernel, results: Results) -> bool:
    """Return whether few rows have what they have among many, on one thread and on all."""
    with one_thread():
        together = results(PROBE_ROWS[-1])
        fewer = [results(rows) for rows in PROBE_ROWS if not kernel.filler(rows)]
    fewer += [results(rows) for rows in ROWS_ON_ALL_THREADS]
    return all(
        torch.equal(y[: len(few)], few)
        for found in fewer
        for y, few in zip(together, found, strict=True)
    )


def _trial(kernel: Kernel) -> Results:
    """Return what computes a layer of either kind, of a usual size, for the first rows of some."""
    random = torch.Generator().manual_seed(0)
    rows = PROBE_ROWS[-1]
    sizes = (rows, PROBE_IN), (PROBE_OUT, PROBE_IN), (PROBE_OUT,), (rows, PROBE_OUT)
    x, weight, bias, to = (torch.randn(size, generator=random) / 8 for size in sizes)
    linear, added = kernel.linear(weight, bias, "gelu"), kernel.added(weight, bias)
    return lambda rows: (linear(x[:rows]), added(x[:rows], to[:rows]))


def _seconds(exact: Mapping[Kernel, Results]) -> dict[Kernel, float]:
    """Return the least CPU time that each kernel takes on one thread, of some turns."""
    with one_thread():
        turns = [[_timed(results) for results in exact.values()] for _ in range(TURNS)]
    return dict(zip(exact, map(min, zip(*turns, strict=True)), strict=True))


def _timed(results: Results) -> float:
    started = time.thread_time()
    results(TIMED_ROWS)
    return time.thread_time() - started
