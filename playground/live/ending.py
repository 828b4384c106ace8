"""Why a run has ended, in words."""

from __future__ import annotations

from playground.engine.trainer import Trainer
from playground.text import text


def reason(trainer: Trainer, language: str) -> str:
    """Why the run ended, in the visitor's language; "" while it can go on."""
    if trainer.status == "diverged":
        return text("live.diverged", language, epoch=trainer.epoch)
    if trainer.status == "stopped":
        best = trainer.best_epoch or 0
        watched = trainer.experiment.watched
        loss = trainer.history[f"loss_{watched}"][trainer.history.places(best)]
        part = text(f"live.part.{watched}", language)
        return text("live.stopped", language, epoch=trainer.epoch, best=best, part=part, loss=f"{loss:.3f}")
    return ""
