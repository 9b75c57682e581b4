#!/usr/bin/env bash
# Install the Debian package in a bare Debian and use it there: packaging/smoke_test.sh. As root, with
# debootstrap; BARE names a folder with such a system, which is left as it is but for its packages.
set -euo pipefail
cd "$(dirname "$0")/.."

package=$(ls -t dist/uasrm_*.deb | head -n 1)
bare=${BARE:-}
if [ -z "$bare" ]; then
    bare=$(mktemp -d /var/tmp/uasrm-bare.XXXXXX)
    debootstrap --variant=minbase "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$bare" >/dev/null
    made=yes
fi
in_bare() { chroot "$bare" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
    DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8 "$@"; }
finish() {
    umount "$bare/proc" "$bare/dev" 2>/dev/null || true
    rm -rf "$bare/root/uasrm-test"
    [ -z "${made:-}" ] || rm -rf --one-file-system "$bare"
}
trap finish EXIT
mount -t proc proc "$bare/proc"
mount --bind /dev "$bare/dev"

test=$bare/root/uasrm-test
mkdir -p "$test/packaging" "$test/resources"
cp "$package" packaging/smoke_test.sh "$test/packaging/"
cp -r resources/samples "$test/resources/"
in_bare apt-get update -qq
begin=$(date +%s)
in_bare apt-get install -y -qq "/root/uasrm-test/packaging/$(basename "$package")" >/dev/null
echo "installed after $(($(date +%s) - begin)) s"
in_bare apt-get install -y -qq --no-install-recommends xvfb xdotool >/dev/null
in_bare /root/uasrm-test/packaging/smoke_test.sh /opt/uasrm
in_bare uasrm --version
in_bare apt-get purge -y -qq uasrm >/dev/null
! [ -e "$bare/opt/uasrm" ] || { echo "the package left something in /opt/uasrm" >&2; exit 1; }
echo "package test: passed"
