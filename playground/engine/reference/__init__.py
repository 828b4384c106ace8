"""The reference engine: the network as PyTorch module, autograd and torch.optim, on the CPU, CUDA or MPS.

``engine`` takes the steps and ``batches`` makes mini-batches and applies their noise; ``stack`` has many networks take
their steps as one.
"""

from playground.engine.reference.engine import ReferenceEngine, one_thread
from playground.engine.reference.stack import ReferenceStack

__all__ = ["ReferenceEngine", "ReferenceStack", "one_thread"]
