"""Coloured shapes on noisy ground, drawn from a seed: what a picture shows is known in every detail."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SHAPES = ("circle", "square", "triangle", "star", "cross")
COLOURS = {
    "red": (0.86, 0.16, 0.16),
    "green": (0.15, 0.66, 0.24),
    "blue": (0.16, 0.33, 0.88),
    "yellow": (0.93, 0.84, 0.16),
    "violet": (0.62, 0.22, 0.80),
}
"""Red, green and blue of each colour, 0 to 1."""
SIZE = 32
"""Height and width in pixels."""
RADII = (6.0, 11.0)
"""Distance from the centre to the farthest point, in pixels."""
NOISE = 0.07
"""Standard deviation of the ground's and the shape's pixels."""


def picture(seed: int, number: int, shape: str, colour: str | None) -> NDArray[np.float32]:
    """One picture ``(3, 32, 32)``: place, size, angle, ground and noise come from ``seed`` and ``number``.

    Args:
        colour: None: drawn at random as well.
    """
    rng = np.random.default_rng([seed, number])
    radius = rng.uniform(*RADII)
    centre = rng.uniform(radius + 1, SIZE - radius - 1, 2)
    angle = rng.uniform(0, 2 * np.pi)
    drawn = list(COLOURS)[rng.integers(len(COLOURS))]
    paint = np.array(COLOURS[colour or drawn]) + rng.normal(0, 0.04, 3)
    ground = _ground(rng)
    at = np.arange(SIZE) + 0.5
    x, y = np.meshgrid(at - centre[0], at - centre[1])
    u, v = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x
    cover = np.clip(0.5 - distance(shape, u, v, radius), 0, 1)
    mixed = ground * (1 - cover) + paint[:, None, None] * cover
    return np.clip(mixed + rng.normal(0, NOISE, mixed.shape), 0, 1).astype(np.float32)


def _ground(rng: np.random.Generator) -> NDArray[np.float64]:
    """Grey with a tint that changes evenly over the picture, ``(3, 32, 32)``."""
    corner = np.linspace(-0.5, 0.5, SIZE)
    slope = rng.uniform(-0.2, 0.2, 2)
    light = rng.uniform(0.3, 0.65) + slope[0] * corner[:, None] + slope[1] * corner[None, :]
    return light[None] + rng.normal(0, 0.03, (3, 1, 1))


def distance(
    shape: str, u: NDArray[np.float64], v: NDArray[np.float64], radius: float
) -> NDArray[np.float64]:
    """How far points lie outside of a shape whose farthest point is ``radius`` away; negative inside. In pixels."""
    if shape == "circle":
        return np.hypot(u, v) - radius
    if shape == "square":
        return np.maximum(np.abs(u), np.abs(v)) - radius / np.sqrt(2)
    if shape == "cross":
        long, thin = radius * 0.95, radius * 0.31
        return np.minimum(
            np.maximum(np.abs(u) - long, np.abs(v) - thin), np.maximum(np.abs(u) - thin, np.abs(v) - long)
        )
    sides = {"triangle": 3, "star": 5}[shape]
    turns = 2 * np.pi * np.arange(sides) / sides
    beyond = np.sort(np.cos(turns)[:, None, None] * u + np.sin(turns)[:, None, None] * v, axis=0)
    # A point of the triangle lies beyond none of its three sides, one of the pentagram beyond at most one of five.
    return beyond[-1] - radius / 2 if shape == "triangle" else beyond[-2] - radius * np.cos(2 * np.pi / 5)
