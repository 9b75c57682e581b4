"""What `pyproject.toml` cannot say: the wheel has ``resources/`` as ``uasrm_core/data/``."""

from setuptools import find_packages, setup

DATA = "uasrm_core.data"

setup(
    packages=[*find_packages(include=["uasrm_core*", "uasrm_gui*"]), DATA],
    package_dir={DATA: "resources"},
    package_data={DATA: ["**/*"], "uasrm_core": ["py.typed"], "uasrm_gui": ["py.typed"]},
)
