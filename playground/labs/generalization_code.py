"""Short PyTorch programs for the experiments that no full run stands for; the tests run each of them."""

SNIPPETS: dict[str, str] = {}
"""Programs by section."""

SNIPPETS["bias"] = """import torch

g = torch.Generator().manual_seed(0)
f = lambda x: x * torch.sin(2 * torch.pi * x)
grid = torch.linspace(0, 1, 101, dtype=torch.float64)
n, sigma, samples = 30, 0.2, 200
for degree in (1, 5, 15):
    def basis(x):  # 1, u, u², … with u in [-1, 1]
        return (2 * x - 1)[:, None] ** torch.arange(degree + 1)
    fits = []
    for _ in range(samples):
        x = (torch.arange(n) + torch.rand(n, generator=g, dtype=torch.float64)) / n
        y = f(x) + sigma * torch.randn(n, generator=g, dtype=torch.float64)
        w = torch.linalg.lstsq(basis(x), y[:, None]).solution[:, 0]
        fits.append(basis(grid) @ w)
    fits = torch.stack(fits)
    bias2 = (fits.mean(0) - f(grid)).square().mean()
    variance = fits.var(0, correction=0).mean()
    print(f"degree {degree:2d}   bias² {bias2:.4f}   variance {variance:.4f}   noise {sigma**2:.4f}")
"""

SNIPPETS["descent"] = """import torch

g = torch.Generator().manual_seed(0)
n, d, sigma = 40, 5, 0.3
draw = lambda *shape: torch.randn(*shape, generator=g, dtype=torch.float64)
X, X_test, teacher = draw(n, d), draw(500, d), draw(d)
teacher /= teacher.norm()
y = X @ teacher + sigma * draw(n)
W = draw(d, 400) / d**0.5
for p in (5, 10, 20, 30, 40, 50, 80, 150, 400):
    A, A_test = torch.relu(X @ W[:, :p]), torch.relu(X_test @ W[:, :p])
    w = torch.linalg.pinv(A, rtol=1e-12) @ y  # the solution of least norm
    train, test = (A @ w - y).square().mean(), (A_test @ w - X_test @ teacher).square().mean()
    print(f"{p:3d} features   training error {train:.4f}   test error {test:.3f}")
"""

SNIPPETS["constraint"] = """import torch

H = torch.tensor([[1.0, 0.5], [0.5, 1.0]])
best = torch.tensor([1.0, 0.5])
for strength in (0.0, 0.1, 0.3, 0.6, 1.0):
    ridge = torch.linalg.solve(H + strength * torch.eye(2), H @ best)
    w = torch.zeros(2)
    for _ in range(2000):  # a gradient step, then the soft threshold
        w = w - 0.1 * (H @ (w - best))
        w = w.sign() * torch.relu(w.abs() - 0.1 * strength)
    print(f"λ = {strength:.1f}   L1 {w[0]:.3f} {w[1]:.3f}   L2 {ridge[0]:.3f} {ridge[1]:.3f}")
"""

SNIPPETS["dropout"] = """import torch

g = torch.Generator().manual_seed(0)
h, p = torch.tensor([0.5, 1.0, 2.0]), 0.5
kept = (torch.rand(10_000, 3, generator=g) >= p).float()
print("classic:  training", (kept * h).mean(0), "  evaluation", (1 - p) * h)
print("inverted: training", (kept * h / (1 - p)).mean(0), "  evaluation", h)

net = torch.nn.Sequential(torch.nn.Linear(2, 16), torch.nn.ReLU(), torch.nn.Dropout(p), torch.nn.Linear(16, 1))
x = torch.randn(5, 2, generator=g)
net.train()  # dropout stays on: Monte-Carlo dropout
with torch.no_grad():
    answers = torch.stack([net(x)[:, 0] for _ in range(200)])
print("mean", answers.mean(0), "  standard deviation", answers.std(0))
net.eval()
print("all units", net(x)[:, 0].detach())
"""

SNIPPETS["noise"] = """import torch
import torch.nn.functional as F

g = torch.Generator().manual_seed(0)
x, y = torch.randn(10, 2, generator=g), torch.randint(0, 2, (10,), generator=g).float()
net = torch.nn.Linear(2, 1)
loss = F.binary_cross_entropy_with_logits

noisy = x + 0.5 * torch.randn(x.shape, generator=g)
print("input noise    ", loss(net(noisy)[:, 0], y).item())

smooth = y * (1 - 0.2) + 0.2 / 2
print("label smoothing", loss(net(x)[:, 0], smooth).item())

share = torch.distributions.Beta(0.4, 0.4).sample()
partner = torch.randperm(len(x), generator=g)
score = net(share * x + (1 - share) * x[partner])[:, 0]
print("mixup          ", (share * loss(score, y) + (1 - share) * loss(score, y[partner])).item())

angle = torch.rand(len(x), generator=g) * 2 * torch.pi
turn = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], 1).view(-1, 2, 2)
turned = (turn @ x[:, :, None])[:, :, 0]
print("rotation       ", loss(net(turned)[:, 0], y).item())
"""

SNIPPETS["ensemble"] = """import torch
from sklearn.datasets import make_moons
from torch import nn

X, y = make_moons(2040, noise=0.3, random_state=0)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
X_train, y_train, X_test, y_test = X[:40], y[:40], X[40:], y[40:]
p = []
for seed in range(10):
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(100):
        optimizer.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(net(X_train)[:, 0], y_train).backward()
        optimizer.step()
    with torch.no_grad():
        p.append(torch.sigmoid(net(X_test)[:, 0]))
accuracy = lambda p: ((p > 0.5) == y_test).float().mean().item()
print("members", [round(accuracy(q), 3) for q in p])
print("mean of the members", sum(map(accuracy, p)) / len(p), "  average", accuracy(torch.stack(p).mean(0)))
"""
