"""Optuna's Gaussian process, told of what was ended early: by itself it asks for the same point again."""

from __future__ import annotations

import copy
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial, TrialState


class GPSampler(optuna.samplers.GPSampler):
    """The Gaussian process of Optuna, which fits the trials that came to their end only.

    A trial that was ended early therefore changes nothing, and the point that looked best before it looks best after
    it. Here such a trial counts with the loss at which it was ended, as it does for Optuna's TPE, and one that has told
    none (it diverged) with the highest loss so far. A point that was tried already is not tried again: a random one is.

    Source:
        ``GPSampler.sample_relative`` of Optuna 5.0, which asks the study for complete and running trials.
    """

    def _sample_relative_impl(
        self,
        study: optuna.Study,
        completed_trials: list[FrozenTrial],
        running_trials: list[FrozenTrial],
        search_space: dict[str, BaseDistribution],
    ) -> dict[str, Any]:
        known = list(completed_trials)
        ended = study.get_trials(deepcopy=False, states=(TrialState.PRUNED,))
        if len(study.directions) == 1:
            worst = max(trial.values[0] for trial in completed_trials)
            for trial in ended:
                if search_space.keys() <= trial.params.keys():
                    told = trial.intermediate_values
                    counted = copy.copy(trial)
                    counted.values = [told[max(told)] if told else worst]
                    known.append(counted)
        chosen = super()._sample_relative_impl(study, known, running_trials, search_space)
        tried = (trial.params for trial in (*completed_trials, *running_trials, *ended))
        return {} if any(chosen.items() <= params.items() for params in tried) else chosen
