#!/usr/bin/env bash
# Use the built application as a user would: open its window under Xvfb, mark a dropout with the
# mouse, press Repair; then repair with its own command line. Prints how long each took. Needs Xvfb
# and xdotool.
#
#   packaging/smoke_test.sh [FOLDER]      (with its programs; dist/uasrm unless told otherwise)
set -euo pipefail
cd "$(dirname "$0")/.."

app=$(realpath "${1:-dist/uasrm}")
samples=resources/samples
work=$(mktemp -d)
display=:${SMOKE_DISPLAY:-97}
export XDG_CONFIG_HOME=$work/config XDG_DATA_HOME=$work/data XDG_CACHE_HOME=$work/cache
mkdir -p "$XDG_CONFIG_HOME" "$XDG_DATA_HOME" "$XDG_CACHE_HOME"

fail() {
    echo "smoke test: $*" >&2
    [ ! -s "$work/window.log" ] || tail -n 20 "$work/window.log" >&2
    exit 1
}

started=()
finish() {
    for process in "${started[@]}"; do kill "$process" 2>/dev/null || true; done
    wait
    rm -rf "$work"
}
trap finish EXIT

for tool in Xvfb xdotool; do
    command -v "$tool" >/dev/null || fail "$tool is missing: apt-get install xvfb xdotool"
done
[ -x "$app/uasrm-gui" ] || fail "nothing is built yet: make package"

Xvfb "$display" -screen 0 1440x900x24 -nolisten tcp >/dev/null 2>&1 &
started+=($!)
export DISPLAY=$display
until xdotool getmouselocation >/dev/null 2>&1; do sleep 0.1; done

shown() { xdotool search --onlyvisible --name "$1" 2>/dev/null; }
worked() { awk '{ print $14 + $15 }' "/proc/$1/stat"; } # hundredths of a second of the processor
at_rest() { # a process, over a second
    local before
    before=$(worked "$1")
    sleep 1
    [ $(($(worked "$1") - before)) -lt 5 ]
}

# The window. Its title carries the recording's name once the recording is open.
begin=$(date +%s%N)
"$app/uasrm-gui" --demo >"$work/window.log" 2>&1 &
window=$!
started+=("$window")
until shown hungarian_dance >/dev/null; do
    kill -0 "$window" 2>/dev/null || fail "the window's program ended by itself"
    [ $(($(date +%s%N) - begin)) -lt 60000000000 ] || fail "no window after 60 s"
    sleep 0.05
done
echo "window with the demo open after $((($(date +%s%N) - begin) / 1000000)) ms"
sleep 5
kill -0 "$window" 2>/dev/null || fail "the window's program ended by itself"

# A drag over the half-second dropout, from 2.6 to 3.1 s of 14.1, and the button at the top right.
# The picture starts and ends so far from the edges of a window of 1280 x 800.
width=1280 height=800 left=60 right=324 row=300
opened=$(shown hungarian_dance | tail -n 1)
program=$(xdotool getwindowpid "$opened") # an AppImage's is another than the one started
xdotool windowmove "$opened" 0 0 windowsize "$opened" $width $height
sleep 2
column() { awk -v s="$1" -v l=$left -v w=$((width - left - right)) 'BEGIN { printf "%d", l + w * s / 14.1 }'; }
xdotool mousemove "$(column 2.57)" $row mousedown 1
for s in 2.7 2.9 3.0 3.13; do xdotool mousemove "$(column $s)" $row; sleep 0.05; done
xdotool mouseup 1
sleep 1
begin=$(date +%s%N)
xdotool mousemove $((width - 52)) 53 click 1
until shown 'hungarian_dance.*\*' >/dev/null; do
    [ $(($(date +%s%N) - begin)) -lt 120000000000 ] || fail "no repair after 120 s"
    sleep 0.05
done
# The title tells at once of a new region; the repair is done when the program is at rest.
until at_rest "$program"; do
    [ $(($(date +%s%N) - begin)) -lt 240000000000 ] || fail "no end of the repair after 240 s"
done
echo "first repair, by mouse, and at rest after $((($(date +%s%N) - begin) / 1000000)) ms"
kill "$program"
wait "$window" || true

# The command line, with nothing of this machine's Python about.
begin=$(date +%s%N)
env -u PYTHONPATH -u VIRTUAL_ENV "$app/uasrm" repair "$samples/hungarian_dance_damaged.wav" \
    --regions "$samples/hungarian_dance_damaged.txt" -o "$work/fixed.wav" ||
    fail "the command line could not repair the demo"
echo "demo repaired after $((($(date +%s%N) - begin) / 1000000)) ms"

size() { stat -c %s "$1"; }
[ "$(size "$work/fixed.wav")" = "$(size "$samples/hungarian_dance_damaged.wav")" ] ||
    fail "the repaired file has another size than the damaged one"
! cmp -s "$work/fixed.wav" "$samples/hungarian_dance_damaged.wav" ||
    fail "the repaired file is the damaged one"
grep -q bext "$work/fixed.wav" || fail "the bext chunk did not survive"
"$app/uasrm" demo || fail "uasrm demo failed"
echo "smoke test: passed"
