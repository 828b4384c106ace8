"""Surfaces against autograd and SciPy; the loss landscape against plain forward passes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.optimize import rosen, rosen_der, rosen_hess

from playground.chapters.optimization.landscapes import (
    LossOf,
    Plane,
    landscape,
    principal_plane,
    random_plane,
    record,
)
from playground.chapters.optimization.surfaces import SURFACES, _network
from playground.data import prepare
from playground.experiment import Experiment
from playground.model import Layout, build
from playground.registry import InvalidValue
from playground.views.contours import isolines

POINTS = ((0.7, -1.1), (-1.3, 0.4), (2.0, 1.5))


def other(surface):
    """A choice away from the defaults."""
    return surface.spec(
        **{p.name: p.check(p.low + 0.3 * (p.high - p.low)) for p in surface.params if p.kind == "float"}
    )


def as_code(surface, spec):
    """The surface's shown expression as a function of a tensor (2,)."""
    source = surface.expression(spec)
    return lambda w: eval(source, {"torch": torch, "x": w[0], "y": w[1]})


@pytest.mark.parametrize(
    "name", [name for name in SURFACES if SURFACES[name].expression(SURFACES[name].spec())]
)
@pytest.mark.parametrize("where", POINTS)
def test_value_gradient_and_hessian_agree_with_autograd_on_the_shown_code(name, where):
    surface = SURFACES[name]
    for spec in (surface.spec(), other(surface)):
        f = as_code(surface, spec)
        w = torch.tensor(where, dtype=torch.float64)
        assert surface.value(*where, spec) == pytest.approx(f(w).item(), rel=1e-6, abs=1e-9)
        g = torch.autograd.functional.jacobian(f, w)
        assert surface.gradient(*where, spec) == pytest.approx(g.tolist(), rel=1e-6, abs=1e-6)
        H = torch.autograd.functional.hessian(f, w)
        xx, xy, yy = surface.hessian(*where, spec)
        np.testing.assert_allclose([[xx, xy], [xy, yy]], H, rtol=1e-6, atol=1e-5)


def test_rosenbrock_is_scipys():
    surface = SURFACES["rosenbrock"]
    for where in POINTS:
        spec, (x, y) = surface.spec(), where
        assert surface.value(x, y, spec) == pytest.approx(rosen(where))
        assert surface.gradient(x, y, spec) == pytest.approx(list(rosen_der(np.array(where))))
        xx, xy, yy = surface.hessian(x, y, spec)
        np.testing.assert_allclose([[xx, xy], [xy, yy]], rosen_hess(np.array(where)))


@pytest.mark.parametrize("name", list(SURFACES))
def test_minima_are_flat_lowest_and_in_the_picture(name):
    surface = SURFACES[name]
    spec = surface.spec()
    (x_low, x_high), (y_low, y_high) = surface.domain(spec)
    for x, y in (*surface.minima(spec), surface.start(spec)):
        assert x_low < x < x_high
        assert y_low < y < y_high
    for x, y in surface.minima(spec):
        assert surface.value(x, y, spec) == pytest.approx(surface.lowest(spec), abs=1e-9)
        assert surface.gradient(x, y, spec) == pytest.approx((0, 0), abs=1e-6)
        xx, xy, yy = surface.hessian(x, y, spec)
        assert min(np.linalg.eigvalsh([[xx, xy], [xy, yy]])) > 0


def test_a_quadratic_has_its_condition_number_however_it_is_turned():
    surface = SURFACES["quadratic"]
    xx, xy, yy = surface.hessian(0, 0, surface.spec(kappa=50.0, angle=35.0))
    low, high = np.linalg.eigvalsh([[xx, xy], [xy, yy]])
    assert high / low == pytest.approx(50)


def test_the_network_surface_is_a_networks_loss():
    surface = SURFACES["network"]
    spec = surface.spec()
    x, y = 1.3, -2.1
    h = 1e-4
    slope = (surface.value(x + h, y, spec) - surface.value(x - h, y, spec)) / (2 * h)
    assert surface.gradient(x, y, spec)[0] == pytest.approx(slope, rel=1e-5)
    network = _network(spec)
    center, directions = torch.from_numpy(network.plane.center), torch.from_numpy(network.plane.directions)
    H = torch.autograd.functional.hessian(
        lambda where: network.loss_of.one(center + where @ directions),
        torch.tensor([x, y], dtype=torch.float64),
    )
    xx, xy, yy = surface.hessian(x, y, spec)
    np.testing.assert_allclose([[xx, xy], [xy, yy]], H, rtol=1e-5, atol=1e-8)
    grid = surface.value(np.array([[0.0, x]]), np.array([[0.0, y]]), spec)
    assert grid.shape == (1, 2)
    assert grid[0, 1] == pytest.approx(surface.value(x, y, spec))


# --- landscape -------------------------------------------------------------------------------------------

EXPERIMENTS = (
    Experiment(dataset="moons", hidden=(5, 3), n_samples=80),
    Experiment(dataset="iris", hidden=(4,), activation="prelu", batch_norm=True, batch_size=20),
    Experiment(dataset="plane", hidden=(4,), activation="maxout", n_samples=60),
)


@pytest.fixture(scope="module", params=range(len(EXPERIMENTS)))
def run(request):
    return record(EXPERIMENTS[request.param], 12)


def test_losses_are_those_of_a_plain_network(run):
    experiment = run.experiment
    data = prepare(experiment)
    network = build(experiment).eval()
    layout = Layout.of(experiment)
    state = network.state_dict()
    for block, flat in (
        *((b, run.params[-1]) for b in layout.parameters),
        *((b, run.buffers) for b in layout.buffers),
    ):
        state[block.name].copy_(torch.tensor(block.view(flat)))
    with torch.no_grad():
        scores = network(torch.tensor(data.F_train))
    y = torch.tensor(data.y_train)
    if experiment.task == "binary":
        expected = torch.nn.functional.binary_cross_entropy_with_logits(scores[:, 0], y)
    elif experiment.task == "multiclass":
        expected = torch.nn.functional.cross_entropy(scores, y)
    else:
        expected = torch.nn.functional.mse_loss(scores[:, 0], y)
    found = LossOf(experiment, run.buffers)(run.params)[-1]
    assert found == pytest.approx(expected.item(), rel=1e-4) or found == pytest.approx(
        expected.item() / 2, rel=1e-4
    )


def test_random_directions_are_filter_normalised(run):
    plane = random_plane(run, seed=3)
    for block in Layout.of(run.experiment).parameters:
        for direction in plane.directions:
            part = block.view(direction)
            if block.kind == "weight":
                own = np.linalg.norm(block.view(plane.center), axis=1)
                np.testing.assert_allclose(np.linalg.norm(part, axis=1), own)
            else:
                assert not part.any()


def test_principal_directions_hold_more_of_the_path_than_any_random_plane(run):
    plane = principal_plane(run)
    np.testing.assert_allclose(plane.directions @ plane.directions.T, np.eye(2), atol=1e-6)
    best = plane.explained(run.params)
    assert best > 0.8
    rng = np.random.default_rng(0)
    for _ in range(5):
        directions = np.linalg.qr(rng.standard_normal((len(plane.center), 2)))[0].T
        assert Plane(plane.center, directions).explained(run.params) < best


@pytest.mark.parametrize("make", [principal_plane, random_plane])
def test_the_landscape_holds_solution_and_path(run, make):
    found = landscape(run, make(run), points=15)
    assert len(found.grid) == 225
    assert np.isfinite(found.grid["loss"]).all()
    assert found.path[["a", "b"]].iloc[-1].tolist() == pytest.approx([0, 0], abs=1e-9)
    assert found.path["epoch"].tolist() == run.epochs.tolist()
    assert found.path["loss"].iloc[-1] < found.path["loss"].iloc[0]
    for axis in ("a", "b"):
        assert found.grid[axis].min() < found.path[axis].min()
        assert found.grid[axis].max() > found.path[axis].max()


def test_a_path_needs_three_points():
    with pytest.raises(InvalidValue, match="at least 2 epochs"):
        principal_plane(record(EXPERIMENTS[0], 1))


def test_the_work_of_a_grid_is_bounded():
    wide = Experiment(hidden=(64,) * 8, n_samples=5000)
    buffers = np.empty(0, np.float32)
    assert LossOf(wide, buffers, points=1681).rows < 100
    assert LossOf(Experiment(), buffers, points=1681).rows == 250


def test_isolines_of_a_cone_are_circles():
    axis = np.linspace(-1, 1, 41)
    x, y = np.meshgrid(axis, axis)
    lines = isolines(axis, axis, np.hypot(x, y), np.array([0.3, 0.6]))
    radius = np.hypot(lines["x"], lines["y"])
    assert np.abs(radius - lines["level"]).max() < 0.01
    length = np.hypot(lines["x2"] - lines["x"], lines["y2"] - lines["y"]).groupby(lines["level"]).sum()
    assert length.to_numpy() == pytest.approx(2 * np.pi * np.array([0.3, 0.6]), rel=0.01)
