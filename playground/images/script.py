"""An experiment on pictures as a stand-alone PyTorch script, or as a notebook."""

from __future__ import annotations

from collections.abc import Callable

from playground import streams
from playground.export import notebook, script
from playground.export.code import fitted, import_lines, indented, names_in, source_of
from playground.export.data_code import stream
from playground.export.model_code import criteria_code
from playground.export.sections import EPOCHS, Section, used
from playground.export.training_code import RESULT, optimizer_lines
from playground.images import shapes
from playground.images.augment import AUGMENTATIONS
from playground.images.data import FASHION, MOST
from playground.images.experiment import ImageExperiment
from playground.images.layers import RNGS, Layer, layers_of
from playground.images.trainer import (
    CHUNK,
    acting,
    augmentation_seed,
    batch_size,
    has_single,
    hold_out,
    prepare,
)
from playground.registry import InvalidValue
from playground.techniques import (
    ACTIVATIONS,
    CLIPPINGS,
    DROPPED,
    INITIALIZERS,
    LOSSES,
    OPTIMIZERS,
    REGULARIZERS,
    SCHEDULES,
    SKIPS,
)
from playground.techniques.regularizers import Place
from playground.text import text


def to_script(experiment: ImageExperiment, epochs: int, language: str = "en") -> str:
    """The equivalent PyTorch script: the same pictures, network, start and batches, on the CPU the same losses.

    It needs PyTorch, NumPy and, for the handwritten digits, scikit-learn. Drawn sets carry the code that draws them;
    Fashion-MNIST is read from where Debian's package puts it. Its last line of output is
    ``loss train <number> test <number>``.

    Args:
        experiment: what to train.
        epochs: how many epochs, 1 to 1,000,000.
        language: of the comments and docstrings.

    Raises:
        InvalidValue: epochs out of range, or pictures that a script cannot make: printed digits are drawn with fonts of
            this computer.
        KeyError: unknown language.
    """
    return script.arranged(_title(experiment, language), sections(experiment, EPOCHS.check(epochs)), language)


def to_notebook(experiment: ImageExperiment, epochs: int, language: str = "en") -> bytes:
    """The equivalent notebook (nbformat 4.5, UTF-8 JSON): ``to_script``'s code with an explanation a section.

    Args and errors as in ``to_script``.
    """
    return notebook.arranged(
        _title(experiment, language), sections(experiment, EPOCHS.check(epochs)), language
    )


def _title(experiment: ImageExperiment, language: str) -> str:
    """One line that says what is trained."""
    return text(
        "images.script.title",
        language,
        network=text(f"images.networks.{experiment.network}", language),
        dataset=text(f"images.sets.{experiment.dataset.name}.label", language),
    )


def sections(experiment: ImageExperiment, epochs: int) -> list[Section]:
    """The script in sections; the first holds imports and constants. Raises InvalidValue as ``to_script`` does."""
    n_train = len(hold_out(prepare(experiment)[0], experiment)[0])
    layers = layers_of(experiment, has_single(experiment, n_train))
    smoothing = experiment.label_smoothing if acting(experiment, "targets") else 0.0
    body = [
        Section("data", _data_code(experiment)),
        Section("split", _split_code(experiment)),
        Section("model", _model_code(layers), _of_model(experiment)),
        Section("weights", _weights_code(experiment), used(INITIALIZERS, experiment.init)),
        Section(
            "loss",
            criteria_code(experiment.loss, "multiclass", smoothing),
            (*used(LOSSES, experiment.loss), *_regularizers(experiment, "targets")),
        ),
        Section(
            "optimizer",
            optimizer_lines(
                experiment.optimizer,
                experiment.learning_rate,
                experiment.schedule,
                named_weights=bool(acting(experiment, "loss", "update")),
            ),
            (*used(OPTIMIZERS, experiment.optimizer), *used(SCHEDULES, experiment.schedule)),
        ),
        Section("evaluation", EVALUATION.format(chunk=CHUNK)),
        Section("augmentation", _augmentation_code(experiment)),
        Section(
            "training",
            _training_code(experiment, layers, epochs, n_train),
            (*_regularizers(experiment, "inputs", "loss", "update"), *used(CLIPPINGS, experiment.clipping)),
        ),
        Section("result", RESULT),
    ]
    body = [section for section in body if section.code]
    names = set().union(*(names_in(section.code) for section in body))
    setup = f"{import_lines(names)}\n\nSEED = {experiment.seed}\nEPOCHS = {epochs}"
    return [Section("setup", setup), *body]


def _regularizers(e: ImageExperiment, *places: Place) -> tuple[tuple[str, str], ...]:
    """Those of some places that the experiment uses, for explanations."""
    chosen = [entry for entry in REGULARIZERS.values() if entry.acts_on in places and entry.strength(e)]
    return tuple((REGULARIZERS.family, entry.name) for entry in chosen)


def _of_model(e: ImageExperiment) -> tuple[tuple[str, str], ...]:
    if e.network == "linear":
        return ()
    skips = used(SKIPS, e.skip) if any(e.skips) else ()
    return (*used(ACTIVATIONS, e.activation), *skips, *_regularizers(e, *DROPPED))


# --- pictures -------------------------------------------------------------------------------------

CHOSEN = """
order = {stream}.permutation(len(labels))
turn = np.empty(len(labels), dtype=np.int64)
for label in np.unique(labels):
    rows = order[labels[order] == label]
    turn[rows] = np.arange(len(rows))
rows = np.lexsort((labels, turn))[:{count}]
X, y = (images[rows, None] / {full}).astype(np.float32), labels[rows].astype(np.int64)"""


def _digits(e: ImageExperiment) -> str:
    table = "table = load_digits()\nimages, labels = table.images, table.target"
    return table + CHOSEN.format(stream=stream(streams.DATA), count=e.n_samples, full=16)


def _fashion(e: ImageExperiment) -> str:
    lines = [
        f'folder = "{FASHION}"',
        'packed = gzip.open(f"{folder}/train-images-idx3-ubyte.gz").read()',
        "images = np.frombuffer(packed, np.uint8, offset=16).reshape(-1, 28, 28)",
        'packed = gzip.open(f"{folder}/train-labels-idx1-ubyte.gz").read()',
        "labels = np.frombuffer(packed, np.uint8, offset=8)",
    ]
    return "\n".join(lines) + CHOSEN.format(stream=stream(streams.DATA), count=e.n_samples, full=255)


def _shapes(e: ImageExperiment) -> str:
    lines = [
        f"y = np.arange({e.n_samples}) % {len(shapes.SHAPES)}",
        "X = np.stack([picture(SEED, n, SHAPES[label], None) for n, label in enumerate(y)])",
    ]
    source = source_of(shapes.picture)
    return f"SHAPES = {shapes.SHAPES!r}\n{source}\n\n".replace("'", '"') + "\n".join(lines)


def _colours(e: ImageExperiment) -> str:
    kinds, names = len(shapes.SHAPES), len(shapes.COLOURS)
    lines = [
        f"kinds = {stream(streams.DATA)}.integers({kinds}, size={MOST})",
        f"y = np.arange({e.n_samples}) % {names}",
        "names = list(COLOURS)",
        "X = np.stack([picture(SEED, n, SHAPES[kinds[n]], names[label]) for n, label in enumerate(y)])",
    ]
    source = source_of(shapes.picture)
    return f"SHAPES = {shapes.SHAPES!r}\n{source}\n\n".replace("'", '"') + "\n".join(lines)


SOURCES: dict[str, Callable[[ImageExperiment], str]] = {
    "digits": _digits,
    "fashion": _fashion,
    "shapes": _shapes,
    "colours": _colours,
}
"""Statements that make the pictures ``X`` and the labels ``y``."""


def check(experiment: ImageExperiment) -> None:
    """Raise InvalidValue where a script cannot make the pictures."""
    if experiment.dataset.name not in SOURCES:
        raise InvalidValue("dataset", "sentence.no_script", choices=", ".join(SOURCES))


def _data_code(e: ImageExperiment) -> str:
    check(e)
    return SOURCES[e.dataset.name](e)


def _split_code(e: ImageExperiment) -> str:
    names = ("train", "validation", "test") if e.held_out else ("train", "test")
    tensors = "\n".join(
        f"x_{name}, y_{name} = torch.from_numpy(X[{name}]), torch.from_numpy(y[{name}])" for name in names
    )
    held = f"\ntrain, validation = split(train, {1 - e.held_out!r})" if e.held_out else ""
    return f"""def split(rows, share):
    order = np.argsort({stream(streams.SPLIT)}.random(len(rows)), kind="stable")
    first = np.zeros(len(rows), dtype=bool)
    for label in np.unique(y[rows]):
        own = order[y[rows][order] == label]
        least = min(1, len(own) - 1)
        first[own[: min(max(round(len(own) * share), least), len(own) - least)]] = True
    return rows[order[first[order]]], rows[order[~first[order]]]


train, test = split(np.arange(len(y)), {e.train_fraction!r}){held}
{tensors}"""


# --- network --------------------------------------------------------------------------------------


def _flat(layers: list[Layer]) -> list[Layer]:
    """The layers with those within them."""
    return [inner for layer in layers for inner in (layer, *layer.inside)]


def _drawing(layers: list[Layer]) -> list[str]:
    """The generators that the layers draw from."""
    return [name for name in RNGS if any(name in layer.code for layer in layers)]


def _model_code(layers: list[Layer]) -> str:
    own = dict.fromkeys(layer.own for layer in _flat(layers) if layer.own is not None)
    lines = [f"{name} = {stream(RNGS[name])}" for name in _drawing(layers)]
    lines.append(
        "model = nn.Sequential(\n" + indented(",\n".join(layer.code for layer in layers), 4) + ",\n)"
    )
    return "".join(f"{source_of(module)}\n\n" for module in own) + "\n".join(lines)


def _weights_code(e: ImageExperiment) -> str:
    technique, names = INITIALIZERS[e.init.name], {"w": "layer.weight", "b": "layer.bias"}
    calls = [code(e.init).format(**names) for code in (technique.export, technique.export_bias)]
    bound = "1 / math.sqrt(layer.weight.shape[1])"  # of a convolution the whole patch counts
    if bound in calls[1]:
        patch = bound.replace(".shape[1]", "[0].numel()")
        calls[1:] = [f"bound = {patch}", calls[1].replace(f"-{bound}, {bound}", "-bound, bound")]
    drawn = "generator=g" in "".join(calls)
    return "\n".join(
        [
            *(["g = torch.Generator().manual_seed(SEED)"] if drawn else []),
            "for layer in model.modules():",
            "    if isinstance(layer, (nn.Conv2d, nn.Linear)):",
            *(f"        {call}" for call in calls),
        ]
    )


# --- training -------------------------------------------------------------------------------------

EVALUATION = '''@torch.no_grad()
def evaluate(x, y):
    """Loss and accuracy, some pictures at a time."""
    model.eval()
    scores = torch.cat([model(part) for part in x.split({chunk})])
    model.train()
    return criterion(scores, y).item(), (scores.argmax(1) == y).float().mean().item()'''


def _augmentation_code(e: ImageExperiment) -> str:
    """Definitions of what is done to a batch, and the generator that it draws from; "" for nothing."""
    if not e.augmentation:
        return ""
    changes = [AUGMENTATIONS[name] for name in e.augmentation]
    parts: dict[str, None] = {}
    for entry in changes:
        if not entry.mixes(entry.spec()):
            parts.update(dict.fromkeys(source_of(entry.change).rstrip().split("\n\n\n")))
    # what two of them use stands once
    constants = [part for part in parts if not part.startswith("def ")]
    definitions = [part for part in parts if part.startswith("def ")]
    made = f"augment_g = torch.Generator().manual_seed({augmentation_seed(e)})"
    return "\n\n\n".join([*constants, *definitions, made])


def _augmented_lines(e: ImageExperiment) -> list[str]:
    """Statements that change the inputs ``x`` of a batch; ``partner`` are the rows that are mixed in."""
    lines = []
    for name in e.augmentation:
        entry = AUGMENTATIONS[name]
        if entry.mixes(entry.spec()):
            share = entry.mixes(entry.spec())
            lines.append("partner = torch.randperm(len(x), generator=augment_g)")
            lines.append(f"x = {1 - share!r} * x + {share!r} * x[partner]")
        else:
            lines.append(
                f"x = {entry.change.__name__}(x, {entry.spec().params!r}, augment_g)".replace("'", '"')
            )
    for noise in acting(e, "inputs"):
        lines += [line.format(strength=repr(noise.strength(e))) for line in noise.script.batch]
    return lines


def _loss_line(e: ImageExperiment, criterion: str) -> list[str]:
    shares = [AUGMENTATIONS[name].mixes(AUGMENTATIONS[name].spec()) for name in e.augmentation]
    if e.mixup:
        return [line.format(criterion=criterion) for line in REGULARIZERS["mixup"].script.loss]
    for share in filter(None, shares):
        return [
            "scores = model(x)",
            f"loss = {1 - share!r} * {criterion}(scores, t) + {share!r} * {criterion}(scores, t[partner])",
        ]
    return [f"loss = {criterion}(model(x), t)"]


def _training_code(e: ImageExperiment, layers: list[Layer], epochs: int, n_train: int) -> str:
    every = max(1, epochs // 10)
    held, watched = bool(e.held_out), "validation" if e.held_out else "test"
    report = (
        'print(f"epoch {epoch + 1}: train {loss_train:.4f}, '
        f'{watched} {{loss_{watched}:.4f}}, accuracy {{accuracy:.3f}}")'
    )
    schedule = SCHEDULES[e.schedule.name]
    step = ["x, t = x_train[batch], y_train[batch]", *_augmented_lines(e), *_update_lines(e, layers)]
    body = [
        "order = torch.from_numpy(order_rng.permutation(len(x_train)))",
        f"for batch in order.split({batch_size(e, n_train)}):",
        indented("\n".join(step), 4),
        "loss_train, _ = evaluate(x_train, y_train)",
        f"loss_{watched}, accuracy = evaluate(x_{watched}, y_{watched})",
        *([f"if (epoch + 1) % {every} == 0:", f"    {report}"] if every > 1 else [report]),
    ]
    if schedule.export(e.schedule):
        body.append(f"scheduler.step(loss_{watched})" if schedule.feedback else "scheduler.step()")
    lines = "\n".join(body)
    tested = "\nloss_test, accuracy = evaluate(x_test, y_test)" if held else ""
    drawn = "".join(
        f"{entry.script.rng} = {stream(entry.stream)}\n"
        for entry in acting(e, "inputs")
        if entry.stream is not None
    )
    return f"{drawn}order_rng = {stream(streams.ORDER)}\nfor epoch in range(EPOCHS):\n{indented(lines, 4)}{tested}"


def _update_lines(e: ImageExperiment, layers: list[Layer]) -> list[str]:
    criterion = "smoothed_criterion" if acting(e, "targets") else "criterion"
    gradient = ["optimizer.zero_grad()", *_loss_line(e, criterion)]
    for entry in acting(e, "loss"):
        strength = entry.spec(**{entry.field: entry.strength(e)})
        gradient.append(f"loss = loss + {entry.export(strength).format(weights='weights')}")
    gradient.append("loss.backward()")
    clipping = CLIPPINGS[e.clipping.name].export(e.clipping)
    if clipping:
        gradient.append(fitted(clipping.format(parameters="model.parameters()")))
    if not OPTIMIZERS[e.optimizer.name].full_batch:
        return [*gradient, *_decay_lines(e), "optimizer.step()"]
    rngs = {rng: rng.replace("_rng", "_state") for rng in _drawing(layers)}
    keep = [f"{state} = {rng}.bit_generator.state" for rng, state in rngs.items()]
    again = [f"{rng}.bit_generator.state = {state}  # same masks" for rng, state in rngs.items()]
    closure = ["", "def closure():", indented("\n".join([*again, *gradient, "return loss"]), 4), ""]
    return [*_decay_lines(e), *keep, *closure, "optimizer.step(closure)"]


def _decay_lines(e: ImageExperiment) -> list[str]:
    if not e.weight_decay:
        return []
    return [
        'rate = optimizer.param_groups[0]["lr"]',
        "with torch.no_grad():",
        "    for w in weights:",
        f"        w.mul_(1 - rate * {e.weight_decay!r})",
    ]
