"""What `pyproject.toml` cannot say.

The wheel has ``resources/`` as ``uasrm_core/data/``, and the guide as ``uasrm_core/docs/``.
"""

from setuptools import find_packages, setup

DATA = "uasrm_core.data"
GUIDE, PICTURES = "uasrm_core.docs.guide", "uasrm_core.docs.screenshots"

setup(
    packages=[*find_packages(include=["uasrm_core*", "uasrm_gui*"]), DATA, GUIDE, PICTURES],
    package_dir={DATA: "resources", GUIDE: "docs/guide", PICTURES: "docs/screenshots"},
    package_data={
        DATA: ["**/*"],
        GUIDE: ["*.md"],
        PICTURES: ["*.png"],
        "uasrm_core": ["py.typed"],
        "uasrm_gui": ["py.typed"],
    },
)
