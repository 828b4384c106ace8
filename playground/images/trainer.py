"""The trainer of networks on pictures: plain PyTorch, the same protocol as ``playground.engine.trainer.Trainer``."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from playground import streams
from playground.engine import weights
from playground.engine.choose import cuda_available, mps_available
from playground.engine.history import History
from playground.engine.order import BatchOrder
from playground.engine.plan import Plan
from playground.engine.snapshot import Reason, Status
from playground.engine.threads import one_thread
from playground.images.augment import AUGMENTATIONS, mixed
from playground.images.data import Pictures, loading, split
from playground.images.experiment import IMAGE_FIELDS, ImageExperiment
from playground.later import torch
from playground.registry import InvalidValue
from playground.techniques import (
    CLIPPINGS,
    LOSSES,
    OPTIMIZERS,
    REGULARIZERS,
    SCHEDULES,
    Plateau,
    Regularizer,
)
from playground.techniques.regularizers import Place

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from playground.images.network import ImageNetwork

SLICE = 0.04
"""Seconds of training between two results where others wait for their turn: with what is computed beside it a slice
stays within 0.1 s."""
CHUNK = 64
"""Pictures that evaluation puts through the network at once."""


def device_of(experiment: ImageExperiment) -> str:
    """Where it runs here: ``auto`` is CUDA where there is a GPU. Raises InvalidValue for a device that is not here."""
    device = experiment.device
    if device == "cuda" and not cuda_available():
        raise InvalidValue("device", "engine.no_cuda", device)
    if device == "mps" and not mps_available():
        raise InvalidValue("device", "engine.no_metal", device)
    if device == "auto":
        return "cuda" if cuda_available() else "cpu"
    return device


def acting(experiment: ImageExperiment, *places: Place) -> list[Regularizer]:
    """The regularizers that have an effect at one of the places."""
    return [
        entry
        for entry in REGULARIZERS.values()
        if entry.acts_on in places and entry.field in IMAGE_FIELDS and entry.acts(experiment)
    ]


def prepare(experiment: ImageExperiment) -> tuple[Pictures, Pictures]:
    """Training pictures, those to be held out among them, and test pictures.

    Raises:
        InvalidValue: the set is not on this computer.
    """
    *_, parts = preparing(experiment)
    assert parts is not None
    return parts


def preparing(experiment: ImageExperiment) -> Iterator[tuple[Pictures, Pictures] | None]:
    """``prepare`` in slices: None after each, in the end both parts."""
    for pictures in loading(experiment.dataset.name, experiment.n_samples, experiment.seed):
        yield None if pictures is None else split(pictures, experiment.train_fraction, experiment.seed)


def hold_out(train: Pictures, experiment: ImageExperiment) -> tuple[Pictures, Pictures | None]:
    """What is learned from of the training pictures, and the validation part, where there is one."""
    if not experiment.held_out:
        return train, None
    return split(train, 1 - experiment.held_out, experiment.seed)


def batch_size(experiment: ImageExperiment, n_train: int) -> int:
    """Pictures in a mini-batch: the whole training part for optimizers that need it."""
    return (
        n_train if OPTIMIZERS[experiment.optimizer.name].full_batch else min(experiment.batch_size, n_train)
    )


def has_single(experiment: ImageExperiment, n_train: int) -> bool:
    """Whether a mini-batch of one picture occurs."""
    size = batch_size(experiment, n_train)
    return size == 1 or n_train % size == 1


def augmentation_seed(experiment: ImageExperiment) -> int:
    """Of the generator that augmentation draws from."""
    return int(streams.generator(experiment.seed, streams.AUGMENTATION).integers(2**31))


class ImageTrainer:
    """Trains one experiment on pictures, a step at a time or many. It computes on one thread.

    Args:
        experiment: what to train.
        pictures: training and test pictures in place of the experiment's own; of the same shape. The network has a
            score for each of their classes.
        every: epochs between two measurements, each of which puts all pictures through the network; can be changed.

    Attributes:
        experiment, train, validation, test, network, history: the parts; ``validation`` is None where no pictures are
            held out.
        device: ``"cpu"``, ``"cuda"`` or ``"mps"``.
        step, epoch: steps taken and epochs finished.
        status: ``"running"`` or ``"diverged"``; a diverged run keeps the last finite weights.
        reason: ``""`` or ``"not_finite"``.

    Raises:
        InvalidValue: the device or the set of pictures is not here.
    """

    network: ImageNetwork

    def __init__(
        self,
        experiment: ImageExperiment,
        pictures: tuple[Pictures, Pictures] | None = None,
        every: int = 1,
    ) -> None:
        from playground.images.network import build  # loads PyTorch

        self.experiment = experiment
        self.device = device_of(experiment)
        known, self.test = pictures or prepare(experiment)
        self.train, self.validation = hold_out(known, experiment)
        single = has_single(experiment, len(self.train))
        self.network = build(experiment, single, len(self.train.classes))
        self.network.to(self.device)
        if not OPTIMIZERS[experiment.optimizer.name].full_batch:  # L-BFGS takes gradients for one flat vector
            # Convolutions of the CPU are a tenth to a third faster with the channels last.
            self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._x, self._y = self._tensors(self.train)
        self._x_test, self._y_test = self._tensors(self.test)
        self._held = None if self.validation is None else self._tensors(self.validation)
        self.step = self.epoch = 0
        self.status: Status = "running"
        self.reason: Reason = ""
        self._order = BatchOrder(experiment.seed, len(self.train), batch_size(experiment, len(self.train)))
        self._plateau = (
            Plateau(experiment.learning_rate) if SCHEDULES[experiment.schedule.name].feedback else None
        )
        self._changing = {
            entry.name: (entry.strength(experiment), streams.generator(experiment.seed, entry.stream))
            for entry in acting(experiment, "inputs")
            if entry.stream is not None
        }
        self._augmenting = torch.Generator().manual_seed(augmentation_seed(experiment))
        self._frozen = 0
        self.every = every
        self._batch: tuple[Tensor, Tensor, Tensor] | None = None
        self._new_optimizer()
        self.history = History()
        self.history.stride = every
        zero = np.zeros(1)
        self.history.extend(zero, zero, np.array([self._row()]), self._learning_rates(1))

    def _tensors(self, pictures: Pictures) -> tuple[Tensor, Tensor]:
        x = torch.from_numpy(pictures.images).to(self.device)
        return x.contiguous(memory_format=torch.channels_last), torch.from_numpy(pictures.labels).to(
            self.device
        )

    def _new_optimizer(self) -> None:
        experiment = self.experiment
        self._technique = OPTIMIZERS[experiment.optimizer.name]
        self._parameters: list[Tensor] = [p for p in self.network.parameters() if p.requires_grad]
        self._weights = [p for p in self._parameters if p.dim() > 1]
        groups: list[dict[str, Any]] = [{"params": self._parameters}]
        if experiment.optimizer.params.get("weight_decay"):
            others = [p for p in self._parameters if p.dim() == 1]
            groups = [{"params": self._weights}, {"params": others, "weight_decay": 0.0}]
        self._optimizer = self._technique.make(groups, experiment.learning_rate, experiment.optimizer)
        self._before = [p.detach().clone() for p in self._parameters]
        self._penalties = [
            (entry.strength(experiment), entry.penalty.value)
            for entry in acting(experiment, "loss")
            if entry.penalty
        ]

    # --- settings --------------------------------------------------------------------------------

    def freeze(self, blocks: int) -> None:
        """Learn only what comes after the first ``blocks`` blocks; the optimizer starts anew.

        Frozen layers compute as in evaluation: they drop nothing and keep their running statistics.
        """
        self._frozen = blocks
        for layer, block in zip(self.network, self.network.blocks, strict=True):
            layer.requires_grad_(block >= blocks)
        self._new_optimizer()

    @property
    def learning_rate(self) -> float:
        """The learning rate of the current epoch."""
        return float(self._learning_rates(1)[0])

    def _learning_rates(self, epochs: int) -> np.ndarray:
        if self._plateau is not None:
            return np.full(epochs, self._plateau.learning_rate)
        experiment = self.experiment
        factor, spec = SCHEDULES[experiment.schedule.name].factor, experiment.schedule
        factors = [factor(epoch, spec) for epoch in range(self.epoch, self.epoch + epochs)]
        return experiment.learning_rate * np.array(factors)

    @property
    def steps_per_epoch(self) -> int:
        """Steps in a full epoch, the last short batch counted."""
        return self._order.steps_per_epoch

    @property
    def steps_left(self) -> int:
        """Steps to the end of the current epoch, at least 1."""
        return self._order.steps_left

    # --- running ---------------------------------------------------------------------------------

    def run(self, steps: int | None = None, epochs: int | None = None) -> int:
        """Train on.

        Args:
            steps: how many steps.
            epochs: or up to how many epoch ends; an epoch begun counts as the first.

        Returns:
            The steps taken: fewer than asked for when the run diverged.
        """
        asked, taken = self._order.steps_asked(steps, epochs), 0
        while taken < asked and self.status == "running":
            taken += self._advance(asked - taken, math.inf)
        return taken

    def run_for(self, seconds: float, most_steps: int | None = None) -> int:
        """Train for about ``seconds``: at least one step, at most ``most_steps``. Returns the steps taken."""
        deadline = time.perf_counter() + seconds
        taken = 0
        while self.status == "running" and taken != most_steps:
            left = self._order.steps_left if most_steps is None else most_steps - taken
            taken += self._advance(left, deadline)
            if time.perf_counter() >= deadline:
                break
        return taken

    @one_thread()
    def _advance(self, limit: int, deadline: float) -> int:
        """At most ``limit`` steps, to the end of the epoch or to the deadline; at least one."""
        plan = self._order.plan(min(limit, self._order.steps_left), self._learning_rates)
        rows = torch.from_numpy(np.ascontiguousarray(plan.order)).to(self.device)
        offsets, taken = plan.offsets.tolist(), 0
        self._set_modes(True)
        for step, rate in enumerate(plan.lr.tolist()):
            finite = self._step(rows[offsets[step] : offsets[step + 1]], rate)
            taken = step + 1
            if not finite:
                self._diverge()
                break
            if time.perf_counter() >= deadline:
                break
        self._record(plan, taken)
        return taken

    def _record(self, plan: Plan, taken: int) -> None:
        """Count the steps, and measure at the end of an epoch."""
        self.step += taken
        ended = self._order.advance(int(plan.offsets[taken]))
        self.epoch += ended
        if not ended or self.epoch % self.every or self.status != "running":
            return
        self.history.stride = max(self.history.stride, self.every)
        row = self._row()
        if not (math.isfinite(row[0]) and math.isfinite(row[1]) and self._finite()):
            self._diverge()
            return
        self.history.extend(
            np.array([self.epoch]), np.array([self.step]), np.array([row]), plan.lr[taken - 1 : taken]
        )
        if self._plateau is not None:
            self._plateau = self._plateau.after(row[4] if self._held else row[1], self.experiment.schedule)

    def _set_modes(self, training: bool) -> None:
        """Drop and normalize by the batch, or as in evaluation; frozen layers always as in evaluation."""
        for layer, block in zip(self.network, self.network.blocks, strict=True):
            mode = training and block >= self._frozen
            if layer.training is not mode:
                layer.train(mode)

    def _step(self, rows: Tensor, rate: float) -> bool:
        """One step; False, and no update, when the loss is not finite. On a GPU only evaluations look at losses."""
        x, labels = self._changed(*self._augmented(self._x[rows], self._y[rows]))
        x = x.contiguous(memory_format=torch.channels_last)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        if self._technique.full_batch:
            self._keep_and_decay(rate)
            states = {name: rng.bit_generator.state for name, rng in self.network.generators.items()}

            def closure() -> float:
                for name, state in states.items():  # the same masks in each of the step's passes
                    self.network.generators[name].bit_generator.state = state
                return float(self._gradient(x, labels))

            return math.isfinite(float(self._optimizer.step(closure)))
        loss = self._gradient(x, labels)
        if self.device == "cpu" and not math.isfinite(float(loss)):
            return False
        self._keep_and_decay(rate)
        self._optimizer.step()
        return True

    def _augmented(self, x: Tensor, t: Tensor) -> tuple[Tensor, list[tuple[float, Tensor]]]:
        """The batch as training sees it, and its labels with their shares: more than one where pictures are mixed."""
        labels = [(1.0, t)]
        if not self.experiment.augmentation:
            return x, labels
        x = x.cpu()  # where its random numbers are
        for name in self.experiment.augmentation:
            entry = AUGMENTATIONS[name]
            spec = entry.spec()
            share = entry.mixes(spec)
            if share:
                partner = torch.randperm(len(x), generator=self._augmenting)
                x = mixed(x, x, share, partner)[0]
                labels = [((1 - share) * s, y) for s, y in labels] + [
                    (share * s, y[partner.to(y.device)]) for s, y in labels
                ]
            else:
                x = entry.change(x, spec, self._augmenting)
        return x.to(self.device), labels

    def _changed(
        self, x: Tensor, labels: list[tuple[float, Tensor]]
    ) -> tuple[Tensor, list[tuple[float, Tensor]]]:
        """Mixup and noise: the batch and the labels with their shares."""
        if "mixup" in self._changing:
            alpha, rng = self._changing["mixup"]
            lam, partner = rng.beta(alpha, alpha), torch.from_numpy(rng.permutation(len(x))).to(x.device)
            x = lam * x + (1 - lam) * x[partner]
            labels = [(lam * s, y) for s, y in labels] + [((1 - lam) * s, y[partner]) for s, y in labels]
        if "input_noise" in self._changing:
            sigma, rng = self._changing["input_noise"]
            noise = torch.from_numpy(rng.standard_normal(tuple(x.shape), dtype=np.float32))
            x = x + sigma * noise.to(x.device)
        return x, labels

    def _gradient(self, x: Tensor, labels: list[tuple[float, Tensor]]) -> Tensor:
        """Backward: every parameter's gradient, clipped. Returns the loss with penalties."""
        experiment = self.experiment
        self._optimizer.zero_grad()
        with torch.enable_grad():  # L-BFGS asks without
            scores = self.network(x)
            smoothing = experiment.label_smoothing
            if len(labels) == 1:
                loss = self._loss(scores, labels[0][1], smoothing)
            else:
                loss = torch.stack([share * self._loss(scores, t, smoothing) for share, t in labels]).sum()
            for strength, value in self._penalties:
                loss = loss + strength * torch.stack([value(w).sum() for w in self._weights]).sum()
            loss.backward()
        self._batch = loss.detach(), scores.detach(), labels[0][1]
        CLIPPINGS[experiment.clipping.name].apply(list(self._parameters), experiment.clipping)
        return loss.detach()

    def _loss(self, scores: Tensor, t: Tensor, label_smoothing: float = 0.0) -> Tensor:
        spec = self.experiment.loss
        return LOSSES[spec.name].forward(scores, t, spec, label_smoothing, "multiclass")

    def _keep_and_decay(self, rate: float) -> None:
        with torch.no_grad():
            torch._foreach_copy_(self._before, self._parameters)
            if self.experiment.weight_decay:
                for w in self._weights:
                    w.mul_(1 - rate * self.experiment.weight_decay)

    def _finite(self) -> bool:
        return all(bool(torch.isfinite(p).all()) for p in self._parameters)

    def _diverge(self) -> None:
        """End the run with the newest finite weights: these, or those before the last step."""
        self.status, self.reason = "diverged", "not_finite"
        if not self._finite():
            with torch.no_grad():
                torch._foreach_copy_(self._parameters, self._before)

    # --- looking ---------------------------------------------------------------------------------

    @one_thread()
    def metrics(self) -> tuple[float, float, float, float]:
        """Training loss, test loss, training accuracy and test accuracy in evaluation mode."""
        parts = ((self._x, self._y), (self._x_test, self._y_test))
        (loss, right), (loss_test, right_test) = (self._measured(x, y) for x, y in parts)
        return loss, loss_test, right, right_test

    def _measured(self, x: Tensor, y: Tensor) -> tuple[float, float]:
        """Loss and accuracy."""
        scores = self._scores(x)
        return float(self._loss(scores, y)), int((scores.argmax(1) == y).sum()) / len(y)

    @one_thread()
    def _row(self) -> tuple[float, ...]:
        """What the history takes."""
        held = (math.nan, math.nan) if self._held is None else self._measured(*self._held)
        return (*self.metrics(), *held, 0.0)

    def _scores(self, x: Tensor) -> Tensor:
        self._set_modes(False)
        with torch.no_grad():
            return torch.cat([self.network(part) for part in x.split(CHUNK)])

    @one_thread()
    def scores(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scores (n, n_classes) of pictures (n, channels, height, width), in evaluation mode."""
        return self._scores(torch.from_numpy(images).to(self.device)).cpu().numpy()

    @one_thread()
    def maps(self, images: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """What leaves each block for pictures (n, channels, height, width), in evaluation mode."""
        self._set_modes(False)
        with torch.no_grad():
            return [h.cpu().numpy() for h in self.network.maps(torch.from_numpy(images).to(self.device))]

    @one_thread()
    def look(self, picture: NDArray[np.float32]) -> tuple[list[NDArray[np.float32]], NDArray[np.float32]]:
        """What leaves each block, (channels, height, width) or (units,), and the scores (n_classes) for one picture."""
        self._set_modes(False)
        with torch.no_grad():
            maps, scores = self.network.seen(torch.from_numpy(picture[None]).to(self.device))
        return [h[0].cpu().numpy() for h in maps], scores[0].cpu().numpy()

    def batch(self) -> tuple[float, float] | None:
        """Loss with penalties, and accuracy, of the last mini-batch as it was trained on; None before the first."""
        if self._batch is None:
            return None
        loss, scores, labels = self._batch
        return float(loss), float((scores.argmax(1) == labels).float().mean())

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """Parameters and running statistics by name, as an exported script calls them (copied)."""
        return {
            name: np.ascontiguousarray(tensor.detach().cpu().numpy()).copy()
            for name, tensor in self.network.state_dict().items()
            if tensor.is_floating_point()
        }

    def to_safetensors(self) -> bytes:
        """``weights()`` as a safetensors file, with the experiment's JSON as metadata."""
        from safetensors.numpy import save

        return save(self.weights(), metadata={"experiment": self.experiment.to_json()})

    def set_weights(self, tensors: Mapping[str, np.ndarray]) -> None:
        """Set all parameters and running statistics; the run goes on from there, with a new optimizer.

        Args:
            tensors: as ``weights()`` gives them.

        Raises:
            InvalidValue: they do not fit the network; nothing has changed.
        """
        own = {name: t for name, t in self.network.state_dict().items() if t.is_floating_point()}
        weights.check_fit(tensors, {name: tuple(tensor.shape) for name, tensor in own.items()})
        for name, tensor in own.items():  # these are detached
            tensor.copy_(torch.from_numpy(np.array(tensors[name], dtype=np.float32)))
        self._new_optimizer()
