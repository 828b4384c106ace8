"""Short PyTorch programs for the experiments that no full run stands for; the tests run each of them."""

from __future__ import annotations

from playground.chapters.initialization.rbm import START_STD, Settings
from playground.chapters.initialization.signals import ROWS, Setting
from playground.techniques import ACTIVATIONS, INITIALIZERS


def layers_code(setting: Setting) -> str:
    """A program that passes standard-normal inputs through a deep network and prints each layer's spread."""
    activation, init = ACTIVATIONS[setting.activation.name], INITIALIZERS[setting.init.name]
    rows = setting.width * activation.pieces(setting.activation)
    fill = init.export(setting.init).format(w="linear.weight")
    fill_bias = init.export_bias(setting.init).format(b="linear.bias", w="linear.weight")
    uses_math = "import math\n\n" if "math." in fill + fill_bias else ""
    return f"""{uses_math}import torch
from torch import nn

g = torch.Generator().manual_seed({setting.seed})
h = torch.randn({ROWS}, {setting.width}, generator=g)
activation = {activation.export(setting.activation)}
with torch.no_grad():
    for layer in range(1, {setting.depth + 1}):
        linear = nn.Linear({setting.width}, {rows})
        {fill}
        {fill_bias}
        h = activation(linear(h))
        print(f"layer {{layer:2d}}   mean {{h.mean():10.3g}}   std {{h.std():10.3g}}")
"""


def rbm_code(n_hidden: int, settings: Settings) -> str:
    """A program that trains one machine on the digits by contrastive divergence."""
    return f"""import torch
from sklearn.datasets import load_digits

g = torch.Generator().manual_seed(0)
X = torch.tensor(load_digits().data / 16, dtype=torch.float32)
share = X.mean(0).clamp(0.01, 0.99)
W = {START_STD} * torch.randn({n_hidden}, 64, generator=g)
b, a = torch.zeros({n_hidden}), torch.log(share / (1 - share))
step_W, step_b, step_a = torch.zeros_like(W), torch.zeros_like(b), torch.zeros_like(a)

for epoch in range({settings.epochs}):
    error = 0.0
    for v in X[torch.randperm(len(X), generator=g)].split({settings.batch_size}):
        positive = up = torch.sigmoid(v @ W.T + b)
        for k in range({settings.k}):
            if k > 0:  # go on from a sampled picture
                down = (down > torch.rand(v.shape, generator=g)).float()
                up = torch.sigmoid(down @ W.T + b)
            h = (up > torch.rand(up.shape, generator=g)).float()
            down = torch.sigmoid(h @ W + a)
            up = torch.sigmoid(down @ W.T + b)
            error += (v - down).square().sum().item() if k == 0 else 0.0
        n = len(v)
        gradient = (positive.T @ v - up.T @ down) / n - {settings.weight_decay} * W
        step_W = {settings.momentum} * step_W + {settings.learning_rate} * gradient
        step_b = {settings.momentum} * step_b + {settings.learning_rate} * (positive - up).mean(0)
        step_a = {settings.momentum} * step_a + {settings.learning_rate} * (v - down).mean(0)
        W, b, a = W + step_W, b + step_b, a + step_a
    print(f"epoch {{epoch + 1:3d}}   mean squared reconstruction error {{error / X.numel():.4f}}")
"""
