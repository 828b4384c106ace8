"""The training part of a script: optimizer, evaluation, loop."""

from __future__ import annotations

from playground import streams
from playground.data.prepare import PARTS, Part
from playground.experiment import Experiment
from playground.export.code import fitted, indented, source_of, unannotated
from playground.export.data_code import stream
from playground.export.model_code import batch_size, has_modes, streams_of, training_criterion
from playground.registry import Spec
from playground.techniques import CLIPPINGS, OPTIMIZERS, SCHEDULES, STOPPINGS, WEIGHTINGS, Regularizer, acting

RESULT = 'print(f"loss train {loss_train:.6g} test {loss_test:.6g}")'
"""The last line of a script without a validation part."""


def optimizer_code(experiment: Experiment) -> str:
    """Statements that make ``optimizer``, and ``scheduler`` where there is one."""
    return optimizer_lines(
        experiment.optimizer,
        experiment.learning_rate,
        experiment.schedule,
        named_weights=bool(acting(experiment, "loss", "update")),
    )


def optimizer_lines(optimizer: Spec, learning_rate: float, schedule: Spec, named_weights: bool) -> str:
    """Statements that make ``optimizer`` of ``model``, and ``scheduler`` where there is one.

    Args:
        named_weights: whether ``weights`` are asked for, all parameters but biases and the like.
    """
    technique, scheduling = OPTIMIZERS[optimizer.name], SCHEDULES[schedule.name]
    definitions = [technique.definition(optimizer), scheduling.definition(schedule)]
    lines, params = [], "model.parameters()"
    own_decay = bool(optimizer.params.get("weight_decay"))
    if own_decay or named_weights:
        lines.append("weights = [p for p in model.parameters() if p.dim() > 1]")
    if own_decay:
        lines.append("others = [p for p in model.parameters() if p.dim() == 1]  # these do not decay")
        lines.append('groups = [{"params": weights}, {"params": others, "weight_decay": 0.0}]')
        params = "groups"
    made = technique.export(optimizer).format(params=params, lr=repr(learning_rate))
    lines.append(fitted(f"optimizer = {made}"))
    scheduler = scheduling.export(schedule).format(optimizer="optimizer")
    if scheduler:
        lines.append(fitted(f"scheduler = {scheduler}"))
    return "".join(f"{unannotated(source)}\n\n" for source in definitions if source) + "\n".join(lines)


def evaluated(experiment: Experiment) -> tuple[Part, ...]:
    """The parts whose loss is taken after each epoch: the test part only where it chooses, or none is held out."""
    if not experiment.held_out:
        return ("train", "test") if experiment.tested else ("train",)
    return ("train", "validation") if experiment.watched == "validation" else PARTS


def in_two_parts(experiment: Experiment) -> bool:
    """Whether there are a training and a test part, as in most scripts: these name them where they evaluate."""
    return experiment.tested and not experiment.held_out


def evaluation_code(experiment: Experiment) -> str:
    """Definition of ``evaluate``: the loss of each part, without noise and penalties."""
    modes = has_modes(experiment)
    if not in_two_parts(experiment):
        lines = ["@torch.no_grad()", "def evaluate(*parts):"]
        lines += ["    model.eval()"] if modes else []
        lines.append("    losses = [criterion(model(x), y).item() for x, y in parts]")
        lines += ["    model.train()"] if modes else []
        return "\n".join([*lines, "    return losses"])
    lines = ["@torch.no_grad()", "def evaluate():"]
    if modes:
        lines.append("    model.eval()")
    lines.append("    loss_train = criterion(model(x_train), y_train).item()")
    lines.append("    loss_test = criterion(model(x_test), y_test).item()")
    if modes:
        lines.append("    model.train()")
    lines.append("    return loss_train, loss_test")
    return "\n".join(lines)


def training_code(experiment: Experiment, epochs: int) -> str:
    """The training loop, with everything that happens in a step and at the end of an epoch."""
    before, rows = [f"order_rng = {stream(streams.ORDER)}"], "len(x_train)"
    definition = ""
    if experiment.resamples:
        weighting, spec, rows = (
            WEIGHTINGS[experiment.class_weighting.name],
            experiment.class_weighting,
            "shown",
        )
        made = weighting.export(spec).format(targets="y_train.long().numpy()", rng=stream(streams.RESAMPLING))
        definition = f"{source_of(weighting.resample)}\n\n"
        before.append(f"shown = {made}")
    for entry in acting(experiment, "inputs"):
        if entry.stream is not None:
            before.append(f"{entry.script.rng} = {stream(entry.stream)}")
    if STOPPINGS[experiment.early_stopping.name].watches:
        before.append('best, best_state, bad_epochs = float("inf"), None, 0')
    step = [*_batch_lines(experiment), *_update_lines(experiment)]
    every = max(1, epochs // 10)
    after = [_evaluation(experiment)]
    after.append(f"if (epoch + 1) % {every} == 0:" if every > 1 else "")
    shown = dict.fromkeys(("train", experiment.watched))
    losses = ", ".join(f"{part} {{loss_{part}:.4f}}" for part in shown)
    report = f'print(f"epoch {{epoch + 1}}: {losses}")'
    after.append(("    " if every > 1 else "") + report)
    after += [*_schedule_lines(experiment), *_stopping_lines(experiment)]
    body = [
        f"order = torch.from_numpy(order_rng.permutation({rows}))",
        f"for batch in order.split({batch_size(experiment)}):",
        indented("\n".join(step), 4),
        *(line for line in after if line),
    ]
    return definition + "\n".join([*before, "for epoch in range(EPOCHS):", indented("\n".join(body), 4)])


def result_code(experiment: Experiment) -> str:
    """The last line of the script's output; the test part's loss is taken only here where points are held out."""
    if in_two_parts(experiment):
        return RESULT
    parts = [part for part in PARTS if part in (*evaluated(experiment), *(["test"] * experiment.tested))]
    losses = " ".join(f"{part} {{loss_{part}:.6g}}" for part in parts)
    told = f'print(f"loss {losses}")'
    if "test" in evaluated(experiment) or not experiment.tested:
        return told
    return f"(loss_test,) = evaluate((x_test, y_test))\n{told}"


def _evaluation(experiment: Experiment) -> str:
    """The statement that takes the losses after an epoch."""
    parts = evaluated(experiment)
    made = ", ".join(f"loss_{part}" for part in parts)
    if in_two_parts(experiment):
        return f"{made} = evaluate()"
    if len(parts) == 1:
        made = f"({made},)"
    return fitted(f"{made} = evaluate({', '.join(f'(x_{part}, y_{part})' for part in parts)})")


def _batch_lines(experiment: Experiment) -> list[str]:
    lines = ["x, t = x_train[batch], y_train[batch]"]
    for entry in acting(experiment, "inputs"):
        lines += [line.format(strength=repr(entry.strength(experiment))) for line in entry.script.batch]
    return lines


def _update_lines(experiment: Experiment) -> list[str]:
    gradient = ["optimizer.zero_grad()", *_loss_lines(experiment), "loss.backward()"]
    clipping = CLIPPINGS[experiment.clipping.name].export(experiment.clipping)
    if clipping:
        gradient.append(clipping.format(parameters="model.parameters()"))
    if not OPTIMIZERS[experiment.optimizer.name].full_batch:
        return [*gradient, *_decay_lines(experiment), "optimizer.step()"]
    rngs = list(streams_of(experiment))
    keep = [f"{rng.removesuffix('_rng')}_state = {rng}.bit_generator.state" for rng in rngs]
    again = [f"{rng}.bit_generator.state = {rng.removesuffix('_rng')}_state  # same masks" for rng in rngs]
    closure = ["", "def closure():", indented("\n".join([*again, *gradient, "return loss"]), 4), ""]
    return [*_decay_lines(experiment), *keep, *closure, "optimizer.step(closure)"]


def _loss_lines(experiment: Experiment) -> list[str]:
    criterion = training_criterion(experiment)
    own = [entry.script.loss for entry in acting(experiment, "inputs") if entry.script.loss]
    (usual,) = own or [("loss = {criterion}(model(x), t)",)]
    lines = [line.format(criterion=criterion) for line in usual]
    for entry in acting(experiment, "loss"):
        penalty = entry.export(_strength(experiment, entry)).format(weights="weights")
        lines.append(f"loss = loss + {penalty}")
    return lines


def _decay_lines(experiment: Experiment) -> list[str]:
    decays = acting(experiment, "update")
    if not decays:
        return []
    rate = repr(experiment.learning_rate)
    lines = []
    if SCHEDULES[experiment.schedule.name].export(experiment.schedule):
        rate = "rate"
        lines.append('rate = optimizer.param_groups[0]["lr"]')
    return [
        *lines,
        "with torch.no_grad():",
        "    for w in weights:",
        *(f"        {entry.export(_strength(experiment, entry)).format(w='w', lr=rate)}" for entry in decays),
    ]


def _strength(experiment: Experiment, entry: Regularizer) -> Spec:
    return entry.spec(**{entry.field: entry.strength(experiment)})


def _schedule_lines(experiment: Experiment) -> list[str]:
    schedule = SCHEDULES[experiment.schedule.name]
    if not schedule.export(experiment.schedule):
        return []
    return [f"scheduler.step(loss_{experiment.watched})" if schedule.feedback else "scheduler.step()"]


def _stopping_lines(experiment: Experiment) -> list[str]:
    stopping, spec = STOPPINGS[experiment.early_stopping.name], experiment.early_stopping
    if not stopping.watches:
        return []
    watched = f"loss_{experiment.watched}"
    improved = stopping.export_improved(spec).format(loss=watched, best="best")
    return [
        f"if {improved}:",
        f"    best, best_state, bad_epochs = {watched}, copy.deepcopy(model.state_dict()), 0",
        "else:",
        "    bad_epochs += 1",
        f"    if {stopping.export(spec).format(bad_epochs='bad_epochs')}:",
        "        model.load_state_dict(best_state)",
        indented(_evaluation(experiment), 8),
        "        break",
    ]
