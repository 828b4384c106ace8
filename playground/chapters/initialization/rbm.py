"""Restricted Boltzmann machines, trained by contrastive divergence, and deep belief networks made of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from playground.registry import Param, number, whole

PARAMS: dict[str, Param] = {
    param.name: param
    for param in (
        whole("n_hidden", 64, 1, 256),
        whole("k", 1, 1, 20),
        number("learning_rate", 0.1, 0.001, 1.0, log=True),
        number("momentum", 0.5, 0.0, 0.95, 0.05),
        number("weight_decay", 0.0, 0.0, 0.01, 0.0005),
        whole("batch_size", 20, 1, 500),
        whole("epochs", 15, 1, 100),
    )
}
"""What can be set when a machine is trained, with ranges."""

START_STD = 0.01
"""Spread of the first weights. Source: Hinton 2010, section 8."""


@dataclass(frozen=True)
class Settings:
    """How a machine is trained; ranges as in ``PARAMS``.

    Args:
        k: Gibbs steps of the negative phase (CD-k).
        learning_rate: η.
        momentum: share of the last step that is taken again.
        weight_decay: L2 penalty on the weights, not on the biases.
        batch_size: rows in a mini-batch.
        epochs: passes over the rows.

    Raises:
        InvalidValue: a value out of range.
    """

    k: int = PARAMS["k"].default
    learning_rate: float = PARAMS["learning_rate"].default
    momentum: float = PARAMS["momentum"].default
    weight_decay: float = PARAMS["weight_decay"].default
    batch_size: int = PARAMS["batch_size"].default
    epochs: int = PARAMS["epochs"].default

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            PARAMS[name].check(getattr(self, name), name)


def sigmoid(z: np.ndarray) -> np.ndarray:
    """1 / (1 + e^-z), written with tanh so that nothing overflows."""
    return 0.5 * (1.0 + np.tanh(0.5 * z))


@dataclass(frozen=True)
class RBM:
    """A machine of binary units with E(v, h) = −a·v − b·h − hᵀWv.

    Args:
        W: weights, (n_hidden, n_visible).
        b: biases of the hidden units, (n_hidden,).
        a: biases of the visible units, (n_visible,).

    Source: Hinton 2010, A practical guide to training restricted Boltzmann machines, equations 1, 7 and 8.
    """

    W: np.ndarray
    b: np.ndarray
    a: np.ndarray

    def hidden(self, v: np.ndarray) -> np.ndarray:
        """P(h = 1 | v), (n, n_hidden), for v (n, n_visible)."""
        return sigmoid(v @ self.W.T + self.b)

    def visible(self, h: np.ndarray) -> np.ndarray:
        """P(v = 1 | h), (n, n_visible), for h (n, n_hidden)."""
        return sigmoid(h @ self.W + self.a)

    def reconstruct(self, v: np.ndarray) -> np.ndarray:
        """Down again from the hidden units' probabilities, (n, n_visible)."""
        return self.visible(self.hidden(v))

    def free_energy(self, v: np.ndarray) -> np.ndarray:
        """F(v) = −a·v − Σ ln(1 + exp(b + Wv)), (n,). Source: Hinton 2010, equation 25."""
        return -v @ self.a - np.logaddexp(0.0, v @ self.W.T + self.b).sum(axis=1)

    def pseudo_likelihood(self, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """An estimate of ln Π P(v_i | the rest), (n,): one pixel of each row is flipped, times n_visible.

        Rows are rounded to 0 and 1 first: the free energy of a row and of the row with the pixel flipped is
        compared. Source: Besag 1975, Statistical analysis of non-lattice data.
        """
        binary = (np.asarray(v) > 0.5).astype(float)
        rows, pixels = np.arange(len(binary)), rng.integers(0, binary.shape[1], len(binary))
        flipped = binary.copy()
        flipped[rows, pixels] = 1 - flipped[rows, pixels]
        difference = self.free_energy(flipped) - self.free_energy(binary)
        return -binary.shape[1] * np.logaddexp(0.0, -difference)


@dataclass(frozen=True)
class Statistics:
    """The estimated gradient of the log-likelihood: data minus reconstruction, averaged over the batch.

    Args:
        W: (n_hidden, n_visible). b: (n_hidden,). a: (n_visible,).
        error: mean squared difference between a pixel and its first reconstruction.
    """

    W: np.ndarray
    b: np.ndarray
    a: np.ndarray
    error: float


@dataclass(frozen=True)
class Draws:
    """Numbers in [0, 1) for a batch: a unit is 1 where its probability exceeds its number.

    Args:
        hidden: (k, n, n_hidden). visible: (k - 1, n, n_visible), as the last picture is not drawn.
    """

    hidden: np.ndarray
    visible: np.ndarray

    @classmethod
    def of(cls, rng: np.random.Generator, k: int, n: int, rbm: RBM) -> Draws:
        """Fresh ones for k steps of n rows."""
        return cls(rng.random((k, n, len(rbm.b))), rng.random((k - 1, n, len(rbm.a))))


def contrastive_divergence(rbm: RBM, v: np.ndarray, draws: Draws) -> Statistics:
    """CD-k on a batch: k times down and up by sampling, then the difference of correlations.

    Both ends keep probabilities where samples would only add noise: the hidden units in the correlations, and the
    pixels of the last reconstruction.

    Args:
        v: the batch, values from 0 to 1, (n, n_visible).
        draws: for k steps.

    Source: Hinton 2002, Training products of experts, section 3; Hinton 2010, section 3 and equation 9.
    """
    positive = rbm.hidden(v)
    up, down, error = positive, v, 0.0
    for step, for_hidden in enumerate(draws.hidden):
        if step > 0:
            down = (down > draws.visible[step - 1]).astype(float)
            up = rbm.hidden(down)
        down = rbm.visible((up > for_hidden).astype(float))
        up = rbm.hidden(down)
        if step == 0:
            error = float(np.mean((v - down) ** 2))
    n = len(v)
    return Statistics(
        W=(positive.T @ v - up.T @ down) / n,
        b=(positive - up).mean(axis=0),
        a=(v - down).mean(axis=0),
        error=error,
    )


@dataclass(frozen=True)
class Progress:
    """One machine in training.

    Args:
        rbm: after the last epoch.
        epochs: (e,), 1 … e.
        errors: mean squared reconstruction error of each epoch, (e,).
        pseudo_likelihoods: mean over the rows after each epoch, (e,).
    """

    rbm: RBM
    errors: tuple[float, ...]
    pseudo_likelihoods: tuple[float, ...]


def start(X: np.ndarray, n_hidden: int, rng: np.random.Generator) -> RBM:
    """An untrained machine: weights N(0, 0.01²), hidden biases 0, visible ones ln(p/(1−p)) of each pixel.

    Source: Hinton 2010, section 8. Means are kept within 0.01 … 0.99, for pixels that never change.
    """
    share = np.clip(X.mean(axis=0), 0.01, 0.99)
    return RBM(
        W=START_STD * rng.standard_normal((n_hidden, X.shape[1])),
        b=np.zeros(n_hidden),
        a=np.log(share / (1 - share)),
    )


def fit(X: np.ndarray, n_hidden: int, settings: Settings = Settings(), seed: int = 0) -> Iterator[Progress]:
    """Train one machine by CD-k with momentum.

    Args:
        X: rows with values from 0 to 1, (n, n_visible).
        n_hidden: hidden units.
        settings: see ``Settings``.
        seed: of weights, order and sampling.

    Yields:
        The machine after each epoch, with its record.
    """
    PARAMS["n_hidden"].check(n_hidden, "n_hidden")
    X = np.asarray(X, dtype=float)
    rng = np.random.default_rng(seed)
    rbm = start(X, n_hidden, rng)
    step = [np.zeros_like(p) for p in (rbm.W, rbm.b, rbm.a)]
    errors: tuple[float, ...] = ()
    likelihoods: tuple[float, ...] = ()
    for _ in range(settings.epochs):
        order = rng.permutation(len(X))
        found = 0.0
        for first in range(0, len(X), settings.batch_size):
            batch = X[order[first : first + settings.batch_size]]
            seen = contrastive_divergence(rbm, batch, Draws.of(rng, settings.k, len(batch), rbm))
            found += seen.error * len(batch)
            rbm, step = update(rbm, seen, step, settings)
        errors += (found / len(X),)
        likelihoods += (float(rbm.pseudo_likelihood(X, rng).mean()),)
        yield Progress(rbm, errors, likelihoods)


def update(
    rbm: RBM, seen: Statistics, step: Sequence[np.ndarray], settings: Settings
) -> tuple[RBM, list[np.ndarray]]:
    """One step up the estimated gradient: Δ ← mΔ + η(g − λw), w ← w + Δ.

    Args:
        step: the last Δ of W, b and a.

    Returns:
        The machine after it, and the new Δ.
    """
    eta, m = settings.learning_rate, settings.momentum
    gradients = (seen.W - settings.weight_decay * rbm.W, seen.b, seen.a)
    new = [m * old + eta * g for old, g in zip(step, gradients, strict=True)]
    return RBM(rbm.W + new[0], rbm.b + new[1], rbm.a + new[2]), new


@dataclass(frozen=True)
class Pretraining:
    """A deep belief network in training, layer by layer.

    Args:
        share: of the work done, 0 to 1.
        layers: the machine of each layer so far, the last one perhaps still in training.
    """

    share: float
    layers: tuple[Progress, ...]

    @property
    def machines(self) -> tuple[RBM, ...]:
        """The layers' machines, from the input upwards."""
        return tuple(layer.rbm for layer in self.layers)


def pretrain(
    X: np.ndarray, sizes: Sequence[int], settings: Settings = Settings(), seed: int = 0
) -> Iterator[Pretraining]:
    """Greedy layer-wise pre-training: each machine learns the hidden probabilities of the one below.

    Args:
        X: rows with values from 0 to 1, (n, d); no labels.
        sizes: units of each hidden layer.
        settings: of all layers.
        seed: layer l draws from ``seed`` and l.

    Yields:
        The network after each epoch of each layer.

    Source: Hinton, Osindero & Teh 2006, A fast learning algorithm for deep belief nets, section 3; Bengio et al.
    2007, Greedy layer-wise training of deep networks, algorithm 1.
    """
    below = np.asarray(X, dtype=float)
    done: tuple[Progress, ...] = ()
    total = settings.epochs * len(sizes)
    for layer, n_hidden in enumerate(sizes):
        current: Progress | None = None
        # One number from the pair, so that machines of neighbouring seeds share nothing.
        own = int(np.random.default_rng([seed, layer]).integers(2**31))
        for current in fit(below, n_hidden, settings, own):
            share = (layer * settings.epochs + len(current.errors)) / total
            yield Pretraining(share, (*done, current))
        assert current is not None
        done += (current,)
        below = current.rbm.hidden(below)


def filters(rbm: RBM, below: Sequence[RBM] = ()) -> np.ndarray:
    """What each hidden unit responds to, in terms of the input pixels, (n_hidden, n_pixels).

    For a first layer its weights; for a higher one the weighted sum of the filters below, which leaves the
    non-linearity out. Source: Lee, Ekanadham & Ng 2008, Sparse deep belief net model for visual area V2.
    """
    weights = rbm.W
    for machine in reversed(below):
        weights = weights @ machine.W
    return weights
