"""The chapter on optimization (curriculum 5)."""

from playground.ui import chapter
from playground.ui.labs import (
    optimization_landscape,
    optimization_orders,
    optimization_race,
    optimization_schedules,
    optimization_theory,
)

SECTIONS = {
    "race": (optimization_race.draw,),
    "theory": (
        optimization_theory.draw_contraction,
        optimization_theory.draw_momentum,
        optimization_theory.draw_adam,
        optimization_theory.draw_adagrad,
    ),
    "orders": (optimization_orders.draw,),
    "schedules": (
        optimization_schedules.draw_effect,
        optimization_schedules.draw_plateau,
        optimization_schedules.draw_decay,
    ),
    "landscape": (optimization_landscape.draw,),
}
"""The experiments of each section; only the open section computes."""

chapter.draw("optimization", SECTIONS)
