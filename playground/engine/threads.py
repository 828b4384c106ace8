"""How many threads PyTorch computes with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playground.later import torch


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
