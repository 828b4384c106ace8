"""How many threads there are to compute with, and how many PyTorch takes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from playground.later import torch


def threads() -> int:
    """One for each core that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread within the block.

    On networks of this size a second thread costs more than it gives, and sums would be split differently
    on machines with another number of cores. PyTorch keeps the number per thread, so others go on.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
