"""Races: several experiments side by side, fairly, with repeats over seeds.

``Race`` is the value that says who runs; ``lockstep`` brings the networks forward together; ``session`` shows a race
live; ``api.race`` runs one in a notebook.
"""

from playground.races.race import Criterion, Lane, Race, vary

__all__ = ["Criterion", "Lane", "Race", "vary"]
