"""Short PyTorch programs for the experiments that no full run stands for; the tests run each of them."""

from __future__ import annotations

from playground.chapters.controls import Settings


def contours(s: Settings) -> str:
    """The steps of gradient descent after some preprocessings."""
    return f"""import torch

g = torch.Generator().manual_seed({s.seed})
u = torch.randn(120, 2, generator=g, dtype=torch.float64)
y = u @ torch.tensor([1.0, -0.5], dtype=torch.float64)
u[:, 1] = {s.correlation} * u[:, 0] + {(1 - s.correlation**2) ** 0.5:.4f} * u[:, 1]
x = (u + torch.tensor([{s.offset1}, {s.offset2}])) * torch.tensor([{s.scale}, 1.0])
mean, std = x.mean(0), x.std(0, correction=0)
values, axes = torch.linalg.eigh(torch.cov(x.T, correction=0))
for name, F in {{
    "none": x,
    "centered": x - mean,
    "standardized": (x - mean) / std,
    "whitened": (x - mean) @ axes / values.sqrt(),
}}.items():
    rows = torch.cat([F, torch.ones(len(F), 1)], dim=1)
    curvature = torch.linalg.eigvalsh(2 * rows.T @ rows / len(rows))
    kappa = curvature[-1] / curvature[0]
    eta = 2 / (curvature[0] + curvature[-1])
    w = torch.zeros(3, dtype=torch.float64)
    best = torch.linalg.lstsq(rows, y[:, None]).solution[:, 0]
    loss = lambda w: ((rows @ w - y) ** 2).mean()
    goal, steps = loss(best) + 1e-3 * (loss(w) - loss(best)), 0
    while loss(w) > goal and steps < 20_000:
        w -= eta * 2 * rows.T @ (rows @ w - y) / len(rows)
        steps += 1
    print(f"{{name:13s}} condition {{kappa:8.1f}}   best learning rate {{eta:.4f}}   steps {{steps}}")
"""


FITS = {
    "center": "mean = part.mean(0)\n    return lambda x: x - mean",
    "standardize": (
        "mean, std = part.mean(0), part.std(0, correction=0)\n    return lambda x: (x - mean) / std"
    ),
    "min_max": (
        "least, greatest = part.min(0).values, part.max(0).values\n"
        "    return lambda x: (x - least) / (greatest - least)"
    ),
    "pca": (
        "mean, axes = part.mean(0), torch.linalg.eigh(torch.cov(part.T)).eigenvectors\n"
        "    return lambda x: (x - mean) @ axes"
    ),
    "whitening": (
        "mean, (values, axes) = part.mean(0), torch.linalg.eigh(torch.cov(part.T))\n"
        "    return lambda x: (x - mean) @ axes / values.sqrt()"
    ),
}
"""How each preprocessing is fitted to a part of the rows."""


def leak(s: Settings) -> str:
    """How far the training inputs move when the test part has a say."""
    return f"""import torch

g = torch.Generator().manual_seed({s.seed})
train, test = torch.randn(40, 2, generator=g), torch.randn(40, 2, generator=g)
test[-1] = torch.tensor([{s.outlier}, {0.6 * s.outlier:.2f}])  # an outlier in the test part


def fit(part):
    {FITS[s.preprocessing]}


right = fit(train)  # the training part alone
wrong = fit(torch.cat([train, test]))  # test points have a say
moved = wrong(train) - right(train)
print("the training inputs lie elsewhere by", moved.norm(dim=1).mean().item())
"""


def stages(s: Settings) -> str:
    """Both normalizations by hand, held to PyTorch's modules."""
    by_unit = s.kind == "batch_norm"
    if by_unit:
        by_hand = "(z - z.mean(0)) / torch.sqrt(z.var(0, correction=0) + 1e-5)"
    else:
        by_hand = "(z - z.mean(1, keepdim=True)) / torch.sqrt(z.var(1, correction=0, keepdim=True) + 1e-5)"
    head = f"""import torch
from torch import nn

g = torch.Generator().manual_seed({s.seed})
z = torch.randn({s.batch}, 6, generator=g) * 3 + 1  # {s.batch} samples, 6 units
by_hand = {by_hand}
"""
    if by_unit and s.batch == 1:
        return f"{head}print(by_hand)  # all zeros; nn.BatchNorm1d refuses a single sample\n"
    return f"""{head}module = {"nn.BatchNorm1d(6)" if by_unit else "nn.LayerNorm(6)"}
with torch.no_grad():
    print("differs from PyTorch's by at most", (by_hand - module(z)).abs().max().item())
    module.weight.fill_({s.gamma})
    module.bias.fill_({s.beta})
    print(module(z))
"""


def modes(s: Settings) -> str:
    """A network asked in both modes."""
    return f"""import torch
from torch import nn

g = torch.Generator().manual_seed({s.seed})
x = torch.randn(200, 2, generator=g)
y = (x.norm(dim=1) > 1.2).float()
net = nn.Sequential(nn.Linear(2, 16), nn.BatchNorm1d(16), nn.Tanh(), nn.Linear(16, 1))
nn.init.xavier_normal_(net[0].weight, generator=g)
nn.init.xavier_normal_(net[3].weight, generator=g)
optimizer = torch.optim.SGD(net.parameters(), lr=0.3)
for epoch in range({s.epochs}):
    for rows in torch.randperm(200, generator=g).split(10):
        optimizer.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(net(x[rows])[:, 0], y[rows]).backward()
        optimizer.step()


def accuracy(size):
    scores = torch.cat([net(part)[:, 0] for part in x.split(size)])
    return ((scores > 0) == (y > 0.5)).float().mean().item()


net.eval()
print("evaluation, 2 at a time", accuracy(2))
net.train()  # as if net.eval() had been forgotten
print("training,   2 at a time", accuracy(2))
print("training,  50 at a time", accuracy(50))
"""
