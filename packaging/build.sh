#!/usr/bin/env bash
# Build the stand-alone application: dist/uasrm/ with the programs `uasrm` and `uasrm-gui`.
#
# It gets an environment of its own, without PyTorch and numba, which take more room than all else
# together. The compiled loops are made ahead by the environment of development (MAKER names its
# Python).
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
maker=${MAKER:-.venv/bin/python}
venv=build/packaging-venv
made=build/made
id=io.github.uasrm.Uasrm

# A compiler links the loops; PyInstaller looks into libraries, and takes Python's along.
shared='import ctypes, sysconfig; ctypes.CDLL(sysconfig.get_config_var("INSTSONAME"))'
if ! command -v cc >/dev/null || ! command -v objdump >/dev/null || ! "$python" -c "$shared" 2>/dev/null; then
    echo "A compiler, binutils or Python's shared library is missing. On Debian:" >&2
    echo "apt-get install gcc libc6-dev binutils libpython3.11" >&2
    exit 1
fi

if [ ! -e "$venv/.installed" ] || [ constraints.txt -nt "$venv/.installed" ] ||
    [ pyproject.toml -nt "$venv/.installed" ]; then
    "$python" tools/system_libraries.py python window sound
    rm -rf "$venv"
    "$python" -m venv "$venv"
    "$python" packaging/list_requirements.py >build/requirements.txt
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -c constraints.txt \
        pyinstaller -r build/requirements.txt
    touch "$venv/.installed"
fi

if [ ! -e "$made/compiled/kernels.so" ] || [ -n "$(find packaging/compile_kernels.py uasrm_core/interpolation/kernels.py \
    -newer "$made/compiled/kernels.so")" ]; then
    "$maker" packaging/compile_kernels.py "$made/compiled/kernels.so"
fi

# The project itself is taken as it is in this folder, every time.
rm -rf build/lib
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
    --force-reinstall .
rm -rf dist/uasrm
"$venv/bin/pyinstaller" --noconfirm --log-level WARN --distpath dist --workpath build/pyinstaller \
    packaging/uasrm.spec

share=dist/uasrm/share
install -D -m 644 "packaging/$id.desktop" "$share/applications/$id.desktop"
install -D -m 644 "packaging/$id.metainfo.xml" "$share/metainfo/$id.metainfo.xml"
install -D -m 644 resources/icons/uasrm.svg "$share/icons/hicolor/scalable/apps/$id.svg"
install -m 644 LICENSE dist/uasrm/LICENSE
"$venv/bin/python" tools/list_licences.py --texts dist/uasrm/THIRD-PARTY.txt

du -sh dist/uasrm
