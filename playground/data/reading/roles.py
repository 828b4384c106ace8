"""What a column holds and what it is for, each with the reason."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from playground.data.points import MAX_CLASSES, Part
from playground.data.reading.notes import Note, note
from playground.registry import InvalidValue

Kind = Literal["number", "boolean", "category", "text", "date"]
Role = Literal["feature", "target", "part", "id", "ignored"]
KINDS: tuple[Kind, ...] = ("number", "boolean", "category", "text", "date")
ROLES: tuple[Role, ...] = ("feature", "target", "part", "id", "ignored")

TARGET_NAMES = (
    *(
        "survived",
        "species",
        "target",
        "label",
        "class",
        "y",
        "quality",
        "outcome",
        "diagnosis",
        "variety",
        "churn",
    ),
    *("price", "salary", "saleprice", "medv", "median_house_value", "medhouseval", "mpg", "charges", "rings"),
    *(
        "생존",
        "생존여부",
        "종",
        "품종",
        "정답",
        "라벨",
        "레이블",
        "클래스",
        "타깃",
        "타겟",
        "목표",
        "판정",
        "등급",
    ),
    *("품질", "분류", "종류", "가격", "매매가", "연봉", "합격", "합격여부"),
)
"""Names that teaching tables give to what is to be predicted; the earlier one wins."""

ID_NAMES = re.compile(
    r"(.*[_ ])?(id|no|nr|idx|index|number|번호|순번|연번|일련번호|식별자)|unnamed.*|.*[a-z]Id", re.IGNORECASE
)
MAX_CATEGORIES = 50
"""More different texts are free text."""
MIN_COUNTED = 10
"""Rows from which on a column of consecutive numbers counts them, whatever its name."""

BOOLEANS = (
    {"false", "true"}, {"no", "yes"}, {"n", "y"}, {"f", "t"}, {"아니오", "예"}, {"거짓", "참"}, {"x", "o"},
)  # fmt: skip
TRUE_WORDS = frozenset(("true", "yes", "y", "t", "예", "참", "o"))

_NAMES_OF_PARTS: dict[Part, str] = {
    "train": "train training trn learn trainset 학습 훈련 학습용 훈련용",
    "validation": "validation valid val dev eval 검증 검증용",
    "test": "test testing tst testset holdout 테스트 시험 평가 시험용 평가용",
}
PART_WORDS: dict[str, Part] = {
    word: part for part, words in _NAMES_OF_PARTS.items() for word in words.split()
}
"""What people call the parts of a table, in lower case."""

_DATE = re.compile(
    r"\d{4}\s*[-./년]\s*\d{1,2}(\s*[-./월]\s*\d{1,2}\s*[일.]?)?\s*([T ]\s*\d{1,2}:\d{2}.*)?월?"
    r"|\d{1,2}[-./]\d{1,2}[-./]\d{2,4}([T ]\d{1,2}:\d{2}.*)?|\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?"
)


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Args:
        name: distinct within the table, printable, at most 60 characters.
        kind: ``"number"``; ``"boolean"`` (false 0, true 1); ``"category"`` (2 to 50 different texts);
            ``"text"`` (free text); ``"date"``.
        role: ``"feature"``, ``"target"``, ``"part"`` (says of each row whether it trains, validates or tests),
            ``"id"`` or ``"ignored"``.
        why: the reason for the role, a sentence; ``why.said("ko")`` in Korean.
    """

    name: str
    kind: Kind
    role: Role
    why: Note


@dataclass(frozen=True)
class Facts:
    """What the choice of a role needs to know of a column."""

    name: str
    kind: Kind
    distinct: int
    whole: bool = False
    counts: bool = False
    repeats: bool = True
    """Texts, or whole numbers of which some are equal."""
    parts: bool = False
    """Each row is called one of training, validation and test."""


def part_of(text: str) -> Part | None:
    """The part that a text is a name of."""
    return PART_WORDS.get(re.sub(r"[\s_-]+", "", text.lower()))


def names_parts(values: Sequence[str]) -> bool:
    """Whether these different texts name parts of a table: training and another one."""
    parts = {part_of(value) for value in values[: 2 * len(PART_WORDS)]} if values else set()
    return len(values) <= 2 * len(PART_WORDS) and None not in parts and "train" in parts and len(parts) > 1


SMALL = 8
"""Rows below which texts that all differ may be classes: a table that somebody tries things with."""


def kind_of_texts(values: Sequence[str], filled: int, rows: int) -> Kind:
    """The kind of a column that holds no numbers, by its different values, its filled cells and the table's rows."""
    if 0 < len(values) <= 4 and {value.lower() for value in values} in BOOLEANS:
        return "boolean"
    some = values[:100]
    if some and sum(bool(_DATE.fullmatch(value)) for value in some) >= 0.9 * len(some):
        return "date"
    few = len(values) <= MAX_CLASSES or (len(values) <= MAX_CATEGORIES and 2 * len(values) <= filled)
    return "category" if few and (rows < SMALL or len(values) < 0.9 * filled) else "text"


def counts_rows(values: NDArray[np.float64]) -> bool:
    """Whether whole numbers rise by one from row to row."""
    return len(values) > 1 and bool((np.diff(values) == 1).all()) and float(values[0]).is_integer()


def one_hot_groups(numbers: dict[str, NDArray[np.float64]]) -> list[tuple[str, ...]]:
    """Runs of three or more neighbouring columns of 0 and 1, one 1 in each row, with names that begin alike."""
    groups, names = [], list(numbers)
    k = 0
    while k < len(names):
        end = k
        while (
            end < len(names) and _zero_one(numbers[names[end]]) and (end == k or _alike(names[k], names[end]))
        ):
            end += 1
        run = names[k:end]
        if len(run) >= 3 and (np.sum([numbers[name] for name in run], axis=0) == 1).all():
            groups.append(tuple(run))
        k = max(end, k + 1)
    return groups


def _zero_one(values: NDArray[np.float64]) -> bool:
    return bool(((values == 0) | (values == 1)).all()) and bool(values.any())


def _alike(one: str, other: str) -> bool:
    stem = re.match(r"[^\W\d_]+", one)
    return stem is not None and other.startswith(stem[0])


def assign(facts: Sequence[Facts], rows: int, chosen: dict[str, Role]) -> tuple[Column, ...]:
    """Roles of all columns; those of ``chosen`` stand as they are."""
    told = [name for name, role in chosen.items() if role == "target"]
    parted = next((name for name, role in chosen.items() if role == "part"), None)
    for fact in facts:  # one of them; another chosen one takes its place
        if fact.name == parted and not fact.parts:
            raise InvalidValue(f"roles.{fact.name}", "csv.part_column")
        if fact.parts and fact.name not in chosen and parted is None:
            parted = fact.name
    found: dict[str, tuple[Role, Note]] = {fact.name: _alone(fact, rows) for fact in facts}
    if parted is not None:
        found[parted] = ("part", note("why_part_words"))
    if not told:
        free = [fact for fact in facts if fact.name not in chosen and fact.name != parted]
        target = _target(free, {name for name, (role, _) in found.items() if role == "feature"})
        if target is not None:
            found[target[0].name] = ("target", target[1])
    for name, role in chosen.items():
        found[name] = (role, note("why_chosen"))
    return tuple(Column(fact.name, fact.kind, *found[fact.name]) for fact in facts)


def _alone(fact: Facts, rows: int) -> tuple[Role, Note]:
    """The role of a column that is not the target."""
    if fact.distinct <= 1 and rows > 1:
        return "ignored", note("why_constant")
    if fact.kind == "date":
        return "ignored", note("why_date")
    if fact.kind == "text":
        return "ignored", note("why_text", n=fact.distinct)
    if fact.kind == "number" and fact.whole and fact.distinct == rows > 1:
        if ID_NAMES.fullmatch(fact.name):
            return "id", note("why_id_name")
        if fact.counts and rows >= MIN_COUNTED:
            return "id", note("why_counts")
    return "feature", note(f"why_{fact.kind}")


def _target(free: Sequence[Facts], features: set[str]) -> tuple[Facts, Note] | None:
    """The column that is most likely to be predicted."""
    by_name = {re.sub(r"[\s_-]+", "_", fact.name.strip().lower()): fact for fact in free if fact.distinct > 1}
    for name in TARGET_NAMES:
        if name == "y" and "x" in by_name:
            continue  # two coordinates
        if name in by_name and by_name[name].kind not in ("date", "text"):
            return by_name[name], note("why_target_name")
    usable = [fact for fact in free if fact.name in features]
    for fact in reversed(usable):
        if " | " in fact.name:
            return fact, note("why_one_hot")
    classes = [fact for fact in usable if 2 <= fact.distinct <= MAX_CLASSES and fact.repeats]
    texts = [fact for fact in classes if fact.kind == "category"]
    if (
        usable
        and usable[-1] in classes
        and usable[-1] is free[-1]
        and (usable[-1].kind != "number" or not texts)
    ):
        return usable[-1], note("why_last_classes", n=usable[-1].distinct)
    if texts:
        return texts[-1], note("why_classes", n=texts[-1].distinct)
    if classes:
        return classes[-1], note("why_classes", n=classes[-1].distinct)
    rest = usable or [fact for fact in free if fact.distinct > 1] or list(free)
    return (rest[-1], note("why_last")) if rest else None
