"""Short PyTorch programs for the experiments that no full run stands for; the tests run each of them."""

SNIPPETS: dict[str, str] = {}
"""Programs by section."""

SNIPPETS["functions"] = """import torch
import torch.nn.functional as F

z = torch.linspace(-6, 6, 241, dtype=torch.float64, requires_grad=True)
for f in (torch.sigmoid, torch.tanh, F.relu, F.elu, F.selu, F.gelu, F.silu, F.mish, F.softplus):
    h = f(z)
    slope, = torch.autograd.grad(h.sum(), z)
    print(f"{f.__name__:9s} outputs {h.min():8.3f} to {h.max():7.3f}   largest slope {slope.max():.3f}")

difference = torch.tanh(z) - (2 * torch.sigmoid(2 * z) - 1)
print("tanh z and 2*sigmoid(2z) - 1 differ by at most", difference.abs().max().item())
"""

SNIPPETS["cost"] = """import timeit

import torch
import torch.nn.functional as F

torch.set_num_threads(1)
z, weight = torch.randn(256, 256), torch.randn(256, 256)
calls = {"relu": F.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "elu": F.elu, "gelu": F.gelu, "mish": F.mish}
calls["matrix product"] = lambda z: z @ weight
seconds = {name: min(timeit.repeat(lambda: call(z), number=20, repeat=5)) for name, call in calls.items()}
for name, taken in seconds.items():
    print(f"{name:15s} {taken / seconds['relu']:5.1f} times as long as ReLU")
"""

SNIPPETS["gradients"] = """import torch
from torch import nn

depth, width = 10, 16
g = torch.Generator().manual_seed(0)
x = torch.randn(64, 2, generator=g)
y = (x.norm(dim=1, keepdim=True) > 1.2).float()
for activation in (nn.Sigmoid, nn.Tanh, nn.ReLU):
    layers, sizes = [], [2] + [width] * depth
    for n_in, n_out in zip(sizes, sizes[1:]):
        layers += [nn.Linear(n_in, n_out), activation()]
    net = nn.Sequential(*layers, nn.Linear(width, 1))
    for layer in net:
        if isinstance(layer, nn.Linear):
            nn.init.xavier_normal_(layer.weight, generator=g)
            nn.init.zeros_(layer.bias)
    nn.functional.binary_cross_entropy_with_logits(net(x), y).backward()
    norms = [layer.weight.grad.norm().item() for layer in net if isinstance(layer, nn.Linear)]
    print(activation.__name__, " ".join(f"{norm:.1e}" for norm in norms))
"""

SNIPPETS["selu"] = """import torch
import torch.nn.functional as F

g = torch.Generator().manual_seed(0)
h = torch.randn(500, 200, generator=g)
for layer in range(1, 21):
    W = torch.randn(200, 200, generator=g) / 200**0.5  # LeCun: variance 1 / n_in
    h = F.selu(h @ W)
    print(f"layer {layer:2d}   mean {h.mean():6.3f}   variance {h.var():.3f}")
"""

SNIPPETS["zigzag"] = """import torch

g = torch.Generator().manual_seed(0)
z = torch.randn(64, 2, generator=g)
goal = torch.tensor([-1.0, 1.0]) / 2**0.5
for f in (torch.sigmoid, torch.tanh):
    h = f(z)
    w = torch.zeros(2)
    same_sign = 0
    for k in range(64):
        step = -0.3 * (h[k] @ (w - goal)) * h[k]  # gradient of (w.h - goal.h)^2 / 2
        same_sign += int(step[0] * step[1] >= 0)
        w += step
    print(f.__name__, "steps with both weights in one direction:", same_sign, "of 64,", w)
"""

SNIPPETS["iris"] = """import torch
from sklearn.datasets import load_iris
from torch import nn

X, y = (torch.tensor(a) for a in load_iris(return_X_y=True))
X = X.float()
for activation in (nn.Sigmoid, nn.ReLU):
    g = torch.Generator().manual_seed(0)
    rows = torch.randperm(150, generator=g)
    train, test = rows[:120], rows[120:]
    net = nn.Sequential(
        nn.Linear(4, 10), activation(), nn.Linear(10, 10), activation(), nn.Linear(10, 3)
    )
    for layer in net:
        if isinstance(layer, nn.Linear):
            nn.init.xavier_normal_(layer.weight, generator=g)
            nn.init.zeros_(layer.bias)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    for update in range(500):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(X[train]), y[train]).backward()
        optimizer.step()
    right = net(X).argmax(1) == y
    print(activation.__name__, right[train].float().mean().item(), right[test].float().mean().item())
"""

SNIPPETS["approximation"] = """import torch
from torch import nn

x = torch.linspace(-3, 3, 120)[:, None]
y = torch.sin(2 * x)
for n in (1, 4, 16):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(1, n), nn.Tanh(), nn.Linear(n, 1))
    optimizer = torch.optim.LBFGS(net.parameters(), lr=1, line_search_fn="strong_wolfe")

    def loss():
        optimizer.zero_grad()
        value = nn.functional.mse_loss(net(x), y)
        value.backward()
        return value

    for step in range(15):
        optimizer.step(loss)
    print(f"{n:2d} units: root mean squared error {loss().sqrt().item():.4f}")
"""

SNIPPETS["linear"] = """import torch
from sklearn.datasets import make_blobs
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import scale

X, y = make_blobs(250, centers=[[-1, -1], [1, 1]], random_state=0)
X, l2 = scale(X), 0.01
inputs, targets = torch.tensor(X), torch.tensor(y, dtype=torch.float64)
neuron = torch.nn.Linear(2, 1, dtype=torch.float64)
optimizer = torch.optim.SGD(neuron.parameters(), lr=0.5)
for update in range(2000):
    optimizer.zero_grad()
    loss = torch.nn.functional.binary_cross_entropy_with_logits(neuron(inputs)[:, 0], targets)
    (loss + l2 / 2 * neuron.weight.square().sum()).backward()
    optimizer.step()
print("network     ", neuron.weight.tolist(), neuron.bias.tolist())
model = LogisticRegression(C=1 / (len(X) * l2), tol=1e-8).fit(X, y)
print("scikit-learn", model.coef_.tolist(), model.intercept_.tolist())
"""

SNIPPETS["count"] = """from torch import nn

net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
for name, parameter in net.named_parameters():
    print(f"{name:9s} {tuple(parameter.shape)!s:8s} {parameter.numel()}")
print(sum(parameter.numel() for parameter in net.parameters()))
"""
