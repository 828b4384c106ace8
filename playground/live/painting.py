"""What a page needs beside the weights to paint the maps itself."""

from __future__ import annotations

from typing import Any

from playground.data import FEATURES
from playground.data.prepare import Data
from playground.experiment import Experiment
from playground.registry import Spec
from playground.techniques import ACTIVATIONS, LOSSES, NORMALIZATIONS, SKIPS


def painting(experiment: Experiment, data: Data) -> dict[str, Any] | None:
    """How an experiment's network computes, in names and numbers; None if a page knows not all of it.

    A name stands for the entry's form for the browser. Features become inputs by F' = (F - ``offset``) @ ``matrix``;
    ``features`` are None where the columns themselves are shown.

    Args:
        experiment: whose network it is.
        data: what the network is trained on.
    """
    loss = LOSSES[experiment.loss.name]
    probability = {"binary": loss.js, "multiclass": loss.js_part, "regression": "s"}[experiment.task]
    features = list(data.feature_names) if len(data.x_names) == 2 else None
    forms = [
        *(FEATURES[name].js for name in features or ()),
        *(ACTIVATIONS[spec.name].js for spec in experiment.activations),
        NORMALIZATIONS[experiment.normalization.name].js,
        SKIPS[experiment.skip.name].js,
        probability,
    ]
    if not all(forms):
        return None
    return {
        "task": experiment.task,
        "features": features,
        "matrix": data.affine.matrix.tolist(),
        "offset": data.affine.offset.tolist(),
        "activations": [_told(spec) for spec in experiment.activations],
        "normalization": _told(experiment.normalization),
        "skip": _told(experiment.skip),
        "skips": list(experiment.skips),
        "kept": [1.0 - rate for rate in experiment.drop_rates],
        "loss": _told(experiment.loss),
    }


def _told(spec: Spec) -> dict[str, Any]:
    return {"name": spec.name, "params": spec.params}
