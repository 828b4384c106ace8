"""Painting and looking at a regression whose target is learned scaled."""

from playground import Experiment
from playground.data import Points
from playground.live.commands import carry_out
from playground.live.limits import Limits
from playground.live.session import LiveSession
from playground.live.viewer import Viewer

ROWS = tuple((float(i), float(i % 7), 1000.0 + 100 * i) for i in range(40))
POINTS = Points(target_name="price", rows=ROWS, target_scale=(2950.0, 1154.0))


def test_the_brushs_value_becomes_the_files_and_the_scene_tells_the_scale():
    session = LiveSession(Experiment(dataset="custom", points=POINTS, device="cpu"), bounds=Limits())
    viewer = Viewer(lambda: None)
    session.join(viewer)
    scene = session.painter.scene(session.shown())
    assert tuple(scene["target_scale"]) == (2950.0, 1154.0)
    assert max(scene["points"]["y"]) < 3
    carry_out(session, viewer, {"cmd": "points", "op": "add", "rows": [[5.0, 5.0, 1.0]]})
    assert session.points().targets[-1] == 2950 + 1154
    assert session.points().target_scale == POINTS.target_scale
    carry_out(session, viewer, {"cmd": "points", "op": "undo"})
    assert session.points() == POINTS


def test_a_set_of_its_own_has_no_scale():
    session = LiveSession(Experiment(dataset="plane", device="cpu"), bounds=Limits())
    assert session.painter.scene(session.shown())["target_scale"] is None
