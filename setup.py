"""What pyproject.toml cannot say: the package takes the app along, so that ``python -m playground`` starts it."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

APP = ("app.py", "pages", ".streamlit/config.toml")
"""What Streamlit needs beside the package, to ``playground/app/``."""


class WithApp(build_py):
    """Builds the package and lays the app into it."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return  # the checkout has them
        here, folder = Path(__file__).parent, Path(self.build_lib, "playground", "app")
        for path in (file for name in APP for file in [here / name, *(here / name).glob("*.py")]):
            if path.is_file():
                to = folder / path.relative_to(here)
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, to)


setup(cmdclass={"build_py": WithApp})
