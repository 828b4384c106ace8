"""What a monitor is told, in Prometheus' format."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from playground.live import memory, readiness, results, sessions, tables

__all__ = ["CONTENT_TYPE_LATEST", "FRAMES", "page"]

PREFIX = "playground_"
REGISTRY = CollectorRegistry()
FRAMES = Counter(PREFIX + "frames", "Frames sent to viewers.", registry=REGISTRY)
ERRORS = Counter(PREFIX + "errors", "Errors of ours that the log tells of.", registry=REGISTRY)


class _Counting(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        ERRORS.inc()


class _Sessions(Collector):
    """What is open and plays now."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        server = sessions.server()
        playing = server.playing
        for name, help_, value in (
            ("sessions", "Open experiments and races.", len(server)),
            ("playing", "Those of them that train.", len(playing)),
            ("viewers", "Open sockets.", server.viewers),
            ("frame_rate_limit", "Frames a second that a viewer is sent at most now.", server.frame_rate),
            (
                "steps_per_second",
                "Training steps of all that play.",
                sum(s.steps_per_second for s in playing),
            ),
            ("epochs_per_second", "Epochs of all that play.", sum(s.epochs_per_second for s in playing)),
            ("training_load", "Share of the training threads' time that is taken, 0 to 1.", server.load),
            ("lag_seconds", "How late the server's loop came to its work at most, lately.", readiness.lag()),
            ("ready", "Whether new visitors are welcome.", float(readiness.ready())),
        ):
            yield GaugeMetricFamily(PREFIX + name, help_, value)
        kinds = server.memory() | {"results": results.results.nbytes, "tables": tables.tables.nbytes}
        taken = GaugeMetricFamily(
            PREFIX + "memory_bytes", "Memory that visitors' things take, about.", labels=("kind",)
        )
        for kind, size in kinds.items():
            taken.add_metric((kind,), size)
        yield taken
        most = memory.full(server.bounds)
        yield GaugeMetricFamily(
            PREFIX + "memory_bound_bytes", "The most that a full server's may take.", most
        )


def page() -> bytes:
    """All figures, memory and processor time of the process included where the system tells them."""
    return generate_latest(REGISTRY)


REGISTRY.register(_Sessions())
ProcessCollector(registry=REGISTRY)
_counting = _Counting(logging.ERROR)
logging.getLogger("playground").addHandler(_counting)
