"""A section of a chapter as a value: what it computes, shows and claims. One piece of ``ui/`` draws every section."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pandas as pd

from playground.chapters.controls import Brought, Control, Settings
from playground.experiment import Experiment
from playground.registry import InvalidValue, renamed
from playground.text import text
from playground.text.written import typeset
from playground.views.lines import Axis

T = TypeVar("T")
Steps = Iterator[tuple[float, Any]]
"""A computation in slices: (share done from 0 to 1, the result so far). The last result is the complete one."""


def awaited(slices: Iterator[T | None], so_far: tuple[float, Any]) -> Generator[tuple[float, Any], None, T]:
    """What comes last of something that is made in slices, for a computation that tells ``so_far`` meanwhile."""
    found = None
    for part in slices:
        found = part
        yield so_far
    assert found is not None
    return found


@dataclass(frozen=True)
class Figure:
    """A chart and the tidy frame that it was drawn from, which the page shows as a table on request.

    Args:
        chart: an Altair chart. A single or layered one is stretched to the place it is given.
        frame: the numbers.
        title: above the chart, in the visitor's language; "" for the main chart of a section.
        columns: titles of the frame's columns in the visitor's language; a column without one is left out.
        wide: takes the whole width below the main chart; else two of them share a row.
        links: the column of the frame by which the figures of the section hang together: the value that is chosen in
            one is marked in all. The chart has it as its parameter ``marked`` (null: none is), and tells of a click by
            its selection ``picked``. "": none.
    """

    chart: Any
    frame: pd.DataFrame
    title: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    wide: bool = False
    links: str = ""


@dataclass(frozen=True)
class Verdict:
    """What the run says about the section's claim.

    Args:
        key: of the sentence among the section's texts, ``verdict.<key>``.
        holds: whether the claim was seen in this run.
        values: the numbers that the sentence takes, as they are shown.
    """

    key: str
    holds: bool
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """A table under the charts: a tidy frame with titles of its columns in the visitor's language.

    Args:
        formats: printf or d3 formats of number columns, as ``st.column_config.NumberColumn`` takes them.
        links: as of a ``Figure``: a row that is chosen is marked in all figures.
    """

    frame: pd.DataFrame
    columns: Mapping[str, str]
    title: str = ""
    formats: Mapping[str, str] = field(default_factory=dict)
    links: str = ""


@dataclass(frozen=True)
class Opened:
    """A complete result with its test part.

    Args:
        result: the same with it.
        values: the numbers of the sentence ``opened`` among the section's texts, which says that it was opened.
    """

    result: Any
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Lanes:
    """Experiments to race: one base and what each lane changes, each lane over ``seeds`` seeds."""

    base: Experiment
    changes: Sequence[Mapping[str, Any]]
    epochs: int
    metric: str = "accuracy"
    seeds: int = 1


@dataclass(frozen=True)
class Found:
    """What a complete run leads to.

    Args:
        experiment: the best that it found, to open in the playground.
        lanes: the best few, to race.
        numbers: all that it tried, to take away.
    """

    experiment: Experiment
    lanes: Lanes | None = None
    numbers: pd.DataFrame | None = None


class Section:
    """One section of a chapter.

    Args:
        rows: the rows of the lecture that it shows, by their key in ``lecture.toml``; the first one is its place in the
            order of the lecture.
        controls: what can be set.
        run: computes the result from the settings in slices: pure, seeded, without Streamlit. A slice takes at most
            about 0.1 s, so that a server can serve others between two of them.
        picture: the figures of a result (which may be an unfinished one); the first is the main one.
        verdict: of a complete result.
        tables: under the figures.
        experiment: the experiment to open in the playground, and whose script is shown.
        lanes: experiments to open in the race.
        chosen: what a complete result leads to, if it is an experiment that the run itself has found.
        opened: of a complete result that keeps its test part to itself: what there is to see once the visitor opens it;
            None where there is none to open.
        code: a short PyTorch program that does the same; shown instead of the experiment's script.
        formula: LaTeX shown above the controls.
        starts: runs by itself when it is opened (it takes less than four seconds); else the visitor starts it.
        waits: of a section that the visitor starts: the axes on which its result will be drawn.
        kept: whether a computation that was begun under these settings is kept for the visitor of a name; ``run`` then
            takes that name as its second argument ("": of nobody), keeps what it does where the server has a place for
            it, and goes on with it.
        handle: name of the ``Handle`` control that is drawn in the main chart's place, with the figures below it.

    Attributes:
        key: ``<chapter>/<name>``, given when it is found.
    """

    key: str = ""

    def __init__(
        self,
        *,
        rows: tuple[str, ...],
        run: Callable[..., Iterable[tuple[float, Any]]],
        picture: Callable[[Any, Settings, str], Sequence[Figure]],
        verdict: Callable[[Any, Settings], Verdict],
        controls: tuple[Control, ...] = (),
        tables: Callable[[Any, Settings, str], Sequence[Table]] | None = None,
        experiment: Callable[[Settings], Experiment] | None = None,
        lanes: Callable[[Settings], Lanes] | None = None,
        chosen: Callable[[Any, Settings], Found | None] | None = None,
        opened: Callable[[Any, Settings], Opened | None] | None = None,
        code: Callable[[Settings], str] | None = None,
        formula: Callable[[Settings], str] | None = None,
        starts: bool = True,
        waits: Callable[[Settings, str], tuple[Axis, Axis]] | None = None,
        kept: Callable[[Settings, str], bool] | None = None,
        handle: str = "",
    ) -> None:
        self.rows = rows
        self.controls = controls
        self.picture = picture
        self.verdict = verdict
        self.tables = tables
        self.experiment = experiment
        self.lanes = lanes
        self.chosen = chosen
        self.opened = opened
        self.code = code
        self.formula = formula
        self.starts = starts
        self.waits = waits
        self.kept = kept
        self.handle = handle
        self._run = run

    @property
    def chapter(self) -> str:
        """The chapter that it belongs to."""
        return self.key.partition("/")[0]

    @property
    def name(self) -> str:
        """Its name within the chapter; also ``?section=`` of its address."""
        return self.key.partition("/")[2]

    def control(self, name: str) -> Control:
        """The control called ``name``; KeyError if there is none."""
        for control in self.controls:
            if control.name == name:
                return control
        raise KeyError(name)

    def settings(self, **given: object) -> Settings:
        """Checked settings: those given, the others at their defaults. Raises InvalidValue."""
        names = [control.name for control in self.controls]
        given = {renamed(name): value for name, value in given.items()}
        for name in given:
            if name not in names:
                choices = ", ".join(names)
                raise InvalidValue(name, "expected.choice", name, choices=choices)
        return Settings(
            tuple((c.name, c.check(given[c.name]) if c.name in given else c.initial) for c in self.controls)
        )

    def query(self, settings: Settings) -> dict[str, str]:
        """The parameters of the address that open these settings: only what differs from the defaults, and nothing that
        a visitor has brought along."""
        return {
            control.name: control.write(settings[control.name])
            for control in self.controls
            if settings[control.name] != control.initial and not isinstance(control, Brought)
        }

    def steps(self, settings: Settings, visitor: str = "") -> Steps:
        """The computation, in slices; ``visitor``: by whose name it may be kept."""
        return iter(self._run(settings) if self.kept is None else self._run(settings, visitor))

    def run(self, **given: object) -> Any:
        """Compute to the end and return the result: ``sections["optimization/schedules"].run(rate=0.1)``."""
        last = None
        for step in self.steps(self.settings(**given)):
            last = step
        return last[1] if last else None

    def say(self, key: str, language: str, **values: object) -> str:
        """A text of this section; numbers among the values as they are written everywhere here."""
        told = {name: typeset(value) for name, value in values.items()}
        return text(f"chapters.{self.chapter}.{self.name}.{key}", language, **told)


def words(chapter: str) -> Callable[..., str]:
    """The texts that a chapter's sections share, ``chapters.<chapter>.words.<key>``: axes, names, units."""

    def say(key: str, language: str, **values: object) -> str:
        return text(f"chapters.{chapter}.words.{key}", language, **values)

    return say
