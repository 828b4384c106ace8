"""What a wall does with commands and slices, and what its viewers are sent, without a socket between."""

from __future__ import annotations

import json

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from waiting import until

from playground import Experiment, InvalidValue, Trainer
from playground.chapters import sections
from playground.chapters.tuning import wall as section
from playground.engine.choose import fused_module
from playground.live import sessions
from playground.live.commands import carry_out
from playground.live.frames import decode
from playground.live.limits import Limits
from playground.live.routes import UNKNOWN
from playground.live.scheduler import Scheduler
from playground.live.session import LiveSession
from playground.live.viewer import Viewer
from playground.serving import ROUTES
from playground.walls import Side, Wall
from playground.walls.commands import WALL_COMMANDS
from playground.walls.picture import CURVE, map_size
from playground.walls.session import WallSession, open_wall

pytestmark = pytest.mark.usefixtures("kernel")

BASE = Experiment(dataset="moons", n_samples=60, hidden=(4,), engine="fused", validation_fraction=0.2)
RATES, DECAYS = Side("learning_rate", 1e-3, 3.0), Side("l2", 1e-4, 1.0)


def small(count: int = 25, **fields: object) -> Wall:
    return Wall(**{"base": BASE, "x": RATES, "y": DECAYS, "count": count, "epochs": 4, **fields})  # type: ignore[arg-type]


class Watched:
    """A wall and one viewer that acknowledges every frame."""

    def __init__(self, wall: Wall, bounds: Limits | None = None) -> None:
        self.session = WallSession(wall, bounds=bounds or Limits())
        self.viewer = Viewer(lambda: None)
        self.session.join(self.viewer)
        self.scenes: list[dict] = []
        self.frames: list[tuple[dict, dict]] = []
        self.do("hello")

    def do(self, cmd: str, **fields: object) -> object:
        reply = carry_out(self.session, self.viewer, {"cmd": cmd, **fields}, WALL_COMMANDS)
        self.receive()
        return reply

    def receive(self) -> None:
        for message in self.viewer.take():
            if isinstance(message, bytes):
                self.frames.append(decode(message))
            else:
                self.scenes.append(json.loads(message))
        self.viewer.acknowledge(10**9)

    def run(self) -> None:
        """Serve the session as the scheduler would, until it rests."""
        while self.session.due(0.0) is not None:
            self.session.advance(0.002)
            self.viewer.next_time = 0.0
            self.receive()


def test_hello_tells_what_hangs_where_and_shows_it() -> None:
    seen = Watched(small())
    seen.run()
    scene = seen.scenes[0]
    assert (scene["type"], scene["arrangement"], scene["boxes"], scene["epochs"]) == ("scene", "grid", [], 4)
    experiments = small().experiments
    assert scene["sides"][0]["values"] == [one.learning_rate for one in experiments]
    assert scene["sides"][1]["values"] == [one.l2 for one in experiments]
    header, arrays = seen.frames[-1]
    assert (header["status"], header["epoch"], header["step"]) == ("paused", 0, 0)
    size = map_size(25)
    assert arrays["map"].shape == (25, size, size)
    assert arrays["curves"].shape == (25, CURVE)
    assert np.isfinite(arrays["loss"]).all()


def test_every_network_is_the_run_that_it_names_and_its_map_is_its_boundary() -> None:
    seen = Watched(small())
    seen.session.begin()
    seen.run()
    header, arrays = seen.frames[-1]
    assert (header["status"], header["epoch"]) == ("paused", 4)
    assert len(seen.frames) > 1
    for place in (0, 7, 24):
        trainer = Trainer(small().experiments[place])
        trainer.run(epochs=4)
        last = trainer.history.last()
        assert arrays["loss"][place] == np.float32(last["loss_validation"])
        assert arrays["accuracy"][place] == np.float32(last["accuracy_validation"])
        alone = LiveSession(trainer.experiment)
        alone.adopt(trainer.checkpoint())
        alone.grid_size = map_size(25)
        one = Viewer(lambda: None)
        alone.join(one)
        alone.refresh(one)
        (frame,) = [message for message in one.take() if isinstance(message, bytes)]
        np.testing.assert_array_equal(arrays["map"][place], decode(frame)[1]["map"])
    falling = int(np.argmin(arrays["loss"]))
    assert arrays["curves"][falling, 0] > arrays["curves"][falling, 4] > 0
    assert (arrays["curves"][:, 5:] == 0).all(), "five epochs have been, the first one before any step"


def test_what_the_page_says_below_is_what_the_live_wall_says() -> None:
    found = sections["tuning/wall"]
    settings = found.settings(networks=49, epochs=5)
    said = found.verdict(found.run(networks=49, epochs=5), settings)
    seen = Watched(section.wall(settings))
    seen.session.begin()
    seen.run()
    header, arrays = seen.frames[-1]
    assert header["epoch"] == 5
    assert header["good"] == said.values["good"]
    assert f"{arrays['loss'][header['best']]:.3f}" == said.values["loss"]


def test_more_epochs_go_on_and_anything_else_starts_anew() -> None:
    seen = Watched(small())
    seen.session.begin()
    seen.run()
    seen.session.apply(small(epochs=6))
    seen.run()
    assert (seen.session.epoch, seen.session.run_number) == (6, 1)
    box = (0.5, 1.0, 0.0, 0.5)
    seen.session.apply(small(epochs=6, boxes=(box,)))
    assert (seen.session.epoch, seen.session.run_number) == (0, 2)
    seen.run()
    assert seen.session.epoch == 6
    assert seen.scenes[-1]["boxes"] == [list(box)]
    assert min(seen.scenes[-1]["sides"][0]["values"]) == pytest.approx(np.sqrt(3e-3), rel=0.01)
    seen.session.apply(small(epochs=2, boxes=(box,)))
    assert seen.session.epoch == 0


def test_it_pauses_walks_and_is_reset() -> None:
    seen = Watched(small(epochs=200))
    seen.run()
    seen.do("play")
    assert seen.session.playing
    seen.do("pause")
    assert not seen.session.crowd.busy
    step = seen.session.step
    seen.do("epoch", count=2)
    seen.session.settle()
    assert seen.session.epoch == step // seen.session.steps_per_epoch + 2
    seen.do("reset", weights="same")
    assert (seen.session.step, seen.session.playing) == (0, False)
    before = seen.session.experiment(3)
    assert seen.do("reset", weights="new")["revision"] == seen.session.revision  # type: ignore[index]
    assert seen.session.experiment(3) == before.replace(init_seed=1)


def test_it_rests_while_nobody_looks_and_has_a_last_epoch() -> None:
    seen = Watched(small())
    seen.run()
    seen.do("stop_at", epoch=None)
    seen.do("play")
    seen.do("visible", on=False)
    assert seen.session.due(0.0) is None
    seen.do("visible", on=True)
    assert seen.session.due(0.0) is not None
    seen.session.crowd.parts[0][1].epoch = seen.session.last_epoch
    with pytest.raises(InvalidValue) as refused:
        seen.do("play")
    assert refused.value.key == "sentence.longest_wall"


def test_a_network_goes_on_in_the_playground_where_it_was() -> None:
    seen = Watched(small())
    seen.session.begin()
    seen.run()
    live = LiveSession(Experiment())
    live.adopt(seen.session.checkpoint(12))
    assert live.experiment == seen.session.experiment(12)
    assert live.trainer.epoch == 4
    live.trainer.run(epochs=2)
    alone = Trainer(live.experiment)
    alone.run(epochs=6)
    np.testing.assert_array_equal(live.trainer.engine.state().params, alone.engine.state().params)
    for wrong in (-1, 25):
        with pytest.raises(InvalidValue):
            seen.session.experiment(wrong)


def test_one_that_diverges_is_told_apart_and_has_no_weights_to_go_on_with() -> None:
    plane = BASE.replace(dataset="plane", activation="relu", hidden=(8,))
    seen = Watched(small(base=plane, x=Side("learning_rate", 1e-3, 10.0)))
    seen.session.begin()
    seen.run()
    _, arrays = seen.frames[-1]
    gone = arrays["status"] == 2
    assert gone[4]
    assert not gone[0]
    assert np.isnan(arrays["loss"][gone]).all()
    assert seen.session.checkpoint(4) is None


def test_all_networks_together_fit_the_server() -> None:
    with pytest.raises(InvalidValue) as refused:
        WallSession(small(400), bounds=Limits(max_parameters=1000))
    assert refused.value.key == "wall.parameters"


def test_a_full_server_lets_it_wait_for_a_press_of_play(monkeypatch: pytest.MonkeyPatch) -> None:
    server = sessions.Server(Limits(max_playing=0))
    monkeypatch.setattr(sessions, "_server", server)
    live = open_wall(small())
    assert not live.playing
    with pytest.raises(InvalidValue):
        live.play()
    server.scheduler.stop()


def test_its_socket_plays_and_takes_no_other_token(monkeypatch: pytest.MonkeyPatch) -> None:
    server = sessions.Server(Limits())
    monkeypatch.setattr(sessions, "_server", server)
    live = open_wall(small(epochs=3))
    client = TestClient(Starlette(routes=ROUTES))
    with client.websocket_connect(f"/wall/{live.token}", headers={"origin": "http://testserver"}) as socket:
        socket.send_json({"cmd": "hello", "id": 1})
        epoch = 0
        while epoch < 3:
            message = socket.receive()
            if message.get("bytes"):
                header, _ = decode(message["bytes"])
                epoch = header["epoch"]
                socket.send_json({"cmd": "ack", "frame": header["frame"]})
    for address in (f"/live/{live.token}", f"/race/{live.token}", "/wall/nonsense"):
        with client.websocket_connect(address) as socket:
            assert socket.receive() == {"type": "websocket.close", "code": UNKNOWN, "reason": ""}
    server.scheduler.stop()


def test_a_wall_begins_once_the_compiled_engine_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    ready: list[bool] = []
    monkeypatch.setattr(fused_module(), "usable", lambda: bool(ready))
    seen = Watched(small())
    seen.session.begin()
    scheduler = Scheduler(1)
    try:
        scheduler.add(seen.session)
        assert seen.session.crowd is None
        ready.append(True)
        until(lambda: seen.session.crowd is not None)
    finally:
        scheduler.stop()
