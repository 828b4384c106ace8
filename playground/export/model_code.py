"""The network part of a script: layers, initial weights, loss."""

from __future__ import annotations

from typing import Any

from playground.data import prepare
from playground.engine.order import rows_of_batch, shown_rows
from playground.experiment import Experiment
from playground.export.code import LINE_LENGTH, fitted, indented, source_of
from playground.export.data_code import stream
from playground.layout import Layout
from playground.registry import Spec
from playground.techniques import (
    ACTIVATIONS,
    DROPPED,
    INITIALIZERS,
    LOSSES,
    NORMALIZATIONS,
    SKIPS,
    WEIGHTINGS,
    Task,
    acting,
)
from playground.techniques.regularizers import Place


def batch_size(experiment: Experiment) -> int:
    """Samples in a mini-batch: all that an epoch shows for rules that need it."""
    data = prepare(experiment)
    return min(rows_of_batch(experiment, len(data.F_train)), _shown(experiment))


def _shown(experiment: Experiment) -> int:
    """Samples that an epoch shows."""
    data = prepare(experiment)
    rows = shown_rows(experiment, data)
    return len(data.F_train) if rows is None else len(rows)


def streams_of(experiment: Experiment) -> dict[str, int]:
    """The random streams that the network's own layers draw from in training: variable → number."""
    drawing = acting(experiment, *DROPPED)
    return {entry.script.rng: entry.stream for entry in drawing if entry.stream is not None}


def has_modes(experiment: Experiment) -> bool:
    """Whether the network computes something else in training than in evaluation."""
    return bool(streams_of(experiment)) or (
        bool(experiment.hidden) and NORMALIZATIONS[experiment.normalization.name].running
    )


def model_code(experiment: Experiment) -> str:
    """Statements that make ``model``."""
    rngs = streams_of(experiment)
    technique = NORMALIZATIONS[experiment.normalization.name]
    normalization = technique.export(experiment.normalization)
    units = [entry.script.module() for entry in acting(experiment, "weights", "units") if entry.script.module]
    definitions = [source_of(module) for module in units]
    if technique.own and experiment.hidden and _single_samples(experiment):
        own = technique.own()
        definitions.append(source_of(own))
        normalization = normalization.replace(technique.pytorch.removeprefix("torch."), own.__name__)
    blocks = dict.fromkeys(_block_module(experiment, i) for i, adds in enumerate(experiment.skips) if adds)
    definitions += [source_of(module) for module in blocks]
    layers = []
    n_in = experiment.n_inputs
    for i, n in enumerate(experiment.hidden):
        block = _block(experiment, i, n_in, normalization)
        if experiment.skips[i]:
            arguments = [f"{rate!r},\n{rng}" for rate, _, rng in _left_out(experiment, i, "blocks")]
            inside = indented(",\n".join([*arguments, *block]), 4)
            block = [f"{_block_module(experiment, i).__name__}(\n{inside},\n)"]
        layers += block
        n_in = n
    layers.append(f"nn.Linear({n_in}, {experiment.n_outputs})")
    lines = [f"{name} = {stream(number)}" for name, number in rngs.items()]
    if len(layers) == 1:
        lines.append(f"model = nn.Sequential({layers[0]})")
    else:
        lines.append("model = nn.Sequential(\n" + indented(",\n".join(layers), 4) + ",\n)")
    return "".join(f"{definition}\n\n" for definition in definitions) + "\n".join(lines)


def script_names(experiment: Experiment) -> dict[str, str]:
    """Names of parameters and running statistics in the script's ``model.state_dict()``, by those of ``Layout``."""
    normalized = bool(NORMALIZATIONS[experiment.normalization.name].export(experiment.normalization))
    found, at = {"output": ""}, 0
    for i, adds in enumerate(experiment.skips):
        first, prefix = (0, f"{at}.block.") if adds else (at, "")
        for k, part in enumerate(("linear", *(["norm"] if normalized else []), "prelu")):
            found[f"hidden.{i}.{part}"] = f"{prefix}{first + k}"
        at += 1 if adds else len(_block(experiment, i, 1, "norm" if normalized else ""))
    found["output"] = str(at)
    layout = Layout.of(experiment)
    names = [block.name.rsplit(".", 1) for block in (*layout.parameters, *layout.buffers)]
    return {f"{module}.{name}": f"{found[module]}.{name}" for module, name in names}


def _block(experiment: Experiment, i: int, n_in: int, normalization: str) -> list[str]:
    """The modules of one hidden layer with ``n_in`` inputs."""
    activation = experiment.activations[i]
    technique = ACTIVATIONS[activation.name]
    width = experiment.hidden[i] * technique.pieces(activation)
    modules = [f"nn.Linear({n_in}, {width})"]
    for rate, module, rng in _left_out(experiment, i, "weights"):
        modules = [f"{module}({n_in}, {width}, {rate!r}, {rng})"]
    if normalization:
        modules.append(normalization.format(n=width))
    modules.append(technique.export(activation))
    for rate, module, rng in _left_out(experiment, i, "units"):
        modules.append(f"{module}({rate!r}, {rng})")
    return modules


def _left_out(experiment: Experiment, i: int, place: Place) -> list[tuple[float, str, str]]:
    """What training leaves out of hidden layer ``i``: rate, name of the class, name of its generator."""
    found = []
    for entry in acting(experiment, place):
        rate = entry.rates(experiment)[i] if entry.rates else 0.0
        if rate and entry.script.module:
            found.append((rate, entry.script.module().__name__, entry.script.rng))
    return found


def _block_module(experiment: Experiment, i: int) -> type[Any]:
    """The class of the block that hidden layer ``i`` is."""
    made = SKIPS[experiment.skip.name].module
    for entry in acting(experiment, "blocks"):
        if entry.rates and entry.rates(experiment)[i]:
            made = entry.script.module
    assert made is not None, "a skip connection that adds has a module"
    return made()


def _single_samples(experiment: Experiment) -> bool:
    """Whether a mini-batch of one sample occurs, which PyTorch's batch normalization refuses."""
    n, size = _shown(experiment), batch_size(experiment)
    return n % size == 1 or size == 1


def weights_code(experiment: Experiment) -> str:
    """Statements that give the network its initial weights."""
    technique = INITIALIZERS[experiment.init.name]
    names = {"w": "layer.weight", "b": "layer.bias"}
    calls = [code(experiment.init).format(**names) for code in (technique.export, technique.export_bias)]
    seed = "SEED" if experiment.weights_seed == experiment.seed else str(experiment.weights_seed)
    lines = [f"g = torch.Generator().manual_seed({seed})"] if "generator=g" in "".join(calls) else []
    lines += [
        f"for layer in {'model.modules()' if any(experiment.skips) else 'model'}:",
        "    if isinstance(layer, nn.Linear):",
    ]
    lines += [f"        {_split_arguments(call)}" for call in calls]
    return "\n".join(lines)


def _split_arguments(call: str) -> str:
    # The longest call is PyTorch's bias; its bound is worth a name.
    bound = "1 / math.sqrt(layer.weight.shape[1])"
    if bound not in call:
        return call
    shorter = call.replace(f"-{bound}, {bound}", "-bound, bound")
    return f"bound = {bound}\n        {shorter}"


def loss_code(experiment: Experiment) -> str:
    """Definitions of ``criterion``, and of the one that training takes where it smooths labels or weighs classes."""
    smoothed = experiment.label_smoothing if smoothing(experiment) else 0.0
    if not experiment.weighs_classes:
        return criteria_code(experiment.loss, experiment.task, smoothed)
    code = criteria_code(experiment.loss, experiment.task, 0.0)
    return f"{code}\n\n\n{_weighted_criterion(experiment, smoothed)}"


def smoothing(experiment: Experiment) -> bool:
    """Whether label smoothing has an effect."""
    return bool(acting(experiment, "targets"))


def training_criterion(experiment: Experiment) -> str:
    """Name of the criterion that is trained on."""
    if experiment.weighs_classes:
        return "weighted_criterion"
    return "smoothed_criterion" if smoothing(experiment) else "criterion"


def _weighted_criterion(experiment: Experiment, label_smoothing: float) -> str:
    """Statements that make ``class_weights``, and the definition of ``weighted_criterion``."""
    loss, spec = LOSSES[experiment.loss.name], experiment.class_weighting
    assert loss.samples_code, "a loss for classes has a form for each sample"
    each = loss.samples_code(experiment.loss, experiment.task, label_smoothing)
    classes, targets = (
        ("y_train", "targets") if experiment.n_outputs > 1 else ("y_train.long()", "targets.long()")
    )
    raw = WEIGHTINGS[spec.name].export(spec).format(counts="counts")
    lines = [
        f"counts = torch.bincount({classes}, minlength={experiment.n_classes}).double()",
        f"class_weights = {raw}",
        "# 1 on average over the training points",
        f"class_weights = (class_weights / class_weights[{classes}].mean()).float()",
        "",
        "",
        "def weighted_criterion(scores, targets):",
        indented(fitted(f"losses = {each.format(scores='scores', targets='targets')}", LINE_LENGTH - 4), 4),
        f"    return (class_weights[{targets}] * losses).mean()",
    ]
    return "\n".join(lines)


def criteria_code(loss: Spec, task: Task, label_smoothing: float) -> str:
    """Definitions of ``criterion`` and, with label smoothing, of ``smoothed_criterion``."""
    code = _criterion("criterion", loss, task, 0.0)
    if label_smoothing:
        code += "\n\n\n" + _criterion("smoothed_criterion", loss, task, label_smoothing)
    return code


def _criterion(name: str, loss: Spec, task: Task, label_smoothing: float) -> str:
    expression = LOSSES[loss.name].export(loss, task, label_smoothing)
    returned = fitted(f"return {expression.format(scores='scores', targets='targets')}", LINE_LENGTH - 4)
    return f"def {name}(scores, targets):\n{indented(returned, 4)}"
