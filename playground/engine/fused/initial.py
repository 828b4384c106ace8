"""A network's first parameters: drawn by compiled code where that gives PyTorch's numbers, else by PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from playground.engine.fused import drawing
from playground.experiment import Experiment
from playground.layout import Layout
from playground.techniques import INITIALIZERS

if TYPE_CHECKING:
    from playground.layout import Block

CHECKED_HIDDEN: Final = (1, 5, 8, 33, 64, 16, 3)
"""Widths of layers with fewer than sixteen weights, with whole sixteens, and with a rest."""
CHECKED_SEEDS: Final = (0, 7, 2**31 - 1)

_compiled = False


def use_compiled(agreed: bool) -> None:
    """Draw by compiled code from now on, as it has been found to agree with PyTorch."""
    global _compiled
    _compiled = agreed


def parameters(experiment: Experiment, layout: Layout) -> np.ndarray:
    """float32 (P,), the numbers of ``build(experiment).parameters()``, without building a module."""
    if _compiled and INITIALIZERS[experiment.init.name].numbers is not None:
        return by_compiled_code(experiment, layout)
    return by_torch(experiment, layout)


def by_torch(experiment: Experiment, layout: Layout) -> np.ndarray:
    """The parameters as PyTorch's own functions draw them."""
    import torch

    initializer, spec = INITIALIZERS[experiment.init.name], experiment.init
    generator = torch.Generator().manual_seed(experiment.weights_seed)
    flat = np.empty(layout.n_parameters, np.float32)
    n_in = layout.n_inputs
    with torch.no_grad():
        for block in layout.parameters:
            tensor = torch.from_numpy(block.view(flat))
            if block.kind == "weight":
                n_in = block.shape[1]
                initializer.fill(tensor, generator, spec)
            elif block.kind == "bias":
                initializer.fill_bias(tensor, n_in, generator, spec)
            else:
                tensor.fill_(_constant(block, experiment))
    return flat


def by_compiled_code(experiment: Experiment, layout: Layout) -> np.ndarray:
    """The same without PyTorch, for initializers whose weights are independent of each other."""
    initializer, spec = INITIALIZERS[experiment.init.name], experiment.init
    assert initializer.numbers is not None
    fills = []
    n_in = layout.n_inputs
    for block in layout.parameters:
        if block.kind == "weight":
            n_out, n_in = block.shape
            kind, value = initializer.numbers(n_in, n_out, spec)
        elif block.kind == "bias":
            kind, value = initializer.bias_numbers(n_in)
        else:
            kind, value = "constant", _constant(block, experiment)
        fills.append((block.start, block.stop - block.start, drawing.KINDS[kind], value))
    flat = np.empty(layout.n_parameters, np.float32)
    drawing.draw(np.array(fills, drawing.FILL), experiment.weights_seed, flat)
    return flat


def _constant(block: Block, experiment: Experiment) -> float:
    """What γ, β and PReLU's slope start from."""
    if block.kind == "slope":
        return float(experiment.activations[block.layer]["start"])
    return 1.0 if block.kind == "gamma" else 0.0


def agrees() -> bool:
    """Whether PyTorch draws the same numbers as the compiled code on this processor. Imports it."""
    for name, initializer in INITIALIZERS.items():
        for seed in CHECKED_SEEDS:
            experiment = Experiment(init=name, hidden=CHECKED_HIDDEN, seed=seed)
            layout = Layout.of(experiment)
            if initializer.numbers is not None and not np.array_equal(
                by_compiled_code(experiment, layout), by_torch(experiment, layout)
            ):
                return False
    return True
