"""Taking a run again from its log, bit for bit."""

from __future__ import annotations

from collections import deque

from playground.engine.choose import fused_module, resolve
from playground.engine.run_log import RunLog
from playground.engine.trainer import Trainer


class Replay:
    """A run that is taken again: a trainer, and what is still to be done to it.

    Args:
        log: the run.
        waits: for the compiled engine where the run had it; else a run whose engine is not ready goes on with the
            reference engine, and is the same run only to rounding.

    Attributes:
        trainer: trained by whoever holds it, at most ``room`` steps at a time; ``follow`` then does what is due.
        exact: whether every step so far was taken on the engine that it was taken on first.

    Raises:
        InvalidValue: the device or engine that the experiment names is not here.
    """

    def __init__(self, log: RunLog, waits: bool = False) -> None:
        self.log = log
        self.exact = True
        self._left = deque(log.entries)
        self._where = log.engine
        if waits and self._fused_somewhere():
            module = fused_module()
            if module is not None:
                module.warm_up()
        self.trainer = Trainer(log.experiment)
        self._be_where_it_was()
        self.follow()

    def _fused_somewhere(self) -> bool:
        return "fused" in (self.log.engine, *(e.value for e in self.log.entries if e.what == "engine"))

    @property
    def over(self) -> bool:
        """Whether everything was done again."""
        return not self._left and self.trainer.step >= self.log.step

    @property
    def room(self) -> int:
        """Steps until something is to be done, or to the end."""
        goal = self._left[0].step if self._left else self.log.step
        return max(0, goal - self.trainer.step)

    def follow(self) -> bool:
        """Do what is due at this step. Returns whether something was."""
        before = len(self._left)
        while self._left and self._left[0].step <= self.trainer.step:
            self._do()
        if self.over:
            self.trainer.await_code()
        return len(self._left) < before

    def _do(self) -> None:
        entry = self._left.popleft()
        if entry.what == "engine":
            self._where = entry.value
        else:
            self.trainer.do_again(entry)
        self._be_where_it_was()

    def _be_where_it_was(self) -> None:
        if not self._where:
            return
        trainer = self.trainer
        if trainer.engine.name != self._where and trainer.engine.device == "cpu":
            wanted = trainer.experiment.replace(engine="auto" if self._where == "fused" else self._where)
            if resolve(wanted)[0] == self._where:
                trainer.go_on_with(self._where)
        self.exact = self.exact and trainer.engine.name == self._where
        if self.exact:
            trainer.stay()

    def finish(self) -> Trainer:
        """Take all steps here and now. Returns the trainer."""
        while not self.over and self.trainer.run(steps=self.room) + self.follow():
            pass
        return self.trainer


def take_again(log: RunLog) -> Trainer:
    """The trainer of a run, as it was at the end of its log.

    Raises:
        InvalidValue: the device or engine that the experiment names is not here.

    Example:
        >>> from playground import Experiment, Trainer, take_again
        >>> trainer = Trainer(Experiment(dataset="xor"))
        >>> _ = trainer.run(epochs=2)
        >>> trainer.set_parameter(0, 0.5)
        >>> _ = trainer.run(epochs=2)
        >>> bool((take_again(trainer.log).engine.state().params == trainer.engine.state().params).all())
        True
    """
    return Replay(log, waits=True).finish()
