"""The sections of a script, in the order in which it is read; scripts and notebooks arrange the same ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playground.data import DATASETS, PREPROCESSINGS, SPLITS
from playground.experiment import Experiment
from playground.export.code import import_lines, names_in
from playground.export.data_code import data_code, features_code, label_noise_code, split_code
from playground.export.file_code import FromFile
from playground.export.model_code import loss_code, model_code, weights_code
from playground.export.training_code import evaluation_code, optimizer_code, result_code, training_code
from playground.registry import Registry, Spec, whole
from playground.techniques import (
    ACTIVATIONS,
    CLIPPINGS,
    DROPPED,
    INITIALIZERS,
    LOSSES,
    NORMALIZATIONS,
    OPTIMIZERS,
    REGULARIZERS,
    SCHEDULES,
    SKIPS,
    STOPPINGS,
    acting,
)
from playground.techniques.regularizers import Place

EPOCHS = whole("epochs", 100, 1, 1_000_000, log=True)
"""How long an exported run can be."""


@dataclass(frozen=True)
class Section:
    """A step of the script.

    Args:
        key: of its heading and text under ``export.sections``.
        code: Python statements.
        techniques: family and name of what it uses, for explanations.
    """

    key: str
    code: str
    techniques: tuple[tuple[str, str], ...] = ()


def sections(experiment: Experiment, epochs: int, file: FromFile | None = None) -> list[Section]:
    """The script of an experiment in sections; the first holds imports and constants.

    Args:
        file: that own points came from; None writes them into the script.

    Raises:
        InvalidValue: epochs out of range.
    """
    epochs = EPOCHS.check(epochs)
    e = experiment
    parts = ("" if e.tested else "_all") + ("_held" if e.held_out else "")
    body = [
        Section("data_file" if file else "data", data_code(e, file), used(DATASETS, e.dataset)),
        Section(f"split{parts}", split_code(e), () if e.has_parts else used(SPLITS, e.split)),
        Section("labels", label_noise_code(e)),
        Section("features", features_code(e, file is not None), used(PREPROCESSINGS, e.preprocessing)),
        Section("model", model_code(e), _of_model(e)),
        Section("weights", weights_code(e), used(INITIALIZERS, e.init)),
        Section("loss", loss_code(e), (*used(LOSSES, e.loss), *_regularizers(e, "targets"))),
        Section("optimizer", optimizer_code(e), _of_optimizer(e)),
        Section(f"evaluation{'_held' if parts else ''}", evaluation_code(e)),
        Section("training", training_code(e, epochs), _of_training(e)),
        Section(f"result{parts}", result_code(e)),
    ]
    body = [section for section in body if section.code]
    names = set().union(*(names_in(section.code) for section in body))
    setup = f"{import_lines(names)}\n\nSEED = {e.seed}\nEPOCHS = {epochs}"
    return [Section("setup", setup), *body]


def used(registry: Registry[Any], *specs: Spec) -> tuple[tuple[str, str], ...]:
    """The chosen techniques, each once, without those that add nothing to a script."""
    names = dict.fromkeys(spec.name for spec in specs if spec.name != "none")
    return tuple((registry.family, name) for name in names)


def _regularizers(experiment: Experiment, *places: Place) -> tuple[tuple[str, str], ...]:
    return tuple((REGULARIZERS.family, entry.name) for entry in acting(experiment, *places))


def _of_model(e: Experiment) -> tuple[tuple[str, str], ...]:
    if not e.hidden:
        return ()
    return (
        *used(ACTIVATIONS, *e.activations),
        *used(NORMALIZATIONS, e.normalization),
        *(used(SKIPS, e.skip) if any(e.skips) else ()),
        *_regularizers(e, *DROPPED),
    )


def _of_optimizer(e: Experiment) -> tuple[tuple[str, str], ...]:
    scheduled = SCHEDULES[e.schedule.name].export(e.schedule) != ""
    return (*used(OPTIMIZERS, e.optimizer), *(used(SCHEDULES, e.schedule) if scheduled else ()))


def _of_training(e: Experiment) -> tuple[tuple[str, str], ...]:
    return (
        *_regularizers(e, "inputs", "loss", "update"),
        *used(CLIPPINGS, e.clipping),
        *used(STOPPINGS, e.early_stopping),
    )
