"""Where the processor's time goes while many play: the server's sessions in this process, without sockets.

    python benchmarks/turns.py --sessions 50 --seconds 5
    python benchmarks/turns.py --sessions 50 --epochs 3000 --profile

Each viewer takes its frames and acknowledges them at once. Told is the processor's time of the whole process, which
other load on the machine changes little, beside the rates, which it changes: what a frame takes besides training is
all but the time that the same epochs take in one run of a trainer alone.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import statistics
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from playground.engine.fused import warm_up
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.live.limits import Limits
from playground.live.session import LiveSession
from playground.live.sessions import SWITCH_SECONDS, Server
from playground.live.viewer import Viewer


class Reader(Viewer):
    """A viewer with an endless fast line, of a page that paints the maps itself or leaves them to the server."""

    def __init__(self, paints: bool) -> None:
        super().__init__(self.read)
        self.paints = paints
        self.bytes = 0

    def read(self) -> None:
        """Take what waits and acknowledge it."""
        for message in self.take():
            self.bytes += len(message)
            if isinstance(message, bytes):
                self.acknowledge(self.frames)


def play(server: Server, count: int, epochs: int, paints: bool = True) -> list[LiveSession]:
    """So many sessions of the default experiment, each with a viewer, that have trained for some epochs and play."""
    sessions = []
    for seed in range(count):
        session = server.open(Experiment(seed=seed))
        if epochs:
            session.trainer.run(epochs=epochs)
        session.join(Reader(paints))
        session.admit = lambda: None
        sessions.append(session)
    for session in sessions:
        session.play()
    return sessions


def epoch_alone(epochs: int = 4_000) -> float:
    """Seconds of the processor for an epoch of the default experiment."""
    trainer = Trainer(Experiment())
    trainer.run(epochs=100)
    started = time.thread_time()
    trainer.run(epochs=epochs)
    return (time.thread_time() - started) / epochs


def measure(server: Server, sessions: list[LiveSession], seconds: float) -> dict[str, object]:
    """Frames, epochs and the processor's time of so many seconds."""
    viewers = [session.viewers[0] for session in sessions]
    frames = [viewer.frames for viewer in viewers]
    epochs = [session.trainer.epoch for session in sessions]
    sent = sum(viewer.bytes for viewer in viewers)
    busy, started = time.process_time(), time.perf_counter()
    time.sleep(seconds)
    elapsed, busy = time.perf_counter() - started, time.process_time() - busy
    frames = [viewer.frames - before for viewer, before in zip(viewers, frames, strict=True)]
    epochs = [session.trainer.epoch - before for session, before in zip(sessions, epochs, strict=True)]
    sent = sum(viewer.bytes for viewer in viewers) - sent
    training = sum(epochs) * epoch_alone()
    rates = sorted(n / elapsed for n in frames)
    return {
        "sessions": len(sessions),
        "frames_per_second_median": round(statistics.median(rates), 1),
        "slowest_to_median": round(rates[0] / statistics.median(rates), 2),
        "epochs_per_second_median": round(statistics.median(epochs) / elapsed, 1),
        "cpu_cores": round(busy / elapsed, 2),
        "cpu_ms_per_frame": round(1000 * busy / sum(frames), 3),
        "besides_training": round(1000 * (busy - training) / sum(frames), 3),
        "training_share": round(training / busy, 2),
        "bytes_per_frame": round(sent / sum(frames)),
    }


def main() -> None:
    """Play, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sessions", type=int, default=50, help="how many play")
    parser.add_argument("--epochs", type=int, default=0, help="epochs that each has trained before")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long to measure")
    parser.add_argument("--workers", type=int, default=0, help="training threads (0: one for each core)")
    parser.add_argument("--frame-rate", type=float, default=60.0, help="frames a second at most")
    parser.add_argument("--server-paints", action="store_true", help="the maps are the server's work")
    parser.add_argument("--profile", action="store_true", help="where the training threads' time goes")
    options = parser.parse_args()
    warm_up()
    sys.setswitchinterval(SWITCH_SECONDS)
    bounds = Limits(
        max_sessions=1000, max_playing=1000, workers=options.workers, frame_rate=options.frame_rate
    )
    profiles = []
    if options.profile:
        profiles = profiled_threads()
    server = Server(bounds)
    sessions = play(server, options.sessions, options.epochs, not options.server_paints)
    time.sleep(3.0)  # the frame rate is shared out every two seconds
    print(json.dumps(measure(server, sessions, options.seconds), indent=2))
    server.scheduler.stop()
    if profiles:
        stats = pstats.Stats(*profiles)
        stats.strip_dirs().sort_stats("tottime").print_stats(45)


def profiled_threads() -> list[cProfile.Profile]:
    """Profiles of the threads that start from now on, by the processor's time of each."""
    profiles: list[cProfile.Profile] = []
    run = threading.Thread.run

    def profiled(self: threading.Thread) -> None:
        if self.name.startswith("training"):
            profiles.append(cProfile.Profile(time.thread_time))
            profiles[-1].runcall(run, self)
        else:
            run(self)

    threading.Thread.run = profiled  # type: ignore[method-assign]
    return profiles


if __name__ == "__main__":
    main()
