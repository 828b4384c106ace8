"""Data sets, features, preprocessing, and the way from an experiment to arrays."""

# these register the sets, in the order in which users see them
from playground.data import toy, toy_regression, real, custom  # noqa: F401, I001
from playground.data.datasets import DATASETS, Dataset, Sample
from playground.data.features import FEATURES, Feature, expand
from playground.data.from_table import (
    Roles,
    points_frame,
    points_from_csv,
    points_from_frame,
    points_from_table,
    with_scale,
    suggest_roles,
    with_test_rows,
)
from playground.data.points import Points
from playground.data.prepare import Data, draw, points_from_experiment, prepare
from playground.data.preprocessing import PREPROCESSINGS, Affine, Preprocessing
from playground.data.reading import Table, read_table
from playground.data.splits import SPLITS, Splitting

__all__ = [
    "DATASETS",
    "FEATURES",
    "PREPROCESSINGS",
    "SPLITS",
    "Affine",
    "Data",
    "Dataset",
    "Feature",
    "Points",
    "Preprocessing",
    "Roles",
    "Sample",
    "Splitting",
    "Table",
    "draw",
    "expand",
    "points_frame",
    "points_from_csv",
    "points_from_experiment",
    "points_from_frame",
    "points_from_table",
    "prepare",
    "read_table",
    "suggest_roles",
    "with_scale",
    "with_test_rows",
]
