#!/usr/bin/env bash
# Takes the pictures of docs/screenshots: the real window on a screen of its own, used with mouse
# and keyboard on the bundled recording. Needs Debian's xvfb, openbox, xdotool and imagemagick:
#
#   tools/take_screenshots.sh [FOLDER]      (docs/screenshots unless told otherwise)
set -euo pipefail
cd "$(dirname "$0")/.."

for tool in Xvfb openbox xdotool import convert; do
    if ! command -v "$tool" >/dev/null; then
        echo "$tool is missing: apt-get install xvfb openbox xdotool imagemagick" >&2
        exit 1
    fi
done

target=$(realpath "${1:-docs/screenshots}")
program=$(realpath .venv/bin/uasrm-gui)
width=1280 height=800
work=$(mktemp -d)
mkdir -p "$target"

stop() {
    kill "${started[@]}" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$work"
}
started=()
trap stop EXIT

# a screen with the window over all of it
Xvfb -displayfd 3 -screen 0 "${width}x${height}x24" -nolisten tcp 3>"$work/display" 2>/dev/null &
started+=($!)
for _ in $(seq 100); do [ -s "$work/display" ] && break; sleep 0.1; done
DISPLAY=:$(cat "$work/display")
export DISPLAY
cat >"$work/openbox.xml" <<'XML'
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <theme><name>Onyx</name></theme>
  <placement><policy>Smart</policy><center>yes</center></placement>
  <applications>
    <application type="normal"><maximized>yes</maximized></application>
  </applications>
</openbox_config>
XML
openbox --config-file "$work/openbox.xml" 2>/dev/null &
started+=($!)

# nobody's settings, and no sound
env -u WAYLAND_DISPLAY -u XDG_CONFIG_HOME -u XDG_STATE_HOME HOME="$work" \
    "$program" --demo >"$work/log" 2>&1 &
started+=($!)

wait_for_title() { # a pattern, and for how long at most
    for _ in $(seq $((${2:-60} * 5))); do
        xdotool search --onlyvisible --name "$1" >/dev/null 2>&1 && return
        sleep 0.2
    done
    echo "the window never said: $1" >&2
    cat "$work/log" >&2
    exit 1
}

settle() { # wait until the screen stands still
    local before="" now=""
    for _ in $(seq 40); do
        sleep 0.5
        now=$(import -silent -window root rgba:- | md5sum)
        [ "$now" = "$before" ] && return
        before=$now
    done
}

picture() { # a name
    settle
    # few colours keep a spectrogram small
    import -silent -window root "$work/full.png"
    convert "$work/full.png" -strip +dither -colors 255 "PNG8:$target/$1.png"
    echo "$target/$1.png"
}

drag() { # from x y to x y, as a hand does
    xdotool mousemove "$1" "$2" mousedown 1
    for step in $(seq 12); do
        xdotool mousemove $(($1 + ($3 - $1) * step / 12)) $(($2 + ($4 - $2) * step / 12))
        sleep 0.03
    done
    xdotool mouseup 1
}

# Where the half-second dropout is: the picture starts and ends so far from the window's edges.
left=60 right=324 row=300
seconds=14.1 from=2.6 to=3.1
at() { # the column of a second when all is in view
    awk -v s="$1" -v l=$left -v w=$((width - left - right)) -v t=$seconds \
        'BEGIN { printf "%d", l + w * s / t + 0.5 }'
}

wait_for_title '^hungarian_dance_damaged.wav'
sleep 2
xdotool mousemove $((width / 2)) $((height - 20))
picture 1-open

# closer, with the wheel, then drag from a little before it to a little after it
middle=$(at 2.85)
xdotool mousemove "$middle" $row
for _ in 1 2 3 4 5 6; do xdotool keydown ctrl click 4 keyup ctrl; sleep 0.1; done
settle
# six notches of 1.25 each
reach=$((($(at $to) - $(at $from)) * 381 / 200 + 4))
drag $((middle - reach)) $row $((middle + reach)) $row
picture 2-select

xdotool key r
wait_for_title '^hungarian_dance_damaged.wav\*' 300
# the mark above the picture tells where it was
xdotool key Escape
picture 3-repair

xdotool key x
picture 4-compare

xdotool key x ctrl+shift+e
wait_for_title '^Export$'
xdotool key Tab ctrl+a
# shellcheck disable=SC2088  # it is the program that reads it
xdotool type --delay 20 '~/hungarian_dance_repaired.wav'
picture 5-export
