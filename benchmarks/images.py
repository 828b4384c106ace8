"""Training on pictures beside a plain PyTorch loop: ``python benchmarks/images.py [--json] [--rounds N] [--live]``.

The default network (blocks of 16 and 32 channels) on 28 × 28 pictures, mini-batches of 32, one thread. Both take the
same steps from the same weights, and both look at the loss of each step; rounds alternate, and the best of each counts.
``session`` is the trainer as a page shows it: in slices, measured now and then, with frames. Rates are steps for each
second that the thread had a processor, so that other programs on the machine count little.

With ``--live`` sessions play on a server of this process, each with a viewer that draws at once: one on pictures, three
of them, three with ten of the 2-D playground beside, and those ten alone. Steps and frames a second of the wall clock,
and how long a command takes; read them as ratios of one run.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from playground.experiment import default_experiment
from playground.images.experiment import ImageExperiment
from playground.images.trainer import ImageTrainer
from playground.live.answering import Commands, answer
from playground.live.base import Session
from playground.live.commands import COMMANDS
from playground.live.limits import Limits
from playground.live.session import LiveSession
from playground.live.sessions import Server
from playground.live.shares import SLICE
from playground.live.viewer import Viewer
from playground.pictures.commands import PICTURE_COMMANDS
from playground.pictures.session import PictureSession

EXPERIMENT = ImageExperiment(dataset="glyphs", n_samples=1000, device="cpu")
STEPS = 50
WATCHED_STEPS = 550
"""As many as lie between two measurements of all pictures."""


def plain(trainer: ImageTrainer, channels_last: bool) -> float:
    """Steps a second of a loop as a tutorial has it."""
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(7 * 7 * 32, 10),
    )
    x, y = torch.from_numpy(trainer.train.images), torch.from_numpy(trainer.train.labels)
    if channels_last:
        model.to(memory_format=torch.channels_last)
        x = x.contiguous(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), lr=EXPERIMENT.learning_rate)
    taken, started = 0, time.thread_time()
    while taken < STEPS:
        for batch in torch.randperm(len(x)).split(EXPERIMENT.batch_size)[: STEPS - taken]:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[batch]), y[batch])
            loss.backward()
            optimizer.step()
            loss.item()
            taken += 1
    return taken / (time.thread_time() - started)


def ours(trainer: ImageTrainer) -> float:
    """Steps a second of the trainer, without its measurements."""
    started = time.thread_time()
    return trainer.run(steps=STEPS) / (time.thread_time() - started)


def watched(session: PictureSession, viewer: Viewer) -> float:
    """Steps a second of a session that is watched."""
    first, started = session.trainer.step, time.thread_time()
    while session.trainer.step < first + WATCHED_STEPS:
        session.advance(SLICE)
        viewer.take()
        viewer.acknowledge(viewer.frames)
    return (session.trainer.step - first) / (time.thread_time() - started)


def measure(rounds: int) -> dict[str, Any]:
    """The best of the rounds, in steps a second."""
    trainer = ImageTrainer(EXPERIMENT, every=10**9)
    session, viewer = PictureSession(EXPERIMENT), Viewer(lambda: None)
    session.join(viewer)
    session.playing = True
    torch.set_num_threads(1)
    found: dict[str, list[float]] = {"session": [], "trainer": [], "plain": [], "plain, channels last": []}
    watched(session, viewer)  # past the first epochs, which are all measured
    for _ in range(rounds + 1):  # the first one warms up
        found["session"].append(watched(session, viewer))
        found["trainer"].append(ours(trainer))
        found["plain"].append(plain(trainer, channels_last=False))
        found["plain, channels last"].append(plain(trainer, channels_last=True))
    best = {name: max(values[1:]) for name, values in found.items()}
    ratios = {f"{name} / plain": best[name] / best["plain"] for name in ("session", "trainer")}
    return {**best, **ratios, "session / channels last": best["session"] / best["plain, channels last"]}


class Playing:
    """A session that plays on a server, with a viewer that draws each frame at once."""

    def __init__(self, server: Server, session: Session, commands: Commands) -> None:
        self.session, self.commands = session, commands
        self.viewer = Viewer(lambda: None)
        server.ensure(session)
        session.join(self.viewer)
        self.answers: list[float] = []
        session.set_speed(None if isinstance(session, PictureSession) else session.speed)
        session.play()

    def ask(self) -> None:
        """A command that changes nothing; its answer is timed."""
        started = time.perf_counter()
        answer(self.session, self.viewer, {"cmd": "stop_at", "epoch": None, "id": 1}, self.commands)
        self.answers.append(time.perf_counter() - started)

    @property
    def steps(self) -> int:
        """Steps taken."""
        return self.session.trainer.step  # type: ignore[attr-defined, no-any-return]


def together(pictures: int, players: int, seconds: float) -> dict[str, Any]:
    """What so many sessions reach together."""
    server = Server(Limits())
    playing = [Playing(server, PictureSession(EXPERIMENT), PICTURE_COMMANDS) for _ in range(pictures)]
    playing += [Playing(server, LiveSession(default_experiment()), COMMANDS) for _ in range(players)]
    _draw(playing, 2.0)
    for one in playing:
        one.answers.clear()
    before = [(one.steps, one.viewer.frames) for one in playing]
    started = time.perf_counter()
    _draw(playing, seconds)
    elapsed = time.perf_counter() - started
    rates = [
        ((one.steps - steps) / elapsed, (one.viewer.frames - frames) / elapsed)
        for one, (steps, frames) in zip(playing, before, strict=True)
    ]
    answers = [one.answers for one in playing]
    for one in playing:
        one.session.pause()
        server.close(one.session)
    server.scheduler.stop()
    parts = {"pictures": slice(pictures), "players": slice(pictures, None)}
    return {
        name: {
            "steps": [round(steps, 1) for steps, _ in rates[part]],
            "frames": [round(frames, 1) for _, frames in rates[part]],
            "slowest answer": round(max(max(found) for found in answers[part]), 3),
        }
        for name, part in parts.items()
        if rates[part]
    }


def _draw(playing: list[Playing], seconds: float) -> None:
    """Draw what comes for some seconds, and ask each session for something twice a second."""
    ends = time.perf_counter() + seconds
    asked = 0.0
    while (now := time.perf_counter()) < ends:
        for one in playing:
            if any(isinstance(message, bytes) for message in one.viewer.take()):
                one.session.acknowledge(one.viewer, one.viewer.frames)
        if now > asked + 0.5:
            asked = now
            for one in playing:
                one.ask()
        time.sleep(0.004)


def live(seconds: float) -> dict[str, Any]:
    """One session on pictures, three, three beside ten players, and those alone."""
    cases = {"one": (1, 0), "three": (3, 0), "three and ten": (3, 10), "ten": (0, 10)}
    return {name: together(*counts, seconds) for name, counts in cases.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Steps a second on pictures, beside plain PyTorch.")
    parser.add_argument("--json", action="store_true", help="print an object")
    parser.add_argument("--rounds", type=int, default=5, help="rounds after the first")
    parser.add_argument("--live", action="store_true", help="sessions on a server")
    parser.add_argument("--seconds", type=float, default=8.0, help="of each live measurement")
    options = parser.parse_args()
    if options.live:
        print(json.dumps(live(options.seconds), indent=1))
        return
    found = measure(options.rounds)
    if options.json:
        print(json.dumps(found, indent=1))
        return
    for name, value in found.items():
        print(f"{name:24} {value:8.2f}" + ("" if "/" in name else " steps/s"))


if __name__ == "__main__":
    main()
