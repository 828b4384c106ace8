"""The arrays that the kernel reads and writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from playground.engine.fused.lanes import LANES
from playground.engine.fused.tables import Tables
from playground.layout import Layout

if TYPE_CHECKING:
    from playground.data.prepare import Data


class Net(NamedTuple):
    """Everything that the kernel reads and writes of one network.

    Flat vectors of parameters are filled up with zeros to whole runs of sixteen, and end with one: a run that begins at
    the last parameter can be read.

    Attributes:
        layers, settings, options: see ``Tables``.
        params, first, second, gradient, weight_mask, masked_weights: float32 (P'), the parameters, the optimizer's
            slots, the gradient, 1.0 where penalties and decay act, and the weights under DropConnect.
        buffers: float32 (Q'), running statistics. counts: float64 (2,), as in ``State``.
        statistics: float32 (P'), 1/√(σ² + ε) of each normalized row, at the place of its γ.
        block_keep: float32, for each layer whether stochastic depth keeps it in this step.
        work: float32, blocks of sixteen samples; x_transposed: float32, one layer's inputs as (sample, input).
    """

    layers: np.ndarray
    settings: np.ndarray
    options: np.ndarray
    params: np.ndarray
    first: np.ndarray
    second: np.ndarray
    gradient: np.ndarray
    weight_mask: np.ndarray
    masked_weights: np.ndarray
    buffers: np.ndarray
    counts: np.ndarray
    statistics: np.ndarray
    block_keep: np.ndarray
    work: np.ndarray
    x_transposed: np.ndarray


class Rows(NamedTuple):
    """Data for the kernel: features float32 (n · d,), targets float32 (n,), also of classes."""

    F_train: np.ndarray
    y_train: np.ndarray
    F_test: np.ndarray
    y_test: np.ndarray
    F_validation: np.ndarray
    y_validation: np.ndarray


def aligned_zeros(count: int) -> np.ndarray:
    """float32 zeros, whole runs of sixteen, beginning at a cache line (64 bytes)."""
    padded = -(-max(count, 1) // LANES) * LANES
    raw = np.zeros(padded + LANES, np.float32)
    first = (-raw.ctypes.data // 4) % LANES
    return raw[first : first + padded]


def plain(array: np.ndarray, dtype: type) -> np.ndarray:
    """A flat, writable array: the kernel is compiled for this one kind."""
    flat: np.ndarray = np.ascontiguousarray(array, dtype).reshape(-1)
    return flat if flat.flags.writeable else flat.copy()


def make_net(tables: Tables, layout: Layout) -> Net:
    """A network of zeros with work space for small batches."""
    n = layout.n_parameters + LANES
    mask = aligned_zeros(n)
    mask[: layout.n_parameters] = layout.weight_mask
    return Net(
        *tables,
        params=aligned_zeros(n),
        first=aligned_zeros(n),
        second=aligned_zeros(n),
        gradient=aligned_zeros(n),
        weight_mask=mask,
        masked_weights=aligned_zeros(n),
        buffers=aligned_zeros(layout.n_buffers),
        counts=np.array([0.0, 1.0]),
        statistics=aligned_zeros(n),
        block_keep=aligned_zeros(len(tables.layers)),
        work=aligned_zeros(0),
        x_transposed=aligned_zeros(0),
    )


def make_rows(data: Data) -> Rows:
    """The data in the kernel's form (copied)."""
    return Rows(
        np.array(data.F_train, np.float32).reshape(-1),
        np.array(data.y_train, np.float32),
        np.array(data.F_test, np.float32).reshape(-1),
        np.array(data.y_test, np.float32),
        np.array(data.F_validation, np.float32).reshape(-1),
        np.array(data.y_validation, np.float32),
    )
