"""The reference engine: the network as PyTorch module, autograd and torch.optim, on the CPU, CUDA or MPS.

``engine`` takes the steps and ``batches`` makes mini-batches and applies their noise.
"""

from playground.engine.reference.engine import ReferenceEngine, one_thread

__all__ = ["ReferenceEngine", "one_thread"]
