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
        loss = trainer.history["loss_test"][trainer.history.places(best)]
        return text("live.stopped", language, epoch=trainer.epoch, best=best, loss=f"{loss:.3f}")
    return ""
