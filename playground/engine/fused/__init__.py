"""The fused engine: the whole training loop as one compiled kernel for the CPU.

``lanes`` and ``maths`` are the ground; ``activations``, ``losses`` and ``optimizers`` hold the rules in the order of
``playground.techniques``; ``linear``, ``normalizing`` and ``units`` are the parts of a layer, ``passes`` goes through
all of them; ``noising`` stands before a pass, ``clipping`` and ``updating`` after it, ``kernel`` puts everything
together and ``looking`` reads what it left. ``drawing`` and ``initial`` give the weights that a run starts from.
``tables`` turns an experiment into numbers, ``memory`` holds the arrays, ``engine`` is the common face, ``stack``
that of many networks at once, and ``compiling`` keeps the machine code.
"""

from playground.engine.fused.engine import FusedEngine, covers, ready, usable, warm_up
from playground.engine.fused.stack import FusedStack

__all__ = ["FusedEngine", "FusedStack", "covers", "ready", "usable", "warm_up"]
