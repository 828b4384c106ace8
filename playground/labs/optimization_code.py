"""Short PyTorch programs of the chapter on optimization, to read, copy and run."""

from __future__ import annotations

from playground.chapters.optimization.racing import LINE_SEARCH, Rule
from playground.chapters.optimization.surfaces import SURFACES, Pair, noise_of
from playground.registry import Spec
from playground.techniques import OPTIMIZERS

SNIPPETS = {
    "contraction": """\
import torch

kappa = 100.0
root = kappa**0.5
beta = ((root - 1) / (root + 1)) ** 2
curvature = torch.tensor([1.0, kappa], dtype=torch.float64)

for lr, momentum in [(2 / (1 + kappa), 0.0), ((2 / (1 + root)) ** 2, beta)]:
    w = torch.ones(2, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=lr, momentum=momentum)
    distances = []
    for step in range(400):
        distances.append(w.detach().norm().item())
        optimizer.zero_grad()
        (0.5 * (curvature * w**2).sum()).backward()
        optimizer.step()
    print((distances[399] / distances[199]) ** (1 / 200))
""",
    "adam": """\
import torch

eta = 0.01
for gradient in [1e-4, 1.0, 1e4]:
    w = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([w], lr=eta, eps=1e-12)
    w.grad = torch.full_like(w, gradient)
    optimizer.step()
    m, v = optimizer.state[w]["exp_avg"], optimizer.state[w]["exp_avg_sq"]
    # corrected step, and the step that the moments give as they are
    print(abs(w.item()) / eta, (m / v.sqrt()).item())
""",
    "momentum": """\
import torch

eta, beta = 0.01, 0.9
w = torch.zeros(1, dtype=torch.float64, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=eta, momentum=beta)
for step in range(100):
    before = w.item()
    w.grad = torch.ones_like(w)
    optimizer.step()
print((before - w.item()) / eta, 1 / (1 - beta))
""",
    "adagrad": """\
import torch

eta = 0.01
w = torch.zeros(1, dtype=torch.float64, requires_grad=True)
optimizer = torch.optim.Adagrad([w], lr=eta)
for step in range(1, 1001):
    before = w.item()
    w.grad = torch.ones_like(w)
    optimizer.step()
    if step in (1, 10, 100, 1000):
        print((before - w.item()) / eta, step**-0.5)
""",
    "lbfgs": '''\
import torch

torch.manual_seed(0)
X = torch.randn(200, 2)
y = (X.square().sum(dim=1, keepdim=True) < 1.2).float()


def train(rows):
    """Ten L-BFGS steps; each uses the rows of one batch, the loss is that of all rows."""
    torch.manual_seed(1)
    network = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
    loss_of = torch.nn.BCEWithLogitsLoss()
    optimizer = torch.optim.LBFGS(network.parameters(), lr=1.0, line_search_fn="strong_wolfe")
    for step in range(10):
        batch = torch.randperm(len(X))[:rows]

        def closure():
            optimizer.zero_grad()
            loss = loss_of(network(X[batch]), y[batch])
            loss.backward()
            return loss

        optimizer.step(closure)
    return loss_of(network(X), y).item()


print(train(rows=200), train(rows=10))
''',
    "plateau": """\
import torch

w = torch.zeros(1, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.5)
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=2, threshold=0.01)
for epoch, test_loss in enumerate([1.0, 0.8, 0.7, 0.71, 0.699, 0.70, 0.71, 0.6]):
    scheduler.step(test_loss)
    print(epoch, test_loss, optimizer.param_groups[0]["lr"])
""",
}
"""Program text by experiment."""


def race_code(surface: Spec, rule: Rule, rate: float, start: Pair, steps: int) -> str:
    """The race of one rule as a stand-alone PyTorch script; "" for a surface without a formula.

    It prints the last position; without noise it is that of ``run_rule``.
    """
    expression = SURFACES[surface.name].expression(surface)
    if not expression:
        return ""
    head = f"""import torch


def f(w):
    x, y = w
    return {expression}


w = torch.tensor({[float(v) for v in start]!r}, dtype=torch.float64, requires_grad=True)
"""
    noise = noise_of(surface)
    chance = f" + {noise!r} * torch.randn(2, dtype=torch.float64) @ w" if noise else ""
    if rule.spec is None:
        return f"""{head}
for step in range({steps}):
    (g,) = torch.autograd.grad(f(w){chance}, w)
    H = torch.autograd.functional.hessian(f, w)
    with torch.no_grad():
        w -= {rate!r} * torch.linalg.pinv(H, rtol=1e-12) @ g

print(*w.tolist())
"""
    technique = OPTIMIZERS[rule.spec.name]
    definition = technique.definition(rule.spec)
    if definition:
        head = head.replace("\n\n\ndef f", f"\n\n\n{definition.rstrip()}\n\n\ndef f")
    made = technique.export(rule.spec).format(params="[w]", lr=repr(rate))
    if rule.full_batch:
        made += f'\noptimizer.param_groups[0]["max_eval"] = {LINE_SEARCH}'
    draw = f"\n    noise = {noise!r} * torch.randn(2, dtype=torch.float64)" if noise else ""
    return f"""{head}optimizer = {made}

for step in range({steps}):{draw}
    def closure():
        optimizer.zero_grad()
        loss = f(w){" + noise @ w" if noise else ""}
        loss.backward()
        return loss
    optimizer.step(closure)

print(*w.tolist())
"""
