"""Short PyTorch programs for the experiments that no full run stands for; the tests run each of them."""

SNIPPETS: dict[str, str] = {}
"""Programs by section."""

SNIPPETS["preprocessing"] = """import torch

g = torch.Generator().manual_seed(0)
u = torch.randn(120, 2, generator=g, dtype=torch.float64)
y = u @ torch.tensor([1.0, -0.5], dtype=torch.float64)
x = (u + torch.tensor([2.0, 1.0])) * torch.tensor([4.0, 1.0])
mean, std = x.mean(0), x.std(0, correction=0)
values, axes = torch.linalg.eigh(torch.cov(x.T, correction=0))
for name, F in {
    "none": x,
    "centred": x - mean,
    "standardised": (x - mean) / std,
    "whitened": (x - mean) @ axes / values.sqrt(),
}.items():
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
    print(f"{name:13s} condition {kappa:8.1f}   best learning rate {eta:.4f}   steps {steps}")
"""

SNIPPETS["leak"] = """import torch

g = torch.Generator().manual_seed(0)
train, test = torch.randn(40, 2, generator=g), torch.randn(40, 2, generator=g)
test[-1] = torch.tensor([8.0, 5.0])  # an outlier in the test part
mean, std = train.mean(0), train.std(0)  # right: from the training part
everything = torch.cat([train, test])
leaked_mean, leaked_std = everything.mean(0), everything.std(0)  # wrong: test points have a say
moved = (train - mean) / std - (train - leaked_mean) / leaked_std
print("the training inputs lie elsewhere by", moved.norm(dim=1).mean().item())
"""

SNIPPETS["stages"] = """import torch
from torch import nn

g = torch.Generator().manual_seed(0)
z = torch.randn(8, 6, generator=g) * 3 + 1  # 8 samples, 6 units
by_unit = (z - z.mean(0)) / torch.sqrt(z.var(0, correction=0) + 1e-5)
by_sample = (z - z.mean(1, keepdim=True)) / torch.sqrt(z.var(1, correction=0, keepdim=True) + 1e-5)
print((by_unit - nn.BatchNorm1d(6)(z)).abs().max().item())
print((by_sample - nn.LayerNorm(6)(z)).abs().max().item())
"""

SNIPPETS["modes"] = """import torch
from torch import nn

g = torch.Generator().manual_seed(0)
x = torch.randn(200, 2, generator=g)
y = (x.norm(dim=1) > 1.2).float()
net = nn.Sequential(nn.Linear(2, 16), nn.BatchNorm1d(16), nn.Tanh(), nn.Linear(16, 1))
nn.init.xavier_normal_(net[0].weight, generator=g)
nn.init.xavier_normal_(net[3].weight, generator=g)
optimizer = torch.optim.SGD(net.parameters(), lr=0.3)
for epoch in range(60):
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
