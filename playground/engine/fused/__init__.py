"""The fused engine: the whole training loop as one compiled kernel for the CPU.

``lanes`` and ``maths`` are the ground; ``activations``, ``losses`` and ``optimizers`` hold the rules in the order of
``playground.techniques``; ``layers`` and ``kernel`` put them together; ``tables`` turns an experiment into
numbers, ``engine`` is the common face and ``compiling`` keeps the machine code.
"""

from playground.engine.fused.engine import FusedEngine, covers, ready, warm_up

__all__ = ["FusedEngine", "covers", "ready", "warm_up"]
