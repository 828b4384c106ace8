"""The data part of a script: points, split, wrong labels, features."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np

from playground import streams
from playground.data import DATASETS, FEATURES, PREPROCESSINGS, SPLITS, Dataset, expand, prepare
from playground.data.datasets import class_counts
from playground.data.prepare import PARTS, draw
from playground.data.splits import evenly, tenths
from playground.experiment import Experiment
from playground.export.code import LINE_LENGTH, indented, names_in, source_of
from playground.export.file_code import FromFile

BY_COLUMN = ("center", "standardize", "min_max")
"""Preprocessings that scikit-learn does alike whatever the columns are: of constant ones it divides none by zero."""
WHOLE = 'svd_solver="full"'
"""What keeps PCA from decomposing the covariance, as it may by default, which loses axes of small extent."""
TOO_FLAT = (
    "as fitted here: the training points do not extend in every direction, and PCA would divide by zero"
)


def stream(number: int) -> str:
    """The expression that makes a random stream of the experiment."""
    return f"np.random.default_rng([SEED, {number}])"


def data_code(experiment: Experiment, file: FromFile | None = None) -> str:
    """Statements that make ``X`` (n, inputs) and ``y`` (n,).

    Args:
        file: that own points came from; None writes them into the script.
    """
    dataset = DATASETS[experiment.dataset.name]
    if dataset.drawer is not None:
        return _toy_code(experiment, dataset)
    if dataset.kind == "real":
        table, size = _real_code(experiment, dataset)
    else:
        table, size = _points_code(experiment, file)
    return table + _chosen_rows(experiment, size)


def _toy_code(experiment: Experiment, dataset: Dataset) -> str:
    assert dataset.drawer is not None
    size: object = experiment.n_samples
    if experiment.n_classes:
        size = class_counts(experiment.n_samples, experiment.n_classes, experiment.class_balance).tolist()
    passed = "".join(f", {name}={experiment.dataset[name]!r}" for name in dataset.passed)
    call = f"{dataset.drawer.__name__}({size}, noise={experiment.noise!r}, rng=rng{passed})"
    return f"{source_of(dataset.drawer)}\n\nrng = {stream(streams.DATA)}\nX, y = {call}"


def _real_code(experiment: Experiment, dataset: Dataset) -> tuple[str, int]:
    """The code, and the number of rows of the whole table."""
    from sklearn import datasets  # slow to import, and needed only for the real sets

    size = len(getattr(datasets, dataset.table)()["target"])
    if experiment.dataset["inputs"] == "all":
        return f"X, y = {dataset.table}(return_X_y=True)", size
    chosen = (experiment.dataset["x1"], experiment.dataset["x2"])
    places = []
    for name in chosen:
        if name in dataset.columns:
            places.append(("table", dataset.columns.index(name)))
        else:
            places.append(("components", int(name.removeprefix("pc")) - 1))
    lines = [f"table, y = {dataset.table}(return_X_y=True)"]
    most = max((index + 1 for source, index in places if source == "components"), default=0)
    if most:
        source = "StandardScaler().fit_transform(table)" if dataset.scaled else "table"
        lines.append(f"components = PCA({most}).fit_transform({source})")
    (source, first), (other, second) = places
    if source == other:
        columns = f"{source}[:, [{first}, {second}]]"
    else:
        columns = f"np.column_stack(({source}[:, {first}], {other}[:, {second}]))"
    lines.append(f"X = {columns}  # {chosen[0]}, {chosen[1]}")
    return "\n".join(lines), size


def _points_code(experiment: Experiment, file: FromFile | None) -> tuple[str, int]:
    """The code, and the number of points."""
    points = experiment.points
    assert points is not None
    d = len(points.x_names)
    if file is not None:
        code = file.code()
    else:
        code = f"{_array('points', points.rows)}\nX, y = points[:, :{d}], points[:, {d}]"
        if points.parts:
            code += f"\n{_parts_array(points.parts)}"
    if points.target_scale is not None:
        mean, sd = points.target_scale
        code += f"\ny_mean, y_sd = {mean!r}, {sd!r}"
        code += "\n# a value v of the network stands for y_mean + y_sd * v"
        code += "\ny = (y - y_mean) / y_sd"
    return code, len(points.rows)


def _parts_array(parts: Sequence[str]) -> str:
    """The statement ``part = np.array([…])``, on lines of bearable length."""
    names = " ".join(f'"{part}",' for part in parts)
    return f"part = np.array([\n{indented(chr(10).join(textwrap.wrap(names, LINE_LENGTH - 4)), 4)}\n])"


def _array(name: str, rows: Sequence[Sequence[float | None]]) -> str:
    """The statement ``name = np.array([(…), (…)])``, on lines of bearable length."""
    cells = [f"({', '.join('np.nan' if v is None else repr(v) for v in row)})," for row in rows]
    # a row is broken only where it does not fit on a line
    text = " ".join(c.replace(" ", "\xa0") if len(c) < LINE_LENGTH - 4 else c for c in cells)
    lines = textwrap.wrap(text, LINE_LENGTH - 4, break_long_words=False, break_on_hyphens=False)
    body = indented("\n".join(lines), 4).replace("\xa0", " ")
    return f"{name} = np.array([\n{body}\n])"


def _chosen_rows(experiment: Experiment, size: int) -> str:
    """Statements that choose rows of a given table and add noise; "" where all rows stay as they are."""
    y = draw(experiment).y
    if len(y) == size and not experiment.noise:
        return ""
    lines = ["", f"rng = {stream(streams.DATA)}", "rank = np.argsort(rng.random(len(y)))"]
    if experiment.n_classes:
        counts = np.bincount(y, minlength=experiment.n_classes).tolist()
        lines.append(f"kept = [rank[y[rank] == k][:n] for k, n in enumerate({counts})]")
        lines.append("rows = np.sort(np.concatenate(kept))")
    else:
        lines.append(f"rows = np.sort(rank[:{len(y)}])")
    if experiment.noise:
        gaps = experiment.points is not None and np.isnan(experiment.points.X).any()
        lines.append("spread = np.nanstd(X, axis=0)" if gaps else "spread = X.std(axis=0)")
    lines.append("X, y = X[rows], y[rows]")
    if experiment.has_parts:
        lines.append("part = part[rows]")
    if experiment.noise:
        lines.append(f"X = X + rng.normal(0.0, 1.0, X.shape) * spread * {experiment.noise!r}")
    return "\n".join(lines)


def split_code(experiment: Experiment) -> str:
    """Statements that make ``train`` and the like, the rows of each part that has points."""
    order = f"order = np.argsort({stream(streams.SPLIT)}.random(len(X)))"
    if experiment.has_parts:
        return _given_parts_code(experiment, order)
    definitions, arranging = _arranging_code(experiment)
    start, parts = 0, {}
    for part, size in zip(PARTS, prepare(experiment).sizes(), strict=True):
        if size:
            parts[part] = f"order[{start or ''}:{start + size}]"
            start += size
    *_, last = parts
    parts[last] = parts[last].split(":")[0] + ":]"
    lines = [order, *arranging]
    lines.append("train = order" if len(parts) == 1 else f"{', '.join(parts)} = {', '.join(parts.values())}")
    return "\n\n".join([*definitions, ""]) + "\n".join(lines) if definitions else "\n".join(lines)


def _arranging_code(experiment: Experiment) -> tuple[list[str], list[str]]:
    """Definitions and statements that change ``order`` as the splitting does; none for a random one."""
    splitting, definitions, lines = SPLITS[experiment.split.name], [], []
    if splitting.stratified:
        definitions.append(source_of(evenly))
        if not experiment.n_classes:
            definitions.append(source_of(tenths))
        lines.append(f"order = evenly(order, {'y' if experiment.n_classes else 'tenths(y)'})")
    if splitting.tested is not None:
        _, stop = splitting.tested(sum(prepare(experiment).sizes()), experiment.split)
        lines.append(f"order = np.roll(order, -{stop})  # the fold to test on comes last")
    return definitions, lines


def _given_parts_code(experiment: Experiment, order: str) -> str:
    """Statements that find the parts which the points come with."""
    definitions: list[str] = []
    arranging: list[str] = []
    if SPLITS[experiment.split.name].stratified:
        definitions, arranging = _arranging_code(experiment.replace(split="stratified"))
    sizes = dict(zip(PARTS, prepare(experiment).sizes(), strict=True))
    lines = [order, *arranging]
    given = [part for part in PARTS if sizes[part] and (part != "validation" or experiment.given_share)]
    lines += [f'{part} = order[part[order] == "{part}"]' for part in given]
    if sizes["validation"] and not experiment.given_share:
        n = sizes["train"]
        lines.append(f"train, validation = train[:{n}], train[{n}:]")
    return "\n\n".join([*definitions, ""]) + "\n".join(lines) if definitions else "\n".join(lines)


def label_noise_code(experiment: Experiment) -> str:
    """Statements that give a share of the training labels another class, or "" for none."""
    n_wrong = len(prepare(experiment).relabelled)
    if not n_wrong:
        return ""
    lines = [
        f"rng = {stream(streams.LABEL_NOISE)}",
        f"wrong = np.argsort(rng.random(len(train)))[:{n_wrong}]",
    ]
    if experiment.task == "binary":
        lines.append("y[train[wrong]] = 1 - y[train[wrong]]")
    else:
        lines.append(f"shift = rng.integers(1, {experiment.n_classes}, len(train))[wrong]")
        lines.append(f"y[train[wrong]] = (y[train[wrong]] + shift) % {experiment.n_classes}")
    return "\n".join(lines)


def features_code(experiment: Experiment, sklearn: bool = False) -> str:
    """Statements that make the tensors ``x_train, y_train`` and those of the other parts that have points.

    Args:
        sklearn: whether scikit-learn fills and scales, where it does the same.
    """
    two = len(experiment.columns) == 2
    codes = [FEATURES[name].code for name in experiment.features] if two else ["x1", "x2"]
    preprocessing = _preprocessing_code(experiment, sklearn)
    lines, features = _filling_code(experiment, sklearn), "features"
    if codes == ["x1", "x2"]:
        if preprocessing:
            lines.append("features = X")
        else:
            features = "X"
    else:
        used = set().union(*map(names_in, codes))
        if {"x1", "x2"} <= used:
            lines.append("x1, x2 = X.T")
        else:
            lines.append("x1 = X[:, 0]" if "x1" in used else "x2 = X[:, 1]")
        lines.append(_wrapped("features = np.column_stack([", codes, "])"))
    if preprocessing:
        lines.append(preprocessing)
    kind = "long" if experiment.task == "multiclass" else "float32"
    lines.append(f"inputs = torch.tensor({features}, dtype=torch.float32)")
    lines.append(f"targets = torch.tensor(y, dtype=torch.{kind})")
    for part, size in zip(PARTS, prepare(experiment).sizes(), strict=True):
        if size:
            lines.append(f"x_{part}, y_{part} = inputs[{part}], targets[{part}]")
    return "\n".join(lines)


def _filling_code(experiment: Experiment, sklearn: bool) -> list[str]:
    """Statements that fill missing cells; none where there are none."""
    data = prepare(experiment)
    if not data.n_filled:
        return []
    if np.isnan(draw(experiment).X[data.train_index]).all(axis=0).any():  # no median
        return [_array("fill", [data.fill.tolist()]), "X = np.where(np.isnan(X), fill, X)"]
    if sklearn:
        return ['X = SimpleImputer(strategy="median").fit(X[train]).transform(X)']
    return ["fill = np.nanmedian(X[train], axis=0)", "X = np.where(np.isnan(X), fill, X)"]


def _wrapped(opening: str, items: list[str], closing: str) -> str:
    line = opening + ", ".join(items) + closing
    if len(line) <= LINE_LENGTH:
        return line
    return f"{opening}\n    {', '.join(items)},\n{closing}"


def _preprocessing_code(experiment: Experiment, sklearn: bool) -> str:
    preprocessing = PREPROCESSINGS[experiment.preprocessing.name]
    by_column = preprocessing.name in BY_COLUMN
    if sklearn and preprocessing.sklearn and (by_column or not _degenerate(experiment)):
        name, _, argument = preprocessing.sklearn.rsplit(".", 1)[-1].rstrip(")").partition("(")
        arguments = ", ".join(filter(None, (argument, "" if by_column else WHOLE)))
        return f"features = {name}({arguments}).fit(features[train]).transform(features)"
    if not preprocessing.code or not _degenerate(experiment):
        return preprocessing.code.rstrip()
    affine = prepare(experiment).affine  # as fitted: a general rule would divide by zero
    offset, matrix = _array("offset", [affine.offset.tolist()]), _array("matrix", affine.matrix.tolist())
    why = f"# {TOO_FLAT}\n" if sklearn else ""
    return f"{why}{offset}\n{matrix}\nfeatures = (features - offset) @ matrix"


def _degenerate(experiment: Experiment) -> bool:
    """Whether the training features do not extend in every direction."""
    F = expand(experiment.inputs, prepare(experiment).X_train)
    n, d = F.shape
    if n <= d:
        return True
    extent = np.linalg.svd(F - F.mean(axis=0), compute_uv=False)
    return bool(extent.min() <= 1e-9 * max(float(extent.max()), float(np.abs(F).max())))
