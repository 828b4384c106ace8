"""An experiment as a stand-alone Python script."""

from __future__ import annotations

from playground.experiment import Experiment
from playground.export.file_code import FromFile
from playground.export.sections import Section, sections
from playground.export.words import in_language
from playground.text import text


def to_script(experiment: Experiment, epochs: int, language: str = "en", file: FromFile | None = None) -> str:
    """The equivalent PyTorch script, in the order of a tutorial.

    It needs PyTorch, NumPy and, for the real data sets, scikit-learn; it takes the same trajectory as
    ``train(experiment, epochs)`` on the CPU, and its last line of output is
    ``loss train <number> test <number>``, with ``validation <number>`` between them where points are held out, and
    without the test where all are trained on.

    Args:
        experiment: what to train.
        epochs: how many epochs, 1 to 1,000,000.
        language: of the comments and docstrings.
        file: that the points came from, which lies beside the script then; None writes them into it.

    Raises:
        InvalidValue: epochs out of range.
        KeyError: unknown language.
    """
    return arranged(title(experiment, language), sections(experiment, epochs, file), language)


def arranged(title: str, sections: list[Section], language: str, intro: str = "") -> str:
    """The script that consists of sections, the first of them imports and constants. KeyError: unknown language.

    Args:
        title: one line that says what is trained.
        intro: what stands under it; "" for what is true of a PyTorch script.
    """
    setup, *body = sections
    intro = intro or text("export.script", language)
    parts = [f'"""{title}\n\n{intro}\n"""\n\n{setup.code}\n']
    previous = setup
    for section in body:
        heading = text(f"export.sections.{section.key}.heading", language)
        code = in_language(section.code.rstrip(), language)
        parts.append(f"{_gap(previous, section)}# --- {heading} ---\n{code}\n")
        previous = section
    return "".join(parts)


def title(experiment: Experiment, language: str) -> str:
    """One line that says what is trained."""
    dataset = text(f"techniques.datasets.{experiment.dataset.name}.label", language)
    sizes = (experiment.n_inputs, *experiment.hidden, experiment.n_outputs)
    return text("export.title", language, dataset=dataset, sizes="-".join(map(str, sizes)))


def _gap(before: Section, after: Section) -> str:
    """Empty lines between two sections: two around definitions, as is the custom."""
    definitions = ("def ", "class ", "@")
    last_block = before.code.rstrip().rsplit("\n\n", 1)[-1]
    return "\n\n" if after.code.startswith(definitions) or last_block.startswith(definitions) else "\n"
