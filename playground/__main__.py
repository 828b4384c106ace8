"""Start the app: ``python -m playground``, with the same options as ``streamlit run app.py``."""

from __future__ import annotations

import runpy
import sys

from playground.place import HOME


def main() -> None:
    """Hand over to Streamlit."""
    sys.argv = ["streamlit", "run", str(HOME / "app.py"), *sys.argv[1:]]
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
