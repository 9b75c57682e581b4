#!/usr/bin/env bash
# Put the built application into a Debian package: dist/uasrm_VERSION_ARCHITECTURE.deb.
#
# The application goes to /opt/uasrm, for its libraries are its own; menu entry, icon and
# description go where a desktop looks for them.
set -euo pipefail
cd "$(dirname "$0")/.."

[ -x dist/uasrm/uasrm-gui ] || { echo "nothing is built yet: make package" >&2; exit 1; }
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml)
architecture=$(dpkg --print-architecture)
name=uasrm_${version}_$architecture
root=build/deb/$name
rm -rf build/deb
install -d "$root/DEBIAN" "$root/opt" "$root/usr/bin" "$root/usr/share/doc/uasrm"
cp -a dist/uasrm "$root/opt/uasrm"
mv "$root/opt/uasrm/share/"* "$root/usr/share/"
rmdir "$root/opt/uasrm/share"
ln -s /opt/uasrm/uasrm "$root/usr/bin/uasrm"
ln -s /opt/uasrm/uasrm-gui "$root/usr/bin/uasrm-gui"
install -m 644 LICENSE "$root/usr/share/doc/uasrm/copyright"

# What the window needs of the system, as `make run` knows it.
libraries=$(python3 tools/system_libraries.py --list window | paste -sd , | sed 's/,/, /g')
cat >"$root/DEBIAN/control" <<CONTROL
Package: uasrm
Version: $version
Section: sound
Priority: optional
Architecture: $architecture
Maintainer: The UASRM authors <uasrm@localhost>
Installed-Size: $(du -sk "$root" | cut -f1)
Depends: libc6, $libraries
Recommends: libportaudio2
Description: Repair clicks, dropouts and noises in recordings
 Open a recording, see it as waveform and spectrogram, mark what is damaged,
 press Repair, compare and export. Every other sample stays as it was.
CONTROL
dpkg-deb --root-owner-group -Zxz -z1 --build "$root" "dist/$name.deb" >/dev/null
rm -rf build/deb
du -h "dist/$name.deb"
