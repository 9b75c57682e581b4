"""Compile the loops of linear prediction ahead: ``python compile_kernels.py OUT.so``.

The packaged application then carries neither numba nor its compiler, which take 210 MB. Needs
numba, and the system's linker. The code is for every processor of this kind, not only for this one.
"""

import os

# before numba is loaded
os.environ["NUMBA_CPU_NAME"] = "generic"
os.environ["NUMBA_CPU_FEATURES"] = ""

import sys
import tempfile
from pathlib import Path
from typing import Any

from llvmlite import binding
from numba import carray, cfunc, types
from setuptools._distutils.ccompiler import new_compiler
from setuptools._distutils.sysconfig import customize_compiler

from uasrm_core.interpolation import kernels

REALS = types.CPointer(types.float64)
WHOLES = types.CPointer(types.int64)
SIZE = types.int64


@cfunc(types.int32(*[REALS] * 5, SIZE, SIZE), error_model="numpy", nogil=True)
def from_correlations(c, ends, turned_ends, a, work, stretches, size):  # type: ignore[no-untyped-def]
    """See `kernels.from_correlations`."""
    is_sound = kernels.from_correlations(
        carray(c, (size,)),
        carray(ends, (stretches, 2, size)),
        carray(turned_ends, (stretches, 2, size)),
        carray(a, (size,)),
        carray(work, (3, size)),
    )
    return types.int32(is_sound)


@cfunc(types.void(REALS, REALS, WHOLES, REALS, SIZE, SIZE, SIZE), error_model="numpy", nogil=True)
def from_errors(forward, backward, bounds, a, frames, ends, size):  # type: ignore[no-untyped-def]
    """See `kernels.from_errors`."""
    kernels.from_errors(
        carray(forward, (frames,)),
        carray(backward, (frames,)),
        carray(bounds, (ends,)),
        carray(a, (size,)),
    )


@cfunc(types.void(REALS, REALS, SIZE, SIZE), error_model="numpy", nogil=True)
def ring(a, response, size, frames):  # type: ignore[no-untyped-def]
    """See `kernels.ring`."""
    kernels.ring(carray(a, (size,)), carray(response, (frames,)))


@cfunc(types.int32(*[REALS] * 4, SIZE, SIZE), error_model="numpy", nogil=True)
def solve_toeplitz(column, solution, rows, work, n, width):  # type: ignore[no-untyped-def]
    """See `kernels.solve_toeplitz`."""
    is_definite = kernels.solve_toeplitz(
        carray(column, (width,)),
        carray(solution, (n,)),
        carray(rows, (n, width)),
        carray(work, (2, width)),
    )
    return types.int32(is_definite)


def emit_object(function: Any, name: str) -> bytes:
    """Return the machine code of a compiled function, under a name of its own."""
    module = binding.parse_assembly(function.inspect_llvm().replace(function.native_name, name))
    for part in module.functions:
        if not part.is_declaration and part.name != name:
            part.linkage = "internal"
    target = binding.Target.from_default_triple()
    machine = target.create_target_machine(opt=3, reloc="pic", codemodel="default")
    # all that could raise is inlined, seen not to, and left out
    passes = binding.create_pass_builder(machine, binding.create_pipeline_tuning_options(3))
    passes.getModulePassManager().run(module, passes)
    return bytes(machine.emit_object(module))


def main() -> int:
    """Compile and link."""
    out = Path(sys.argv[1])
    out.parent.mkdir(parents=True, exist_ok=True)
    compiler = new_compiler()
    customize_compiler(compiler)
    with tempfile.TemporaryDirectory() as folder:
        objects = []
        names = ("from_correlations", "from_errors", "ring", "solve_toeplitz")
        for name in names:
            path = Path(folder, f"{name}{compiler.obj_extension}")
            path.write_bytes(emit_object(globals()[name], name))
            objects.append(str(path))
        compiler.link_shared_object(objects, str(out), export_symbols=list(names))
    return 0


if __name__ == "__main__":
    sys.exit(main())
