"""Short programs of the sections: features that were learned on some digits, then a task with few of the others."""

from __future__ import annotations

HEAD = """import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional as F

torch.manual_seed({seed})
table = load_digits()
x = torch.tensor(table.images / 16, dtype=torch.float32)[:, None]
y = torch.tensor(table.target)
features = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
)


def learn(model, x, y, lr, steps):
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=lr)
    for _ in range(steps):
        batch = torch.randint(len(x), (20,))
        optimizer.zero_grad()
        F.cross_entropy(model(x[batch]), y[batch]).backward()
        optimizer.step()


learn(nn.Sequential(features, nn.Linear(128, 10)), x[y < 5], y[y < 5], lr=0.003, steps=300)  # pre-training on 0 to 4
"""

TAIL = """
few, rest = (part[y >= 5] for part in (x, y)), slice({count}, None)
x_new, y_new = few
model = nn.Sequential(features, nn.Linear(128, 10))  # the classifier is new
{freeze}learn(model, x_new[:{count}], y_new[:{count}], lr={rate}, steps={steps})
right = (model(x_new[rest]).argmax(1) == y_new[rest]).float().mean()
print(f"{{right:.3f}} of 5 to 9 read after {count} pictures")
"""


def program(start: str, count: int, rate: float, steps: int, seed: int) -> str:
    """Pre-train on the digits 0 to 4, then learn 5 to 9 from ``count`` pictures, beginning as ``start`` says."""
    freeze = {
        "scratch": "for layer in features:\n    if isinstance(layer, nn.Conv2d):\n        layer.reset_parameters()"
        "  # as if there had been no pre-training\n",
        "frozen": "features.requires_grad_(False)\n",
        "last": "features[0].requires_grad_(False)  # only the last block learns\n",
    }.get(start, "")
    own = rate / 10 if start == "slow" else rate
    return HEAD.format(seed=seed) + TAIL.format(count=count, rate=f"{own:.3g}", steps=steps, freeze=freeze)
