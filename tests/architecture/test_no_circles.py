"""Modules of the core import one another in one direction: no two of them need each other."""

from __future__ import annotations

import grimp


def test_no_modules_of_the_core_import_each_other_in_a_circle():
    graph = grimp.build_graph("uasrm_core")
    waiting = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    while waiting:
        # whoever imports nothing that is still waiting can be read
        ready = {name for name, imports in waiting.items() if not imports & waiting.keys()}
        assert ready, f"these import each other in a circle, or wait for one: {sorted(waiting)}"
        waiting = {name: imports for name, imports in waiting.items() if name not in ready}
