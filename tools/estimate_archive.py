"""Estimate how long an archive takes: ``python tools/estimate_archive.py --hours 10000``.

Multiplies what an hour of stereo at 44.1 kHz takes of one core (docs/detection.md): finding damage
118 s, a click 0.023 s, a longer repair 0.82 s, reading and writing 3 s; and what each file takes
whatever its length on a worker of Dask (tools/measure_batch.py).
"""

from __future__ import annotations

import argparse

DETECT_S, CLICK_S, LONG_S, FILES_S = 118.0, 11.5 / 506, 32.1 / 39, 3.0
EACH_FILE_S = 1.44
CLICKS_AN_HOUR, LONG_AN_HOUR = 500, 60
WORKER_GB = 1.6
CORES = (2, 16, 64, 256)
# The recording is read for its hash, for the detection, for the export and twice for the log; the
# result is written, read back, and read for the log and its hash.
READS, WRITES = 8, 1


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description="Estimate how long an archive takes.")
    parser.add_argument("--hours", type=float, default=10_000, help="of tape (10000)")
    parser.add_argument("--rate", type=int, default=96_000, help="frames a second (96000)")
    parser.add_argument("--bits", type=int, default=24, help="bits a sample (24)")
    parser.add_argument("--minutes", type=float, default=45, help="of each file (45)")
    repairs = CLICKS_AN_HOUR * CLICK_S + LONG_AN_HOUR * LONG_S
    parser.add_argument(
        "--repair-s", type=float, default=repairs, help=f"repairs of an hour ({repairs:.0f} s)"
    )
    options = parser.parse_args()
    scale = options.rate / 44_100
    each_file_s = 60 / options.minutes * EACH_FILE_S
    seconds = (DETECT_S + FILES_S) * scale + options.repair_s + each_file_s
    terabytes = options.hours * 3600 * options.rate * 2 * options.bits / 8 / 1e12
    print(f"{options.hours:,.0f} hours, stereo, {options.rate} Hz, {options.bits} bit")  # noqa: T201
    print(f"an hour of tape takes {seconds:.0f} s of a core")  # noqa: T201
    print(f"of which {each_file_s:.1f} s are for its files as such")  # noqa: T201
    print(f"all of it {options.hours * seconds / 3600:,.0f} core hours, {terabytes:.1f} TB")  # noqa: T201
    print("| cores | days | memory, GB | read, MB/s | written, MB/s |")  # noqa: T201
    print("|---:|---:|---:|---:|---:|")  # noqa: T201
    for cores in CORES:
        took = options.hours * seconds / cores
        each = terabytes * 1e6 / took
        print(  # noqa: T201
            f"| {cores} | {took / 86400:.1f} | {cores * WORKER_GB:.0f} "
            f"| {READS * each:.0f} | {WRITES * each:.0f} |"
        )


if __name__ == "__main__":
    main()
