"""Scripts that read a person's own file: executed beside it, they end with the app's losses; notebooks too."""

from __future__ import annotations

import contextlib
import io
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from playground import Experiment, Trainer, read_table
from playground.data import points_from_table
from playground.data.from_columns import suggest_inputs
from playground.data.points import PARTS
from playground.export import to_notebook, to_script
from playground.export.file_code import from_file

N = 48
PASSENGERS = "Id,Survived,Class,Sex,Age,Fare,Member,Port\n" + "".join(
    f"{i + 1},{int(i % 3 > 0)},{1 + i % 3},{('female', 'male')[i % 2]},{'' if i % 7 == 0 else 20 + i},"
    f"{7 + i / 4},{('yes', 'no')[i % 4 > 1]},{'' if i == 5 else 'SCQ'[i % 3]}\n"
    for i in range(N)
)
PRICES = "면적;방;동네;가격\n" + "".join(
    f"{20 + i * 37 % 100},5;{i % 5};{'가나다'[i % 3]};{250 + 4 * (i * 37 % 100)},25\n" for i in range(N)
)
PARTED = "x,y,set,kind\n" + "".join(
    f"{i},{i * i % 11},{'test' if i % 4 == 0 else 'Train'},{'ab'[i % 2]}\n" for i in range(N)
)
BARE = "".join(f"{i / 8} {i * 5 % 7} {i % 3}\n" for i in range(N))
TITLED = "# made\nmeasured in May\n\na|b|c\n" + "".join(f"{i}|{i % 5}.5|k{i % 2}\n" for i in range(N))
LONG = "v,w,label\n" + "".join(
    f"{i * 37 % 1000}.5,{i % 13},{('common', 'rare')[i == 777]}\n" for i in range(6000)
)


def workbook(frame: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.to_excel(out, index=False)
    return out.getvalue()


def parquet(frame: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.to_parquet(out)
    return out.getvalue()


FRAME = pd.read_csv(io.StringIO(PASSENGERS), dtype={"Port": str}).assign(Port=lambda f: f["Port"].fillna("S"))
FILES: dict[str, tuple[bytes, dict[str, object]]] = {
    "passengers.csv": (PASSENGERS.encode(), {"hidden": (4,)}),
    "집값 '24\".csv": (PRICES.encode("cp949"), {"validation_fraction": 0.2}),
    "parted.csv": (PARTED.encode(), {"preprocessing": "min_max", "validation_fraction": 0.3}),
    "bare.txt": (BARE.encode(), {"split": "stratified", "preprocessing": "none"}),
    "titled.txt": (
        TITLED.encode(),
        {"split": {"name": "folds", "fold": 2}, "class_weighting": "oversampled"},
    ),
    "long.csv": (LONG.encode(), {"batch_size": 500}),
    "book.xlsx": (workbook(FRAME), {"preprocessing": "center", "learning_rate": 0.001}),
    "table.parquet": (parquet(FRAME), {"noise": 0.1}),
}


def made(name: str, data: bytes, fields: dict[str, object]):
    table = read_table(data)
    target = str(table.target)
    inputs = suggest_inputs(table, target)
    points = points_from_table(table, inputs=inputs, target=target, subsample=True)
    if not points.class_names:
        points = points_from_table(table, inputs=inputs, target=target, scale_target=True)
    file = from_file(data, name, table, points, inputs, table.part or "")
    base = {
        "preprocessing": "standardize",
        "hidden": (3,),
        "n_samples": 5000,
        "engine": "reference",
        "device": "cpu",
    }
    return data, file, Experiment(dataset="custom", points=points, **{**base, **fields})


def ended(experiment: Experiment) -> list[float]:
    trainer = Trainer(experiment)
    trainer.run(epochs=3)
    last = trainer.history.last()
    return [last[f"loss_{part}"] for part in PARTS if not np.isnan(last[f"loss_{part}"])]


def run(code: str) -> list[float]:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(code, "script", "exec"), {})
    return [float(number) for number in re.findall(r"\d\S*", said.getvalue().splitlines()[-1])]


@pytest.mark.parametrize("name", FILES)
def test_a_script_beside_the_file_ends_where_the_app_ends(name, tmp_path: Path, monkeypatch) -> None:
    data, file, experiment = made(name, *FILES[name])
    assert file is not None
    (tmp_path / file.name).write_bytes(data)
    monkeypatch.chdir(tmp_path)
    script = to_script(experiment, 3, "ko", file)
    assert "np.array([" not in script
    assert "import pandas as pd" in script
    assert run(script) == pytest.approx(ended(experiment), rel=1e-4)


def test_the_notebook_reads_the_file_too(tmp_path: Path, monkeypatch) -> None:
    data, file, experiment = made("passengers.csv", *FILES["passengers.csv"])
    (tmp_path / "passengers.csv").write_bytes(data)
    monkeypatch.chdir(tmp_path)
    cells = json.loads(to_notebook(experiment, 3, "en", file))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    assert "SimpleImputer" in code
    assert "StandardScaler" in code
    assert run(code) == pytest.approx(ended(experiment), rel=1e-4)


DECORATED = "a,b,price,kind\n" + "".join(
    f'{i * 5 % 40} %,"{1000 + i * 37 % 900:,}","₩{(i * 7 % 30) * 1000:,}",{"xy"[i % 2]}\n' for i in range(N)
)
SPACED = "v;w;y\n" + "".join(
    f"{1 + i % 3}\u00a0{200 + i},5;{chr(0x2212)}{i * 5 % 12},25;{'+' if i % 2 else ''}{i}\u202f000,5 €\n"
    for i in range(N)
)
SUMMED = "a,b,y\n" + "".join(f"{i * 5 % 12},{i * 7 % 9},{i}.5\n" for i in range(N)) + "Total,66,99\n"
HOT = ("1,0,0", "0,1,0", "0,0,1")
ONE_HOT = "a,b,c0,c1,c2\n" + "".join(f"{i}.5,{i * 7 % 9},{HOT[i % 3]}\n" for i in range(N))
UNITS = "t,v,v,p\nC,m/s,m/s,kW\n" + "".join(f"{i}.5,{i * 7 % 9},{i % 5},{i * i % 7}.25,\n" for i in range(N))
OTHERWISE: dict[str, tuple[bytes, dict[str, object]]] = {
    "signs of percent and currency, groups of thousands": (DECORATED.encode(), {"preprocessing": "whitening"}),
    "groups of a space, decimal commas, another minus": (SPACED.encode(), {"preprocessing": "pca"}),
    "a row that sums up": (SUMMED.encode(), {}),
    "columns of 0 and 1 that are one target": (ONE_HOT.encode(), {}),
    "a row of units, a separator at the end": (UNITS.encode(), {}),
    "axes without extent": (
        ("a,b,c,y\n" + "".join(f"{i},{2 * i},{i % 5},{'uv'[i % 2]}\n" for i in range(N))).encode(),
        {"preprocessing": "whitening"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERWISE)
def test_pandas_is_made_to_read_what_it_reads_otherwise(name: str, tmp_path: Path, monkeypatch) -> None:
    data, file, experiment = made(name, *OTHERWISE[name])
    assert file is not None
    (tmp_path / file.name).write_bytes(data)
    monkeypatch.chdir(tmp_path)
    script = to_script(experiment, 3, "en", file)
    assert ("PCA(" in script) == (experiment.preprocessing.name in ("pca", "whitening"))
    assert run(script) == pytest.approx(ended(experiment), rel=1e-4)


def test_what_pandas_cannot_be_made_to_read_is_none_to_a_script() -> None:
    text = (
        "a,b,c\n" + "".join(f"{i * 5 % 12},{i * 7 % 9},{'xy'[i % 2]}\n" for i in range(12)) + "# end\n9,8,x\n"
    )
    table = read_table(("# made\n" + text).encode())
    inputs = suggest_inputs(table, str(table.target))
    points = points_from_table(table, inputs=inputs)
    assert from_file(text.encode(), "t.csv", table, points, inputs) is None
