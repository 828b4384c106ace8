"""Which row of a lecture on training networks is shown where: ``python -m playground.lecture`` writes docs/lecture.md.

A place is a page and what of it: a section of a chapter page, an example of the playground, a comparison of the race,
a family in the reference of techniques; "" is the page as a whole. Its address opens just that.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from playground.text import text

FILE = Path(__file__).parent.parent / "docs" / "lecture.md"
CHAPTERS = {
    1: "From one neuron to a network",
    2: "Activations",
    3: "Preprocessing",
    4: "Initialization",
    5: "Optimization",
    6: "Batch normalization",
    7: "Generalization",
}
CHAPTER_PAGES = ("activations", "initialization", "optimization", "normalization", "generalization")

# What each page calls the parameter of its address that opens a part, and where the part's title stands.
_PARTS = {
    **{page: ("section", f"lab_{page}.sections.{{}}") for page in CHAPTER_PAGES},
    "playground": ("preset", "presets.{}.title"),
    "race": ("preset", "race_core.presets.{}.title"),
    "techniques": ("family", "pages.techniques.families.{}"),
}


@dataclass(frozen=True)
class Place:
    """A page, and the part of it that is meant.

    Args:
        page: one of the menu's pages.
        part: section, example, comparison or family; "" for the whole page.
    """

    page: str
    part: str = ""

    @property
    def address(self) -> str:
        """The address that opens it, from the server's root on."""
        path = "/" if self.page == "playground" else f"/{self.page}"
        return f"{path}?{_PARTS[self.page][0]}={self.part}" if self.part else path

    def title(self, language: str) -> str:
        """What page and part are called."""
        page = text(f"ui.navigation.{self.page}", language)
        return f"{page}: {text(_PARTS[self.page][1].format(self.part), language)}" if self.part else page


@dataclass(frozen=True)
class Row:
    """One row of the lecture.

    Args:
        chapter: a key of ``CHAPTERS``.
        claim: what the lecture says or wants to be seen.
        places: where it can be pointed at, the best one first.
    """

    chapter: int
    claim: str
    places: tuple[Place, ...]


def _row(chapter: int, claim: str, *places: str) -> Row:
    """A row; each place is written ``page`` or ``page/part``."""
    return Row(chapter, claim, tuple(Place(*place.split("/")) for place in places))


ROWS = (
    _row(1, "A neuron: weighted sum, bias or threshold, activation", "activations/neuron"),
    _row(
        1,
        "Without a hidden layer: logistic regression (cross-entropy), linear SVM (hinge loss)",
        "activations/neuron",
    ),
    _row(
        1,
        "Without a non-linearity, layers collapse to one linear map",
        "playground/identity_stack",
        "activations/approximation",
        "playground/xor_linear",
    ),
    _row(
        1,
        "The output layer has no activation: class scores, or real values",
        "activations/step",
        "playground/four_blobs",
        "playground/wave",
    ),
    _row(1, "Units and parameters are counted: 3-4-2 has 26 parameters", "activations/step"),
    _row(1, "One hidden layer approximates any continuous function", "activations/approximation"),
    _row(1, "Depth builds hierarchies", "race/depth", "playground/first_look"),
    _row(
        1,
        "More capacity fits better and overfits sooner; regularization is the control, not a smaller network",
        "generalization/bias",
        "playground/overfitting",
        "generalization/penalties",
    ),
    _row(
        1,
        "A training step: mini-batch, forward, loss, backward, update, with every number",
        "activations/step",
        "playground",
    ),
    _row(
        2,
        "Each activation with derivative, range, centre, saturation",
        "activations/functions",
        "techniques/activations",
    ),
    _row(2, "Identity collapses to a linear model", "playground/identity_stack", "activations/approximation"),
    _row(2, "Sigmoid: derivative at most 0.25, saturates", "activations/functions"),
    _row(2, "Sigmoid is not zero-centred: updates zig-zag", "activations/zigzag"),
    _row(2, "The exponential costs time", "activations/functions"),
    _row(2, "tanh x = 2σ(2x) − 1, zero-centred, still saturates", "activations/functions"),
    _row(2, "ReLU: dead units, against the learning rate", "activations/units"),
    _row(2, "ReLU converges six times faster: measured", "activations/speed"),
    _row(2, "Leaky ReLU and ELU: no dead units", "activations/units"),
    _row(2, "PReLU learns its slope", "activations/units"),
    _row(2, "ELU: mean nearer to 0", "activations/gradients", "activations/functions"),
    _row(2, "SELU: mean 0 and variance 1 through a deep network", "activations/gradients"),
    _row(2, "Maxout generalises ReLU, at twice the parameters", "activations/speed"),
    _row(2, "GELU, SiLU, Mish, softplus", "activations/functions", "techniques/activations"),
    _row(
        2,
        "Vanishing gradient: falls layer by layer with sigmoid, ReLU keeps it",
        "activations/gradients",
        "race/activations",
    ),
    _row(
        2,
        "Six sigmoid layers of eight do not learn the circle; with ReLU or batch norm they do",
        "playground/vanishing_gradient",
        "playground/deep_relu",
        "playground/deep_batch_norm",
    ),
    _row(2, "Iris, 500 updates: sigmoid against ReLU", "activations/speed"),
    _row(
        3, "Zero-centring, standardising, min-max", "normalization/preprocessing", "techniques/preprocessings"
    ),
    _row(3, "PCA and whitening", "normalization/preprocessing", "techniques/preprocessings"),
    _row(
        3,
        "The loss contours go from an ellipse to a circle, and training speeds up",
        "normalization/preprocessing",
        "race/preprocessing",
    ),
    _row(3, "Statistics come from the training set only", "normalization/preprocessing"),
    _row(
        4,
        "Zeros or a constant: units stay identical, gradients exactly 0",
        "initialization/symmetry",
        "playground/zeros_init",
        "race/symmetry",
    ),
    _row(4, "Small normal weights: activations and gradients collapse with depth", "initialization/layers"),
    _row(
        4,
        "Large normal weights: tanh saturates, and what becomes of the gradients then",
        "initialization/layers",
    ),
    _row(
        4, "Xavier suits sigmoid and tanh, decays with ReLU", "initialization/layers", "initialization/race"
    ),
    _row(4, "He suits ReLU", "initialization/layers", "initialization/race", "race/initial_weights"),
    _row(4, "LeCun for SELU", "activations/gradients", "initialization/layers"),
    _row(4, "Orthogonal keeps the norm", "initialization/layers"),
    _row(4, "1,000 inputs through ten layers of 500: spread by layer", "initialization/layers"),
    _row(
        4,
        "What the scheme means for training",
        "initialization/race",
        "initialization/layers",
        "initialization/scale",
    ),
    _row(
        4,
        "RBM and DBN pre-training, then fine-tuning; why it is not needed now",
        "initialization/pretraining",
    ),
    _row(
        5,
        "Update rules raced on classic surfaces from one start",
        "optimization/race",
        "race/optimizers",
        "techniques/optimizers",
    ),
    _row(
        5,
        "Zig-zag in a ravine; momentum damps it",
        "optimization/race",
        "playground/ravine_sgd",
        "race/momentum",
    ),
    _row(5, "Saddle points", "optimization/race"),
    _row(
        5,
        "Momentum: about ten times the step at β = 0.9",
        "optimization/theory",
        "playground/ravine_momentum",
    ),
    _row(5, "Nesterov: the gradient at the point ahead", "optimization/race", "techniques/optimizers"),
    _row(5, "AdaGrad: steps shrink until learning stalls", "optimization/theory"),
    _row(5, "RMSProp forgets old gradients", "optimization/theory", "optimization/race"),
    _row(5, "Adam: first step η with correction, 3.16 η without", "optimization/theory", "optimization/race"),
    _row(5, "AdamW, NAdam", "optimization/race", "techniques/optimizers"),
    _row(
        5,
        "Newton: no learning rate, one step on a quadratic, memory P²",
        "optimization/race",
        "optimization/orders",
    ),
    _row(5, "L-BFGS: full batch only", "optimization/orders"),
    _row(5, "Contraction on a quadratic: 0.980 and 0.818 at κ = 100", "optimization/theory"),
    _row(5, "Gradient magnitudes beside the path", "optimization/race", "optimization/theory"),
    _row(5, "Schedules: curves, and their effect on a run", "optimization/schedules", "techniques/schedules"),
    _row(5, "Reduce on plateau: what triggers it", "optimization/schedules"),
    _row(5, "The loss around a solution", "optimization/landscape"),
    _row(
        6,
        "ẑ = (z − μ)/√(σ² + ε), γẑ + β, before the activation",
        "normalization/stages",
        "techniques/normalizations",
    ),
    _row(
        6,
        "Batch statistics in training, running statistics in evaluation; forgetting to switch",
        "normalization/batches",
    ),
    _row(
        6,
        "Pre-activations stay centred, gradients reach the first layers; deep sigmoid networks learn",
        "normalization/training",
        "race/batch_norm",
    ),
    _row(6, "Less dependence on the initial weights", "normalization/robust"),
    _row(6, "Larger learning rates work", "normalization/robust"),
    _row(6, "A mild regularizer", "normalization/effect"),
    _row(6, "More parameters, slower steps", "normalization/effect"),
    _row(6, "It fails with tiny batches", "normalization/batches", "race/batch_norm_tiny_batches"),
    _row(7, "Bias and variance: polynomials of degree 1, 5, 15", "generalization/bias"),
    _row(7, "Beyond interpolation the error falls again: double descent", "generalization/bias"),
    _row(7, "Reading training error against validation error, and what to do", "generalization/reading"),
    _row(
        7,
        "L2 and weight decay: smaller weights; too much underfits",
        "generalization/penalties",
        "playground/against_l2",
        "race/weight_penalty",
    ),
    _row(7, "L1: many weights become 0", "generalization/penalties", "playground/l1_zeros"),
    _row(
        7,
        "Dropout, inverted and classic: all units in evaluation, an ensemble",
        "generalization/dropout",
        "playground/against_dropout",
        "race/dropout",
    ),
    _row(7, "Dropout: a rate of its own for each layer", "generalization/dropout"),
    _row(7, "DropConnect", "generalization/dropout", "techniques/regularizers"),
    _row(
        7,
        "Stochastic depth skips residual layers",
        "generalization/dropout",
        "techniques/regularizers",
        "techniques/skips",
    ),
    _row(7, "Input noise", "generalization/noise", "techniques/regularizers"),
    _row(7, "Data augmentation: maps that keep the class, and those that do not", "generalization/noise"),
    _row(7, "Mixup and label smoothing", "generalization/noise", "techniques/regularizers"),
    _row(7, "Augmentation at test time: the average over copies", "generalization/noise"),
    _row(
        7,
        "Early stopping: where the validation loss turns, with those weights",
        "generalization/stopping",
        "playground/against_early_stopping",
    ),
    _row(
        7,
        "Ensembles: members against their average, and the gain beside 2 %; snapshots of one run",
        "generalization/ensembles",
    ),
    _row(7, "More data against a simpler model", "generalization/size"),
)


def table() -> str:
    """Markdown: one table a chapter, every row with the places that show it."""
    lines = [
        "# What the lecture says, and where it is shown",
        "",
        "Made by `python -m playground.lecture`. Each address opens the place on a running server.",
    ]
    for chapter, title in CHAPTERS.items():
        lines += ["", f"## {chapter} · {title}", "", "| row | where |", "|---|---|"]
        for row in ROWS:
            if row.chapter == chapter:
                where = " · ".join(f"{place.title('en')} (`{place.address}`)" for place in row.places)
                lines.append(f"| {row.claim} | {where} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    FILE.write_text(table(), "utf-8")
