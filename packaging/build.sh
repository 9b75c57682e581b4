#!/usr/bin/env bash
# Build the stand-alone application: dist/uasrm/ with the programs `uasrm` and `uasrm-gui`.
#
# It gets an environment of its own, for two reasons: torch's build for the processor is a twentieth
# of the size of the one for graphics cards, and torchaudio's compiled extension, which that build
# of torch cannot load, is left out (torchaudio's Python part does without it).
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
venv=build/packaging-venv
torch=2.13.0
id=io.github.uasrm.Uasrm

if [ ! -e "$venv/.installed" ] || [ constraints.txt -nt "$venv/.installed" ] ||
    [ pyproject.toml -nt "$venv/.installed" ]; then
    "$python" tools/system_libraries.py python window sound
    "$python" -m venv "$venv"
    mkdir -p build
    grep -v -E '^torch==' constraints.txt >build/constraints-cpu.txt
    echo "torch==$torch" >>build/constraints-cpu.txt
    pip=("$venv/bin/python" -m pip install --quiet --disable-pip-version-check)
    "${pip[@]}" "torch==$torch"
    "$venv/bin/python" - <<'PYTHON'
import sys
import torch
if torch.version.cuda:
    sys.exit(
        "This torch is the build for graphics cards; put torch's build for the processor "
        "where pip finds it first (PIP_FIND_LINKS or PIP_EXTRA_INDEX_URL)."
    )
PYTHON
    "${pip[@]}" -c build/constraints-cpu.txt pyinstaller ".[gui]"
    rm -rf "$venv"/lib/python*/site-packages/torchaudio/lib
    touch "$venv/.installed"
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
