#!/usr/bin/env bash
# Write what the packaged application bundles as a CycloneDX bill of materials: dist/uasrm.cdx.json.
set -euo pipefail
cd "$(dirname "$0")/.."

environment=build/packaging-venv tool=build/sbom-venv
[ -e "$environment/.installed" ] || { echo "nothing is built yet: make package" >&2; exit 1; }
if [ ! -x "$tool/bin/cyclonedx-py" ]; then
    "${PYTHON:-python3}" -m venv "$tool"
    "$tool/bin/python" -m pip install --quiet --disable-pip-version-check "cyclonedx-bom>=7"
fi
mkdir -p dist
"$tool/bin/cyclonedx-py" environment --output-reproducible --pyproject pyproject.toml \
    --of JSON -o dist/uasrm.cdx.json "$environment/bin/python"
"$tool/bin/python" - <<'PYTHON'
import json

with open("dist/uasrm.cdx.json", encoding="utf-8") as file:
    print(f"dist/uasrm.cdx.json: {len(json.load(file)['components'])} components")
PYTHON
