"""Augmentations of pictures: what is done to a batch before a training step, each with its strength.

All work on float32 tensors ``(n, channels, height, width)`` in [0, 1], draw from a ``torch.Generator`` of the caller,
and give each picture its own random numbers. Geometry goes through a grid of places to read from, and what lies
outside of a picture repeats its border.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.later import F, torch
from playground.registry import Registry, Spec, Technique, number

if TYPE_CHECKING:
    from torch import Generator, Tensor

Change = Callable[["Tensor", Spec, "Generator"], "Tensor"]
MIXUP_SHARE = 0.4
"""Of the second picture where two are mixed 60 to 40."""
NOTHING = {("crop", "smallest"): 1.0, ("crop", "largest"): 1.0}
"""Values of parameters that change nothing, where that is not 0."""


@dataclass(frozen=True, kw_only=True)
class Augmentation(Technique):
    """One way to make other pictures from pictures. ``pytorch`` is its name in torchvision's ``transforms.v2``.

    Args:
        change: ``(images, spec, generator)`` -> images of the same shape.
        mixes: share of the picture that another one of the batch takes, and with it of the label; 0: labels stay.
    """

    change: Change
    mixes: Callable[[Spec], float] = lambda spec: 0.0

    def at(self, strength: float) -> Spec:
        """Its parameters moved by ``strength`` from what changes nothing (0) past their defaults (1), within range."""
        values = {}
        for param in self.params:
            rest = NOTHING.get((self.name, param.name), 0.0)
            values[param.name] = min(
                max((1 - strength) * rest + strength * param.default, param.low), param.high
            )
        return self.spec(**values)


AUGMENTATIONS: Registry[Augmentation] = Registry("augmentations")


def augment(
    images: Tensor, targets: Tensor, specs: Sequence[Spec], generator: Generator
) -> tuple[Tensor, Tensor]:
    """Change a batch by one augmentation after the other.

    Args:
        images: float32 ``(n, channels, height, width)`` in [0, 1].
        targets: shares of the classes ``(n, classes)``, as ``F.one_hot`` gives them; only mixing changes them.
        specs: which, in their order.
        generator: what is random comes from it.

    Returns:
        New tensors of the same shapes.
    """
    for spec in specs:
        entry = AUGMENTATIONS[spec.name]
        share = entry.mixes(spec)
        if share:
            images, targets = mixed(images, targets, share, torch.randperm(len(images), generator=generator))
        else:
            images = entry.change(images, spec, generator)
    return images, targets


def mixed(images: Tensor, targets: Tensor, share: float, partner: Tensor) -> tuple[Tensor, Tensor]:
    """Each picture and its label with ``share`` of those of its partner ``(n,)``, a row of the same batch."""
    return (1 - share) * images + share * images[partner], (1 - share) * targets + share * targets[partner]


# --- geometry ----------------------------------------------------------------------------------------


def uniform(count: int, low: float, high: float, generator: Generator) -> Tensor:
    """Random numbers ``(count,)`` between two bounds."""
    return low + (high - low) * torch.rand(count, generator=generator)


def affine(images: Tensor, matrices: Tensor) -> Tensor:
    """Read each picture at other places.

    Args:
        matrices: ``(n, 2, 3)``; place to read from = matrix · (x, y, 1), both from -1 to 1 across the picture.
    """
    grid = F.affine_grid(matrices, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, padding_mode="border", align_corners=False)


def scaled(scale: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Matrices ``(n, 2, 3)`` that read a window of ``scale`` times the picture, moved by (x, y) half widths."""
    zero = torch.zeros_like(scale)
    return torch.stack([torch.stack([scale, zero, x], 1), torch.stack([zero, scale, y], 1)], 1)


def _shift(images: Tensor, spec: Spec, generator: Generator) -> Tensor:
    x, y = (
        2 * spec["share"] * uniform(len(images), -1, 1, generator),
        2 * spec["share"] * uniform(len(images), -1, 1, generator),
    )
    return affine(images, scaled(torch.ones(len(images)), x, y))


def _turned(images: Tensor, axis: int, p: float, generator: Generator) -> Tensor:
    turned = torch.rand(len(images), generator=generator) < p
    return torch.where(turned[:, None, None, None], images.flip(axis), images)


def _mirror(images: Tensor, spec: Spec, generator: Generator) -> Tensor:
    return _turned(images, 3, spec["p"], generator)


def _flip(images: Tensor, spec: Spec, generator: Generator) -> Tensor:
    return _turned(images, 2, spec["p"], generator)


def rotated(images: Tensor, angles: Tensor) -> Tensor:
    """Each picture turned counterclockwise by its angle in radians."""
    cos, sin, zero = angles.cos(), angles.sin(), torch.zeros_like(angles)
    # The vertical axis points down: reading along a clockwise turn shows the picture turned counterclockwise.
    return affine(
        images, torch.stack([torch.stack([cos, -sin, zero], 1), torch.stack([sin, cos, zero], 1)], 1)
    )


def _rotate(images: Tensor, spec: Spec, generator: Generator) -> Tensor:
    most = math.radians(spec["degrees"])
    return rotated(images, uniform(len(images), -most, most, generator))


def _crop(images: Tensor, spec: Spec, generator: Generator) -> Tensor:
    # The picture is made larger, the short side 256 to 480 for a crop of 224: a window of 0.875 to 0.467 of it.
    size = 1 / uniform(
        len(images), 1 / spec["largest"], 1 / min(spec["smallest"], spec["largest"]), generator
    )
    x, y = (
        (1 - size) * uniform(len(images), -1, 1, generator),
        (1 - size) * uniform(len(images), -1, 1, generator),
    )
    return affine(images, scaled(size, x, y))


def _zoom(images: Tensor, spec: Spec, generator: Generator) -> Tensor:
    size = 1 / uniform(len(images), 1 - spec["range"], 1 + spec["range"], generator)
    return affine(images, scaled(size, torch.zeros_like(size), torch.zeros_like(size)))


def lens(images: Tensor, bend: Tensor) -> Tensor:
    """Read at radius r (1 + k r²): a barrel for k > 0, a cushion for k < 0. ``bend`` is k of each picture ``(n,)``."""
    straight = scaled(torch.ones(len(images)), torch.zeros(len(images)), torch.zeros(len(images)))
    grid = F.affine_grid(straight, list(images.shape), align_corners=False)
    grid = grid * (1 + bend[:, None, None, None] * grid.square().sum(-1, keepdim=True))
    return F.grid_sample(images, grid, padding_mode="border", align_corners=False)


def _lens(images: Tensor, spec: Spec, generator: Generator) -> Tensor:
    return lens(images, uniform(len(images), -spec["bend"], spec["bend"], generator))


# --- colour and noise --------------------------------------------------------------------------------


def _factors(count: int, spread: float, generator: Generator) -> Tensor:
    return uniform(count, max(0.0, 1 - spread), 1 + spread, generator)[:, None, None, None]


def grey(images: Tensor) -> Tensor:
    """Grey levels ``(n, 1, height, width)`` (ITU-R BT.601)."""
    if images.shape[1] == 1:
        return images
    return (images * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(1, keepdim=True)


def _jitter(images: Tensor, spec: Spec, generator: Generator) -> Tensor:
    count, spread = len(images), spec["spread"]
    images = (images * _factors(count, spread, generator)).clamp(0, 1)
    mean = grey(images).mean((1, 2, 3), keepdim=True)
    images = (mean + (images - mean) * _factors(count, spread, generator)).clamp(0, 1)
    level = grey(images)
    return (level + (images - level) * _factors(count, spread, generator)).clamp(0, 1)


def recoloured(images: Tensor, turns: Tensor) -> Tensor:
    """The hue of each picture turned by a share of the circle ``(n,)``; grey and pictures of one channel stay."""
    if images.shape[1] == 1:
        return images
    most, least = images.max(1).values, images.min(1).values
    chroma = (most - least).clamp_min(1e-8)
    r, g, b = images.unbind(1)
    hue = torch.where(
        most == r, (g - b) / chroma, torch.where(most == g, 2 + (b - r) / chroma, 4 + (r - g) / chroma)
    )
    hue = hue + 6 * turns[:, None, None]
    # Each channel from hue, value and chroma: v - c · max(0, min(k, 4 - k, 1)) with k = (n + hue) mod 6, n = 5, 3, 1.
    channels = []
    for n in (5, 3, 1):
        k = (n + hue) % 6
        channels.append(most - (most - least) * torch.minimum(k, 4 - k).clamp(0, 1))
    return torch.stack(channels, 1)


def _hue(images: Tensor, spec: Spec, generator: Generator) -> Tensor:
    return recoloured(images, uniform(len(images), -spec["turn"], spec["turn"], generator))


def _normal_noise(images: Tensor, spec: Spec, generator: Generator) -> Tensor:
    return (images + spec["sigma"] * torch.randn(images.shape, generator=generator)).clamp(0, 1)


def _binomial_noise(images: Tensor, spec: Spec, generator: Generator) -> Tensor:
    n, _, height, width = images.shape
    return images * (torch.rand((n, 1, height, width), generator=generator) >= spec["p"])


def _cutout(images: Tensor, spec: Spec, generator: Generator) -> Tensor:
    n, _, height, width = images.shape
    side = spec["share"] * torch.tensor([height, width])
    centre = torch.rand((n, 2), generator=generator) * torch.tensor([height, width])
    down = (torch.arange(height) + 0.5 - centre[:, :1]).abs() < side[0] / 2
    across = (torch.arange(width) + 0.5 - centre[:, 1:]).abs() < side[1] / 2
    return images * ~(down[:, None, :, None] & across[:, None, None, :])


# --- the registry ------------------------------------------------------------------------------------

AUGMENTATIONS.add(
    Augmentation(
        name="shift",
        formula=r"x'(p) = x(p + t), \quad t \sim U[-s n, s n]^2",
        source="LeCun et al. 1998, Gradient-based learning applied to document recognition, section III-C",
        params=(number("share", 0.12, 0.0, 0.5),),
        pytorch="RandomAffine(degrees=0, translate=(s, s))",
        change=_shift,
    )
)
AUGMENTATIONS.add(
    Augmentation(
        name="mirror",
        formula=r"x'(i, j) = x(i, n - 1 - j) \text{ with probability } p",
        source="Krizhevsky, Sutskever & Hinton 2012, ImageNet classification, section 4.1",
        params=(number("p", 0.5, 0.0, 1.0),),
        pytorch="RandomHorizontalFlip",
        change=_mirror,
    )
)
AUGMENTATIONS.add(
    Augmentation(
        name="flip",
        formula=r"x'(i, j) = x(n - 1 - i, j) \text{ with probability } p",
        source="torchvision 2017, transforms.RandomVerticalFlip",
        params=(number("p", 0.5, 0.0, 1.0),),
        pytorch="RandomVerticalFlip",
        change=_flip,
    )
)
AUGMENTATIONS.add(
    Augmentation(
        name="rotate",
        formula=r"x'(p) = x(R_\varphi\, p), \quad \varphi \sim U[-\alpha, \alpha]",
        source="Simard, Steinkraus & Platt 2003, Best practices for convolutional neural networks",
        params=(number("degrees", 20.0, 0.0, 180.0),),
        pytorch="RandomRotation",
        change=_rotate,
    )
)
AUGMENTATIONS.add(
    Augmentation(
        name="crop",
        formula=r"x'(p) = x(q\, p + t), \quad \tfrac{224}{480} \le q \le \tfrac{224}{256}",
        source="Simonyan & Zisserman 2015, Very deep convolutional networks, section 3.1",
        params=(
            number("smallest", round(224 / 480, 3), 0.2, 1.0),
            number("largest", round(224 / 256, 3), 0.2, 1.0),
        ),
        pytorch="RandomResize(256, 480), RandomCrop(224)",
        change=_crop,
    )
)
AUGMENTATIONS.add(
    Augmentation(
        name="zoom",
        formula=r"x'(p) = x(p / z), \quad z \sim U[1 - r, 1 + r]",
        source="torchvision 2019, transforms.RandomAffine, scale",
        params=(number("range", 0.25, 0.0, 0.7),),
        pytorch="RandomAffine(degrees=0, scale=(1 - r, 1 + r))",
        change=_zoom,
    )
)
AUGMENTATIONS.add(
    Augmentation(
        name="jitter",
        formula=r"x' = m + c\,(b\, x - m), \quad b, c \sim U[1 - s, 1 + s]",
        source="Howard 2013, Some improvements on deep convolutional neural network based image classification",
        params=(number("spread", 0.4, 0.0, 1.0),),
        pytorch="ColorJitter(brightness=s, contrast=s, saturation=s)",
        change=_jitter,
    )
)
AUGMENTATIONS.add(
    Augmentation(
        name="hue",
        formula=r"H' = H + t, \quad t \sim U[-h, h]",
        source="Szegedy et al. 2015, Going deeper with convolutions, section 6",
        params=(number("turn", 0.5, 0.0, 0.5),),
        pytorch="ColorJitter(hue=h)",
        change=_hue,
    )
)
AUGMENTATIONS.add(
    Augmentation(
        name="normal_noise",
        formula=r"x' = x + \varepsilon, \quad \varepsilon \sim N(0, \sigma^2)",
        source="Bishop 1995, Training with noise is equivalent to Tikhonov regularization",
        params=(number("sigma", 0.15, 0.0, 0.5),),
        pytorch="GaussianNoise",
        change=_normal_noise,
    )
)
AUGMENTATIONS.add(
    Augmentation(
        name="binomial_noise",
        formula=r"x' = x \odot m, \quad m \sim B(1, 1 - p)",
        source="Vincent et al. 2008, Extracting and composing robust features with denoising autoencoders",
        params=(number("p", 0.2, 0.0, 0.9),),
        change=_binomial_noise,
    )
)
AUGMENTATIONS.add(
    Augmentation(
        name="lens",
        formula=r"x'(p) = x\left(p\,(1 + k\, |p|^2)\right), \quad k \sim U[-\kappa, \kappa]",
        source="Brown 1971, Close-range camera calibration; as augmentation: Wu et al. 2015, Deep Image",
        params=(number("bend", 0.25, 0.0, 0.5),),
        change=_lens,
    )
)
AUGMENTATIONS.add(
    Augmentation(
        name="cutout",
        formula=r"x' = x \odot (1 - m), \quad m: \text{a square of } s\, n \text{ pixels}",
        source="DeVries & Taylor 2017, Improved regularization of convolutional neural networks with Cutout",
        params=(number("share", 0.35, 0.0, 0.8),),
        pytorch="RandomErasing",
        change=_cutout,
    )
)
AUGMENTATIONS.add(
    Augmentation(
        name="mixup",
        formula=r"x' = (1 - \lambda)\, x_1 + \lambda\, x_2, \quad y' = (1 - \lambda)\, y_1 + \lambda\, y_2",
        source="Zhang et al. 2018, mixup: beyond empirical risk minimization, equation 1; here λ is fixed",
        params=(number("share", MIXUP_SHARE, 0.0, 0.5),),
        pytorch="MixUp",
        change=lambda images, spec, generator: images,
        mixes=lambda spec: float(spec["share"]),
    )
)
