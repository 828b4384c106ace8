"""CUDA graphs: kernels recorded once and started again in one call.

``PLAYGROUND_CUDA_GRAPHS=0`` in the environment turns them off.

Source: https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from functools import lru_cache

import torch
from torch import Tensor

SWITCH = "PLAYGROUND_CUDA_GRAPHS"

WARM_UP_CALLS = 3
"""Calls on the recording stream before it records, so that libraries have made their workspaces."""

Action = Callable[[], object]

log = logging.getLogger(__name__)
_recording = threading.Lock()


def wanted() -> bool:
    """Whether the environment allows CUDA graphs."""
    return os.environ.get(SWITCH, "1") != "0"


@lru_cache(maxsize=1)
def _recording_stream() -> torch.cuda.Stream:
    # One for all: cuBLAS keeps a workspace for every stream it has seen.
    return torch.cuda.Stream()


def captured(action: Action, rewind: Action) -> Action:
    """Record the kernels that ``action`` starts; calling the result starts them again.

    Args:
        action: works on tensors with fixed addresses and never waits for the device.
        rewind: undoes what makes ``action`` go on from its last call. It is called before each warm-up.

    Raises:
        RuntimeError: the device could not record it.
    """
    with _recording:  # PyTorch allows one recording at a time in a process
        stream, present = _recording_stream(), torch.cuda.current_stream()
        stream.wait_stream(present)
        graph = torch.cuda.CUDAGraph()
        # The outer context gives the stream back even where a recording fails, which the inner one does not.
        with torch.cuda.stream(stream):
            for _ in range(WARM_UP_CALLS):
                rewind()
                action()
            # Other sessions train on other threads meanwhile: their allocations must not end this recording.
            with torch.cuda.graph(graph, stream=stream, capture_error_mode="thread_local"):
                action()
        present.wait_stream(stream)
    return graph.replay


def close(found: Tensor, expected: Tensor, before: Tensor) -> bool:
    """Whether two results of one step agree, measured by how far the step went."""
    moved = (expected - before).abs()
    moved = moved[torch.isfinite(moved)]
    distance = float(moved.max()) if len(moved) else 0.0
    return torch.allclose(found, expected, rtol=1e-4, atol=1e-6 + 1e-3 * distance, equal_nan=True)


@lru_cache(maxsize=16)
def warn_once(reason: str) -> None:
    """Log, the first time, why steps are not recorded."""
    log.warning("CUDA graphs are not used, every step is started kernel by kernel: %s", reason)
