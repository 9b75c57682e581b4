#!/usr/bin/env bash
# Start the built application as a user would: its window under Xvfb, then a repair with its own
# command line. Prints how long the window took to appear. Needs Xvfb and xdotool.
set -euo pipefail
cd "$(dirname "$0")/.."

app=$PWD/dist/uasrm
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

# The window. Its title carries the recording's name once the recording is open.
begin=$(date +%s%N)
"$app/uasrm-gui" --demo >"$work/window.log" 2>&1 &
window=$!
started+=("$window")
until xdotool search --onlyvisible --pid "$window" --name hungarian_dance >/dev/null 2>&1; do
    kill -0 "$window" 2>/dev/null || fail "the window's program ended by itself"
    [ $(($(date +%s%N) - begin)) -lt 60000000000 ] || fail "no window after 60 s"
    sleep 0.05
done
echo "window with the demo open after $((($(date +%s%N) - begin) / 1000000)) ms"
sleep 5
kill -0 "$window" 2>/dev/null || fail "the window's program ended by itself"
kill "$window"

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
