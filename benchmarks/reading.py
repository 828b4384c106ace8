"""What it takes to read a large table: ``python benchmarks/reading.py [--json] [--rows SHARE]``.

Four files, made from a seed, near the bounds of 200,000 rows, 200 columns and 20 MB: long (ten columns of numbers and
one of classes), wide (199 columns of numbers), mixed (dates, quoted names, true and false, groups of thousands, percent
signs) and endless (4.5 million rows, of which 200,000 are drawn). Each is read in a process of its own that has loaded
what reading needs: seconds, seconds of processor time, and by how much the process grew at most.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from playground import read_table  # noqa: E402

ROWS = {"long": 200_000, "wide": 14_000, "mixed": 200_000, "endless": 4_500_000}


def lines(kind: str, rows: int) -> Iterator[str]:
    """The lines of a file, its header first."""
    rng = np.random.default_rng(0)
    if kind in ("long", "wide"):
        columns = 10 if kind == "long" else 199
        yield ",".join([*(f"c{k}" for k in range(columns)), "label"])
        for i in range(rows):
            yield ",".join([*(f"{value:.3f}" for value in rng.normal(size=columns)), "abc"[i % 3]])
    elif kind == "mixed":
        yield "id,date,name,k,smoker,income,share,word,value,label"
        for i in range(rows):
            yield (
                f'{i},2024-01-{1 + i % 28:02d},"name {i}, x",{i % 7},{"TRUE" if i % 2 else "FALSE"},"{1000 + i:,}",'
                f"{i % 100}%,word{i % 5},{i * 0.37:.2f},{'yes' if i % 3 else 'no'}"
            )
    else:
        yield "a,b"
        for i in range(rows):
            yield f"{i % 9},{i % 2}"


def read(path: str) -> dict[str, float]:
    """Read one file in this process, which has read a small one before."""
    read_table(b"a,b,c\n1,2,x\n3,4,y\n1%,5,x\n")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, used = time.perf_counter(), time.process_time()
    table = read_table(path)
    return {
        "seconds": time.perf_counter() - started,
        "processor": time.process_time() - used,
        "grown_mb": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1000,
        "rows": table.n_rows,
        "rows_in_file": table.rows_in_file,
        "columns": len(table.columns),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="one line of JSON a file")
    parser.add_argument("--rows", type=float, default=1.0, help="share of the rows")
    parser.add_argument("--read", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        print(json.dumps(read(options.read)))
        return
    for kind, rows in ROWS.items():
        with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines(kind, int(rows * options.rows)))
            file.flush()
            size = Path(file.name).stat().st_size / 10**6
            told = subprocess.run(
                [sys.executable, __file__, "--read", file.name], capture_output=True, text=True, check=True
            )
        found = {"kind": kind, "mb": size, **json.loads(told.stdout)}
        if options.json:
            print(json.dumps(found), flush=True)
            continue
        print(
            f"{kind:8} {size:5.1f} MB, {found['rows_in_file']:,} × {found['columns']}: {found['seconds']:5.2f} s "
            f"({found['processor']:.2f} s of processor time), + {found['grown_mb']:.0f} MB",
            flush=True,
        )


if __name__ == "__main__":
    main()
