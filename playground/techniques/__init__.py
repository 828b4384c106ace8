"""The training recipe's techniques: one module a family, one entry a technique.

Every entry has ``export(spec)``: the Python expression that a script would contain, with placeholders
in braces for what the script names itself (``{w}``, ``{params}``, ``{optimizer}`` …, filled by
``str.format``). The names ``torch``, ``nn``, ``F``, ``math`` and ``g`` (a ``torch.Generator``) are
taken as imported. An entry that adds nothing to a script exports ``""``.
"""

from playground.techniques.activations import ACTIVATIONS, Activation
from playground.techniques.clippings import CLIPPINGS, Clipping
from playground.techniques.initializers import INITIALIZERS, Initializer
from playground.techniques.losses import LOSSES, Loss, Task, accuracy, predict
from playground.techniques.normalizations import NORMALIZATIONS, Normalization
from playground.techniques.optimizers import OPTIMIZERS, Optimizer
from playground.techniques.regularizers import DROPPED, REGULARIZERS, Regularizer, acting
from playground.techniques.schedules import SCHEDULES, Plateau, Schedule
from playground.techniques.skips import SKIPS, Skip
from playground.techniques.stoppings import STOPPINGS, Patience, Stopping
from playground.techniques.weightings import WEIGHTINGS, Weighting, class_weights, epoch_rows

__all__ = [
    "ACTIVATIONS",
    "CLIPPINGS",
    "DROPPED",
    "INITIALIZERS",
    "LOSSES",
    "NORMALIZATIONS",
    "OPTIMIZERS",
    "REGULARIZERS",
    "SCHEDULES",
    "SKIPS",
    "STOPPINGS",
    "WEIGHTINGS",
    "Activation",
    "Clipping",
    "Initializer",
    "Loss",
    "Normalization",
    "Optimizer",
    "Patience",
    "Plateau",
    "Regularizer",
    "Schedule",
    "Skip",
    "Stopping",
    "Task",
    "Weighting",
    "accuracy",
    "acting",
    "class_weights",
    "epoch_rows",
    "predict",
]
