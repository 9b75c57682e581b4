#!/usr/bin/env bash
# Check the form of what packages and services read: desktop entry, description, Flatpak manifest,
# workflows, forms for issues, citation, scripts. Needs what it names; nothing has to be built.
set -euo pipefail
cd "$(dirname "$0")/.."

id=io.github.uasrm.Uasrm
tool=build/check-venv
for program in desktop-file-validate:desktop-file-utils appstreamcli:appstream \
    flatpak-builder:flatpak-builder shellcheck:shellcheck; do
    command -v "${program%:*}" >/dev/null ||
        { echo "${program%:*} is missing: apt-get install ${program#*:}" >&2; exit 1; }
done
if [ ! -x "$tool/bin/check-jsonschema" ]; then
    "${PYTHON:-python3}" -m venv "$tool"
    "$tool/bin/python" -m pip install --quiet --disable-pip-version-check check-jsonschema
fi
check() { # a name, and the command that prints nothing but faults, or fails
    local said
    said=$("${@:2}" 2>&1) || { echo "$1: $said" >&2; exit 1; }
    echo "$1: right"
}

check "desktop entry" desktop-file-validate "packaging/$id.desktop"
check "description" appstreamcli validate --no-net "packaging/$id.metainfo.xml"
flatpak_faults() { # what it does not know it only warns of
    local said
    said=$(cd build && flatpak-builder --show-manifest "../packaging/$id.yml" 2>&1 >/dev/null)
    [ -z "$said" ] || { echo "$said"; return 1; }
}
check "Flatpak manifest" flatpak_faults
schema() { "$tool/bin/check-jsonschema" --builtin-schema "vendor.$1" "${@:2}"; }
check "workflows" schema github-workflows .github/workflows/*.yml
check "forms for issues" schema github-issue-forms .github/ISSUE_TEMPLATE/{fault,wish}.yml
check "choice of forms" schema github-issue-config .github/ISSUE_TEMPLATE/config.yml
check "citation" schema citation-file-format CITATION.cff
check "scripts" shellcheck --severity=warning packaging/*.sh packaging/AppRun .ci/run tools/*.sh
