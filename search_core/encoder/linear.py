"""Linear layers of oneDNN, where they are right and exact on this machine; else of plain torch.

Exact means that a row has the same result to the last bit, whatever rows are with it. The two
differ from each other in the last bits, by some 1e-7 of a unit vector's component.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812 - the name that torch's documentation uses
from torch import Tensor

from search_core.encoder.workers import one_thread

Step = Callable[[Tensor], Tensor]
Sum = Callable[[Tensor, Tensor], Tensor]

ROWS = 6  # a kernel gets a multiple
MOST_FILLER = 8 * ROWS

PROBE_IN, PROBE_OUT = 1536, 192
PROBE_ROWS = (6, 12, 18, 24, 30, 48, 96)
PROBE_TOLERANCE = 1e-5  # two right kernels differ by 2e-6 here, another activation by 5e-4

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
    """

    name: str
    linear: Callable[[Tensor, Tensor, str], Step]
    added: Callable[[Tensor, Tensor], Sum]


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


def _plain_linear(weight: Tensor, bias: Tensor, activation: str) -> Step:
    def apply(x: Tensor) -> Tensor:
        y = F.linear(x, weight, bias)
        return F.gelu(y) if activation == "gelu" else y

    return apply


def _plain_added(weight: Tensor, bias: Tensor) -> Sum:
    return lambda x, to: F.linear(x, weight, bias).add_(to)


ONEDNN = Kernel("onednn", _onednn_linear, _onednn_added)
PLAIN = Kernel("plain", _plain_linear, _plain_added)
"""Torch's public functions; right, and not exact."""


@torch.inference_mode()
def choose_kernel() -> Kernel:
    """Return oneDNN's kernel if it is right and exact here, else the plain one.

    That is found out by computing with it. Processes of one machine choose the same, so that their
    vectors are equal to the last bit.
    """
    try:
        with one_thread():
            is_exact = _is_exact(ONEDNN)
    except Exception as error:  # names that are private to torch may change in any way
        logger.info("oneDNN's linear layers are not there: %s", error)
        is_exact = False
    if not is_exact:
        logger.warning("oneDNN's linear layers are not right and exact; torch's serve instead.")
    return ONEDNN if is_exact else PLAIN


def _is_exact(kernel: Kernel) -> bool:
    random = torch.Generator().manual_seed(0)
    sizes = (
        (PROBE_ROWS[-1], PROBE_IN),
        (PROBE_OUT, PROBE_IN),
        (PROBE_OUT,),
        (PROBE_ROWS[-1], PROBE_OUT),
    )
    x, weight, bias, to = (torch.randn(size, generator=random) / 8 for size in sizes)

    def results(of: Kernel, rows: int) -> tuple[Tensor, Tensor]:
        few = x[:rows]
        return of.linear(weight, bias, "gelu")(few), of.added(weight, bias)(few, to[:rows])

    found, expected = (results(of, len(x)) for of in (kernel, PLAIN))
    is_right = all(
        float((y - right).abs().max()) <= PROBE_TOLERANCE
        for y, right in zip(found, expected, strict=True)
    )
    return is_right and all(
        torch.equal(y[:rows], alone)
        for rows in PROBE_ROWS
        for y, alone in zip(found, results(kernel, rows), strict=True)
    )


def filler(tokens: int) -> int:
    """Return how many rows to add to a job: up to a multiple of `ROWS`, by an eighth at most.

    oneDNN compiles kernels for every number of rows and keeps them, some two megabytes: a few
    numbers of rows serve all jobs.
    """
    eighth = ROWS << max(0, (tokens // (8 * ROWS)).bit_length() - 1)
    return -tokens % min(eighth, MOST_FILLER)
