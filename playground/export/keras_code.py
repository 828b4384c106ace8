"""An experiment as a Keras script: the same points, network and recipe. It says what Keras does otherwise."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator

from playground.data import prepare
from playground.data.prepare import PARTS
from playground.experiment import Experiment
from playground.export import keras_forms as forms
from playground.export.code import IMPORTS, LINE_LENGTH, fitted, import_lines, indented, names_in, unannotated
from playground.export.data_code import data_code, features_code, label_noise_code, split_code
from playground.export.file_code import FromFile
from playground.export.model_code import batch_size, script_names, smoothing
from playground.export.script import arranged, title
from playground.export.sections import EPOCHS, Section
from playground.registry import InvalidValue
from playground.techniques import ACTIVATIONS, NORMALIZATIONS, SCHEDULES, STOPPINGS, class_weights
from playground.text import text

KNOWN = {
    **IMPORTS,
    "os": ("os", ""),
    "keras": ("keras", ""),
    "layers": ("keras", "layers"),
    "ops": ("keras", "ops"),
    "load_file": ("safetensors.numpy", "load_file"),
}
"""As ``code.IMPORTS``, for a script in Keras."""
WEIGHTS = "weights.safetensors"

MULTI_MARGIN = """
def multi_margin(y, s):
    target = ops.one_hot(ops.cast(y, "int32"), s.shape[-1])
    margins = ops.relu(1 - ops.sum(target * s, axis=1, keepdims=True) + s)
    return ops.sum((1 - target) * margins, axis=1) / s.shape[-1]


"""

Say = Callable[..., str]


def to_keras(experiment: Experiment, epochs: int, language: str = "en", file: FromFile | None = None) -> str:
    """The experiment in Keras 3, for any of its backends.

    Points, parts, features and the network are those of ``to_script``; the trajectory is another one, because Keras
    draws weights and mini-batches itself. Where the page's file of weights lies beside the script, the network begins
    with these, and its scores are those of the page.

    Args:
        experiment: what to train.
        epochs: how many epochs, 1 to 1,000,000.
        language: of the comments.
        file: that the points came from, which lies beside the script then; None writes them into it.

    Raises:
        InvalidValue: epochs out of range, or a technique that Keras has nothing for.
        KeyError: unknown language.
    """
    epochs, e = EPOCHS.check(epochs), experiment
    found = forms.missing(e)
    if found:
        field, spec = found
        raise InvalidValue(field, "expected.keras", spec.name)

    width = LINE_LENGTH if text("export.keras.intro", language).isascii() else LINE_LENGTH // 2

    def say(key: str, **values: object) -> str:
        words = text(f"export.keras.{key}", language, **values)
        return "\n".join(f"# {line}" for line in textwrap.wrap(words, width - 2))

    parts = ("" if e.tested else "_all") + ("_held" if e.held_out else "")
    body = [
        Section("data_file" if file else "data", data_code(e, file)),
        Section(f"split{parts}", split_code(e)),
        Section("labels", label_noise_code(e)),
        Section("features", _without_torch(features_code(e, file is not None))),
        Section("model", _model(e, say)),
        Section("weights", _weights(e, say)),
        Section("loss", _loss(e)),
        Section("optimizer", _optimizer(e, say)),
        Section("training", _training(e)),
        Section(f"result{parts}", _result(e)),
    ]
    body = [section for section in body if section.code]
    names = set().union(*(names_in(section.code) for section in body))
    setup = import_lines(names | {"keras"}, KNOWN)
    setup += f"\n\nSEED = {e.seed}\nEPOCHS = {epochs}\nkeras.utils.set_random_seed(SEED)"
    differences = [text(f"export.keras.{key}", language) for key in _differences(e)]
    left = [text(key, language) for key in forms.left_out(e)]
    if left:
        differences.append(text("export.keras.left_out", language, names=", ".join(left)))
    told = "\n".join(
        textwrap.fill(words, width, initial_indent="* ", subsequent_indent="  ") for words in differences
    )
    intro = textwrap.fill(text("export.keras.intro", language), width)
    return arranged(
        text("export.keras.title", language, title=title(e, language)),
        [Section("setup", setup), *body],
        language,
        f"{intro}\n{told}",
    )


def _differences(e: Experiment) -> Iterator[str]:
    """Keys of what Keras does otherwise and this experiment meets."""
    yield "shuffled"
    yield "truncated" if e.init.name in forms.TRUNCATED else "start"
    name = e.optimizer.name
    if name in ("adam", "adamw", "nadam"):
        yield "adam_eps"
    if name == "nadam":
        yield "nadam_decay"
    if name in ("rmsprop", "adagrad"):
        yield "root_eps"
    if name in ("momentum", "nesterov") and e.schedule.name != "constant":
        yield "momentum_rate"
    if e.hidden and NORMALIZATIONS[e.normalization.name].running:
        yield "running"
    if e.schedule.name == "reduce_on_plateau":
        yield "threshold"


def _without_torch(code: str) -> str:
    """The features as arrays instead of tensors."""
    code = re.sub(r"torch\.tensor\((\w+), dtype=torch\.float32\)", r'\1.astype("float32")', code)
    return re.sub(r"torch\.tensor\((\w+), dtype=torch\.long\)", r'\1.astype("int64")', code)


# --- the network --------------------------------------------------------------------------------------------


def _model(e: Experiment, say: Say) -> str:
    lines = ["def dense(units, name):", f"    return layers.Dense({_dense(e)})", "", ""]
    lines += [f"x = h = keras.Input(({e.n_inputs},))"]
    if e.input_noise:
        lines.append(f"h = layers.GaussianNoise({e.input_noise!r})(h)")
    for i in range(len(e.hidden)):
        lines += _layer(e, i)
    lines.append(f'model = keras.Model(x, dense({e.n_outputs}, name="output")(h))')
    return "\n".join(lines)


def _dense(e: Experiment) -> str:
    arguments = [
        "units",
        f"kernel_initializer=keras.initializers.{forms.INITIALIZERS[e.init.name](e.init)}",
    ]
    if e.init.name == "pytorch":
        arguments.append('bias_initializer=keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform")')
    if e.l1 or e.l2:
        arguments.append(f"kernel_regularizer=keras.regularizers.L1L2(l1={e.l1!r}, l2={e.l2!r} / 2)")
    arguments.append("name=name")
    return f"\n        {f',{chr(10)}        '.join(arguments)},\n    "


def _layer(e: Experiment, i: int) -> Iterator[str]:
    """Statements of one hidden layer, from ``h`` to ``h``."""
    spec, units = e.activations[i], e.hidden[i]
    width = units * ACTIVATIONS[spec.name].pieces(spec)
    yield f'z = dense({width}, name="hidden_{i}")(h)'
    if e.normalization.name != "none":
        form = forms.NORMALIZATIONS[e.normalization.name](e.normalization)
        made = form.format(name=f"norm_{i}")
        yield f"z = {made}(z)"
    form = forms.ACTIVATIONS[spec.name](spec)
    yield f"z = {form.format(name=f'slope_{i}', units=units)}"
    if e.dropouts[i]:
        yield f"z = layers.Dropout({e.dropouts[i]!r})(z)"
    kept = 1.0 - e.drop_rates[i]
    yield ("h = h + z" if kept == 1 else f"h = h + {kept!r} * z") if e.skips[i] else "h = z"


def _weights(e: Experiment, say: Say) -> str:
    """Statements that take over the page's weights, where its file is there."""
    order = ("weight", "bias", "running_mean", "running_var")
    names = script_names(e)
    layers: dict[str, list[str]] = {}
    for name in sorted(names, key=lambda name: order.index(name.rsplit(".", 1)[1])):
        place = name.split(".")
        kind = {"linear": "hidden", "norm": "norm", "prelu": "slope"}.get(place[-2], "")
        layers.setdefault(f"{kind}_{place[1]}" if kind else "output", []).append(names[name])

    def quoted(names: list[str]) -> str:
        return ", ".join(f'"{name}"' for name in names)

    table = ",\n".join(f'    "{layer}": [{quoted(names)}]' for layer, names in sorted(layers.items()))
    return "\n".join(
        (
            say("weights", file=WEIGHTS),
            f"NAMES = {{\n{table},\n}}",
            f'if os.path.exists("{WEIGHTS}"):',
            f'    tensors = load_file("{WEIGHTS}")',
            "    for layer, names in NAMES.items():",
            "        model.get_layer(layer).set_weights([tensors[name].T for name in names])",
        )
    )


# --- loss, optimizer, training -----------------------------------------------------------------------------


def _loss(e: Experiment) -> str:
    form = forms.LOSSES[e.loss.name, e.task]
    values = {"n": e.n_classes, "smoothing": "", "delta": repr(e.loss.params.get("delta"))}
    code = _function("loss", form.format(**values))
    if smoothing(e):
        smoothed = form.format(**{**values, "smoothing": f", label_smoothing={e.label_smoothing!r}"})
        code += "\n\n\n" + _function("smoothed_loss", smoothed)
    return (MULTI_MARGIN.lstrip() if "multi_margin" in code else "") + code


def _function(name: str, expression: str) -> str:
    return f"def {name}(y, s):\n{indented(fitted(f'return {expression}', LINE_LENGTH - 4), 4)}"


def _optimizer(e: Experiment, say: Say) -> str:
    made = forms.OPTIMIZERS[e.optimizer.name](e.optimizer).format(rate=repr(e.learning_rate))
    if e.clipping.name != "none":
        made += f", {forms.CLIPPINGS[e.clipping.name](e.clipping)}"
    decay = e.weight_decay + float(e.optimizer.params.get("weight_decay", 0.0))
    if decay or e.optimizer.name == "adamw":
        made += f", weight_decay={decay!r}"
    lines = [fitted(f"optimizer = keras.optimizers.{made})")]
    if decay:
        lines.append('optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta", "alpha"])')
    trained = "smoothed_loss" if smoothing(e) else "loss"
    lines.append(f"model.compile(optimizer, loss={trained})")
    return "\n".join(lines)


def _training(e: Experiment) -> str:
    lines, callbacks = [], []
    schedule, watched = e.schedule, e.watched
    monitor = "val_loss" if prepare(e).sizes()[PARTS.index(watched)] else "loss"
    if schedule.name == "reduce_on_plateau":
        callbacks.append(
            f'keras.callbacks.ReduceLROnPlateau("{monitor}", factor={schedule["factor"]!r}, '
            f"patience={schedule['patience'] + 1}, min_delta={schedule['threshold']!r}, "
            f"min_lr={schedule['min_lr']!r})"
        )
    elif schedule.name != "constant":
        definition = SCHEDULES[schedule.name].definition(schedule)
        if definition:
            lines += [unannotated(definition).rstrip(), "", ""]
        lines += [
            "def rate(epoch):",
            f"    return {e.learning_rate!r} * ({forms.SCHEDULES[schedule.name](schedule)})",
            "",
            "",
        ]
        callbacks.append("keras.callbacks.LearningRateScheduler(rate)")
    if STOPPINGS[e.early_stopping.name].watches:
        stopping = e.early_stopping
        callbacks.append(
            f'keras.callbacks.EarlyStopping("{monitor}", min_delta={stopping["min_delta"]!r}, '
            f"patience={stopping['patience']}, restore_best_weights=True)"
        )
    arguments = ["x_train", "y_train", f"batch_size={batch_size(e)}", "epochs=EPOCHS"]
    if monitor == "val_loss":
        arguments.append(f"validation_data=(x_{watched}, y_{watched})")
    if callbacks:
        inside = ",\n".join(indented(fitted(callback, 92), 8) for callback in callbacks)
        arguments.append(f"callbacks=[\n{inside},\n    ]")
    weights = class_weights(e.class_weighting, prepare(e).y_train, e.n_classes) if e.weighs_classes else None
    if weights is not None:
        told = ", ".join(f"{k}: {weight:.6g}" for k, weight in enumerate(weights))
        arguments.append(f"class_weight={{{told}}}")
    arguments.append("verbose=2")
    lines.append("model.fit(\n" + "".join(f"    {argument},\n" for argument in arguments) + ")")
    return "\n".join(lines)


def _result(e: Experiment) -> str:
    sizes = prepare(e).sizes()
    parts = [part for part, size in zip(PARTS, sizes, strict=True) if size]
    rows = "".join(f'    "{part}": mean_loss(x_{part}, y_{part}),\n' for part in parts)
    return (
        "def mean_loss(x, y):\n"
        "    scores = ops.convert_to_tensor(model.predict(x, verbose=0))\n"
        "    return float(ops.mean(loss(y, scores)))\n\n\n"
        f"losses = {{\n{rows}}}\n"
        'print("loss", *(f"{part} {value:.6g}" for part, value in losses.items()))'
    )
