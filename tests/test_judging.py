"""The measures are scikit-learn's; where one is not defined it is None instead of a number."""

import numpy as np
import pytest
from sklearn import metrics

from playground import judging


@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("n", [12, 400])
def test_measures_of_classes(classes, n):
    rng = np.random.default_rng(classes + n)
    true = np.concatenate([np.arange(classes), rng.integers(0, classes, n)])
    said = np.where(rng.random(len(true)) < 0.6, true, rng.integers(0, classes, len(true)))
    said[said == 1] = 0  # one class is never answered
    table = metrics.confusion_matrix(true, said, labels=range(classes))
    measures = judging.class_measures(table)
    precision, recall, f1, points = metrics.precision_recall_fscore_support(
        true, said, labels=range(classes), zero_division=np.nan
    )
    assert measures[1].precision is None
    for k, each in enumerate(measures):
        assert each.points == points[k]
        assert each.precision is None or each.precision == pytest.approx(precision[k])
        assert each.recall == pytest.approx(recall[k])
        assert each.f1 == pytest.approx(f1[k])
    assert judging.accuracy(table) == pytest.approx(metrics.accuracy_score(true, said))
    assert judging.balanced_accuracy(measures) == pytest.approx(metrics.balanced_accuracy_score(true, said))


def test_a_class_without_rows_counts_for_nothing():
    table = [[3, 1, 0], [0, 0, 0], [2, 0, 4]]
    measures = judging.class_measures(table)
    assert measures[1] == judging.ClassMeasures(0, 0.0, None, 0.0)
    assert judging.balanced_accuracy(measures) == pytest.approx((3 / 4 + 4 / 6) / 2)
    nobody = judging.class_measures([[5, 0], [0, 0]])[1]
    assert (nobody.precision, nobody.recall, nobody.f1) == (None, None, None)


def test_always_saying_the_majority():
    assert judging.majority([[2, 1], [4, 90]]) == (1, pytest.approx(94 / 97))
    assert judging.majority([[2, 1], [1, 2]]) == (0, 0.5)
    assert judging.majority([[2, 1], [4, 90]], np.array([0, 0, 1])) == (0, pytest.approx(3 / 97))


@pytest.mark.parametrize("ties", [False, True])
def test_curves_and_their_areas(ties):
    rng = np.random.default_rng(int(ties))
    positive = rng.random(500) < 0.1
    score = rng.normal(size=500) + positive
    if ties:
        score = np.round(score * 2) / 2
    curve = judging.roc(positive, score)
    x, y, _ = metrics.roc_curve(positive, score, drop_intermediate=False)
    assert curve.x == pytest.approx(x)
    assert curve.y == pytest.approx(y)
    assert curve.area == pytest.approx(metrics.roc_auc_score(positive, score))
    curve = judging.precision_recall(positive, score)
    precision, recall, _ = metrics.precision_recall_curve(positive, score)
    assert curve.area == pytest.approx(metrics.average_precision_score(positive, score))
    assert curve.x[1:] == pytest.approx(recall[::-1][1:])
    assert curve.y[1:] == pytest.approx(precision[::-1][1:])


@pytest.mark.parametrize("positive", [np.zeros(5, bool), np.ones(5, bool)])
def test_one_class_alone_has_no_curve(positive):
    assert judging.roc(positive, np.arange(5.0)) is None
    assert judging.precision_recall(positive, np.arange(5.0)) is None


def test_scores_that_are_not_finite_have_no_curve():
    assert judging.roc(np.array([True, False]), np.array([np.nan, 1.0])) is None


def test_equal_scores_say_nothing():
    curve = judging.roc(np.array([True, False, True]), np.zeros(3))
    assert (curve.x.tolist(), curve.y.tolist(), curve.area) == ([0, 1], [0, 1], 0.5)


def test_log_odds_sort_as_probabilities_and_do_not_saturate():
    rng = np.random.default_rng(0)
    scores, true = rng.normal(0, 3, (300, 4)), rng.integers(0, 4, 300)
    probability = judging.probabilities(scores)
    ranks = judging.one_against_rest(scores, probabilities=True)
    assert 1 / (1 + np.exp(-ranks)) == pytest.approx(probability)
    for k in range(4):
        expected = metrics.roc_auc_score(true == k, probability[:, k])
        assert judging.roc(true == k, ranks[:, k]).area == pytest.approx(expected)
    far = judging.one_against_rest(np.array([[800.0, 0.0, 0.0], [900.0, 0.0, 0.0]]), probabilities=True)
    assert far[0, 0] < far[1, 0]
    assert judging.one_against_rest(np.array([[-2.0], [3.0]]), True).tolist() == [[2, -2], [-3, 3]]


def test_without_probabilities_the_lead_sorts():
    ranks = judging.one_against_rest(np.array([[1.0, 4.0, 2.0], [3.0, 3.0, 0.0]]), probabilities=False)
    assert ranks.tolist() == [[-3, 2, -2], [0, 0, -3]]


def test_a_thinned_curve_runs_the_same_way():
    rng = np.random.default_rng(1)
    positive = rng.random(3000) < 0.3
    whole = judging.roc(positive, rng.normal(size=3000) + positive)
    thin = judging.thinned(whole, 60)
    assert 50 < len(thin.x) <= 62
    assert (thin.x[0], thin.y[0], thin.x[-1], thin.y[-1]) == (0, 0, 1, 1)
    assert np.trapezoid(thin.y, thin.x) == pytest.approx(whole.area, abs=0.01)
    assert thin.area == whole.area
    assert judging.thinned(whole, 5000) is whole


def test_calibration():
    """By hand: 0.95 right three of four times, 0.55 right; (4/5) |0.75 - 0.95| + (1/5) |1 - 0.55|."""
    found = judging.calibration(np.array([0.95, 0.95, 0.95, 0.95, 0.55]), np.array([1, 1, 1, 0, 1]))
    assert found.counts.tolist() == [0, 0, 0, 0, 0, 1, 0, 0, 0, 4]
    assert found.error == pytest.approx(0.8 * 0.2 + 0.2 * 0.45)
    assert np.isnan(found.accuracy[0])
    assert found.accuracy[9] == 0.75


def test_reliability_bins_are_scikit_learns():
    from sklearn.calibration import calibration_curve

    rng = np.random.default_rng(2)
    confidence = rng.uniform(0.01, 1, 400)
    right = rng.random(400) < confidence**2
    found = judging.calibration(confidence, right)
    accuracy, mean = calibration_curve(right, confidence, n_bins=10)
    assert found.accuracy == pytest.approx(accuracy)
    assert found.confidence == pytest.approx(mean)
    assert judging.calibration(np.array([0.0, 0.1, 1.0]), np.ones(3)).counts[[0, 9]].tolist() == [2, 1]


def test_errors_of_a_regression():
    rng = np.random.default_rng(3)
    target, predicted = rng.normal(3, 2, 50), rng.normal(3, 2, 50)
    found = judging.fit(predicted, target)
    assert found.mae == pytest.approx(metrics.mean_absolute_error(target, predicted))
    assert found.rmse == pytest.approx(metrics.root_mean_squared_error(target, predicted))
    assert found.r2 == pytest.approx(metrics.r2_score(target, predicted))
    assert judging.fit(np.array([1.0, 2.0]), np.array([1.0, 1.0])).r2 is None
