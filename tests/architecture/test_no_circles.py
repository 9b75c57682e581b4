"""Modules of a package import one another in one direction: no two of them need each other."""

from __future__ import annotations

import grimp
import pytest


@pytest.mark.parametrize("package", ["uasrm_core", "uasrm_gui"])
def test_no_modules_of_a_package_import_each_other_in_a_circle(package):
    # what is imported for types alone counts too
    graph = grimp.build_graph(package, exclude_type_checking_imports=False)
    waiting = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    while waiting:
        # whoever imports nothing that is still waiting can be read
        ready = {name for name, imports in waiting.items() if not imports & waiting.keys()}
        assert ready, f"these import each other in a circle, or wait for one: {sorted(waiting)}"
        waiting = {name: imports for name, imports in waiting.items() if name not in ready}
