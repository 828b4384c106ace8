"""Which engine an experiment gets, and whether a running network can go on with a changed one."""

from __future__ import annotations

import ctypes
import importlib
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playground.experiment import FIELDS, HOT_FIELDS, Experiment
from playground.layout import Layout
from playground.registry import InvalidValue

if TYPE_CHECKING:
    from playground.data.prepare import Data
    from playground.engine.noise import NoiseSource
    from playground.engine.plan import Engine


def can_continue(old: Experiment, new: Experiment) -> bool:
    """Whether a running network can go on with ``new``: hot fields, the engine, or painted points that fit.

    A network that has learned from points cannot be judged by them, so that one with another share of points held
    out starts anew, and one that from now on keeps some to test on.

    This is the one rule; engines take over what it allows.
    """
    changed = {name for name in FIELDS if getattr(old, name) != getattr(new, name)}
    allowed = HOT_FIELDS | {"engine", "device"}
    if new.dataset.name == "custom":
        allowed |= {"dataset", "points", "n_samples"}
    same_parts = old.held_out == new.held_out and (old.tested or not new.tested)
    if old.has_parts or new.has_parts:
        given = [experiment.points.parts if experiment.points else () for experiment in (old, new)]
        before, after = given
        same_parts &= all(given) and after[: len(before)] == before[: len(after)]
        same_parts &= set(after[len(before) :]) <= {"train"}
    return changed <= allowed and same_parts and old.task == new.task and Layout.of(old) == Layout.of(new)


@cache
def _gpu_driver() -> bool:
    """Whether a driver is installed that PyTorch could find a GPU by."""
    if Path("/dev/kfd").exists():  # AMD's
        return True
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    return True


def cuda_available() -> bool:
    """Whether PyTorch finds a CUDA GPU. It takes long to import, so it is not asked where no driver is installed."""
    if not _gpu_driver():
        return False
    import torch

    return torch.cuda.is_available()


def mps_available() -> bool:
    """Whether PyTorch finds Apple's Metal GPU."""
    import torch

    return torch.backends.mps.is_available()


def fused_module() -> Any | None:
    """The compiled engine's module, or None where it is not installed."""
    try:
        module = importlib.import_module("playground.engine.fused")
    except ModuleNotFoundError as error:
        if error.name in ("playground.engine.fused", "numba"):
            return None
        raise
    return module if hasattr(module, "FusedEngine") else None


def resolve(experiment: Experiment) -> tuple[str, str]:
    """The engine and device that an experiment gets here and now.

    ``auto`` is CUDA where there is a GPU; otherwise the fused engine if it covers the experiment and its code is
    on the disk, else the reference engine on the CPU. The first question has the code loaded from the disk, or
    compiled beside where it is not there yet.

    Raises:
        InvalidValue: a device or an engine was asked for that is not here or does not do this experiment.
    """
    device, engine = experiment.device, experiment.engine
    if device == "cuda" and not cuda_available():
        raise InvalidValue("device", "engine.no_cuda", device)
    if device == "mps" and not mps_available():
        raise InvalidValue("device", "engine.no_metal", device)
    if engine == "fused":
        if device not in ("auto", "cpu"):
            raise InvalidValue("engine", "engine.of_device", engine, device=device)
        fused = fused_module()
        if fused is None or not fused.covers(experiment):
            raise InvalidValue("engine", "engine.not_fused", engine)
        return "fused", "cpu"
    if device == "auto":
        device = "cuda" if cuda_available() else "cpu"
    if engine == "auto" and device == "cpu":
        fused = fused_module()
        if fused is not None and fused.covers(experiment) and fused.usable():
            return "fused", "cpu"
    return "reference", device


def awaits_code(experiment: Experiment, engine: Engine) -> bool:
    """Whether ``engine`` runs ``experiment`` only until the compiled engine is ready."""
    if experiment.engine != "auto" or (engine.name, engine.device) != ("reference", "cpu"):
        return False
    fused = fused_module()
    return fused is not None and bool(fused.covers(experiment))


def make_engine(experiment: Experiment, data: Data, noise: NoiseSource) -> Engine:
    """The engine for an experiment, with freshly drawn weights. Raises InvalidValue as ``resolve`` does."""
    name, device = resolve(experiment)
    if name == "fused":
        module = fused_module()
        assert module is not None
        return module.FusedEngine(experiment, data, noise)
    from playground.engine.reference import ReferenceEngine

    return ReferenceEngine(experiment, data, noise, device=device)
