#!/usr/bin/env bash
# Use a built package in a bare Debian: packaging/smoke_test.sh. As root, with debootstrap; BARE names a
# folder with such a system, which is left as it is but for its packages.
#
#   packaging/test_in_bare.sh dist/uasrm_VERSION_ARCHITECTURE.deb
#   packaging/test_in_bare.sh dist/uasrm-VERSION-x86_64.AppImage
set -euo pipefail
cd "$(dirname "$0")/.."

package=${1:-}
[ -f "$package" ] || { echo "no such package: ${package:-name one}" >&2; exit 1; }
bare=${BARE:-}
if [ -z "$bare" ]; then
    bare=$(mktemp -d /var/tmp/uasrm-bare.XXXXXX)
    release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
    debootstrap --variant=minbase "$release" "$bare" >/dev/null
    made=yes
fi
in_bare() { chroot "$bare" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
    DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8 "$@"; }
get() { in_bare apt-get install -y -qq "$@" >/dev/null; }
finish() {
    umount "$bare/proc" "$bare/dev" 2>/dev/null || true
    rm -rf "$bare/root/uasrm-test"
    [ -z "${made:-}" ] || rm -rf --one-file-system "$bare"
}
trap finish EXIT
mount -t proc proc "$bare/proc"
mount --bind /dev "$bare/dev"

test=/root/uasrm-test
mkdir -p "$bare$test/packaging" "$bare$test/resources"
cp "$package" packaging/smoke_test.sh "$bare$test/packaging/"
cp -r resources/samples "$bare$test/resources/"
in_bare apt-get update -qq
begin=$(date +%s)
case $package in
    *.deb)
        get "$test/packaging/$(basename "$package")"
        programs=/opt/uasrm
        ;;
    *)
        # A desktop has these. Nothing is mounted here, so the file unpacks itself at each start.
        mapfile -t libraries < <(python3 tools/system_libraries.py --list window)
        get --no-install-recommends "${libraries[@]}"
        extract=APPIMAGE_EXTRACT_AND_RUN=1
        programs=$test
        for name in uasrm uasrm-gui; do
            ln -s "packaging/$(basename "$package")" "$bare$test/$name"
        done
        ;;
esac
echo "installed after $(($(date +%s) - begin)) s"
get --no-install-recommends xvfb xdotool
in_bare ${extract:-} "$test/packaging/smoke_test.sh" "$programs"
in_bare ${extract:-} "$programs/uasrm" --version
if [ "$programs" = /opt/uasrm ]; then
    in_bare apt-get purge -y -qq uasrm >/dev/null
    ! [ -e "$bare/opt/uasrm" ] || { echo "the package left something in /opt/uasrm" >&2; exit 1; }
fi
echo "package test: passed"
