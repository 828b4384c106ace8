"""The race of one rule as a PyTorch program to read, copy and run."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import indent

from playground.chapters.optimization.racing import LINE_SEARCH, Rule
from playground.chapters.optimization.surfaces import (
    NETWORK_EPOCHS,
    SURFACES,
    Pair,
    network_experiment,
    noise_of,
)
from playground.registry import Spec
from playground.techniques import OPTIMIZERS


def race_code(surface: Spec, rule: Rule, rates: Sequence[float], start: Pair, steps: int) -> str:
    """The race of one rule; for a network's loss, the script that trains the network.

    The program prints each learning rate with the last position; without noise it is that of ``run_rule``.
    """
    technique = SURFACES[surface.name]
    expression = technique.expression(surface)
    if not expression:
        from playground import export

        return export.to_script(network_experiment(surface), NETWORK_EPOCHS)
    noise = noise_of(surface)
    loss = "f(w) + noise @ w" if noise else "f(w)"
    draw = f"noise = {noise!r} * torch.randn(2, dtype=torch.float64)\n" if noise else ""
    definition, made, body = "", "", ""
    if rule.spec is None:
        body = f"""{draw}(g,) = torch.autograd.grad({loss}, w)
H = torch.autograd.functional.hessian(f, w)
with torch.no_grad():
    w -= lr * torch.linalg.pinv(H, rtol=1e-12) @ g
"""
    else:
        optimizer = OPTIMIZERS[rule.spec.name]
        definition = optimizer.definition(rule.spec).rstrip()
        made = f"optimizer = {optimizer.export(rule.spec).format(params='[w]', lr='lr')}\n"
        if rule.full_batch:
            made += f'optimizer.param_groups[0]["max_eval"] = {LINE_SEARCH}\n'
        body = f"""{draw}
def closure():
    optimizer.zero_grad()
    loss = {loss}
    loss.backward()
    return loss

optimizer.step(closure)
"""
    return f"""import torch
{f"{chr(10)}{chr(10)}{definition}{chr(10)}" if definition else ""}

def f(w):
    x, y = w
    return {expression}


for lr in {list(rates)!r}:
    w = torch.tensor({[float(v) for v in start]!r}, dtype=torch.float64, requires_grad=True)
{indent(made, "    ")}    for step in range({steps}):
{indent(body.lstrip(), "        ")}    print(lr, *w.tolist())
"""
