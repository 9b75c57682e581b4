"""A job file says what it wants in keys that are known; a typo is told with its line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region
from uasrm_core.batch.job import BatchJob, Rule
from uasrm_core.batch.job_file import job_text, parse_job, read_job, write_job
from uasrm_core.errors import JobError

EVERYTHING = BatchJob(
    kinds=("clicks", "dropouts"),
    sensitivity=0.4,
    sensitivities=(("clicks", 0.7),),
    regions="{folder}/{name}.txt",
    engine="ar",
    model=Path("own.safetensors"),
    context_s=2.0,
    strength=0.5,
    take=3,
    adapt=True,
    rules=(Rule((Kind.DROPOUT,), longer_than_s=0.5, skip=True), Rule(engine="unet", take=2)),
    name="{folder}/{name} “fixed”",
    suffix=".flac",
    coding_history=True,
    labels=False,
    log=False,
    report=False,
    session=False,
    copy_intact=False,
)


@pytest.mark.parametrize("job", [BatchJob(), EVERYTHING])
def test_a_job_that_is_written_is_read_as_it_was(job: BatchJob) -> None:
    assert parse_job(job_text(job), "job.toml") == job


def test_a_models_place_is_told_from_the_job_file(tmp_path: Path) -> None:
    write_job(BatchJob(model=Path("own.safetensors")), tmp_path / "job.toml")
    assert read_job(tmp_path / "job.toml").model == tmp_path / "own.safetensors"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "[detect]\n\nsensitivty = 0.5\n",
            "Line 3 of “job.toml”: “sensitivty” is not a key of [detect]; "
            "the nearest is “sensitivity”.",
        ),
        ("[detct]\n", "Line 1 of “job.toml”: “detct” is not a table; the nearest is “detect”."),
        (
            "[detect]\nkinds = ['click']\n",
            "Line 2 of “job.toml”: “kinds” must be a list of clicks, dropouts, clipping",
        ),
        (
            "[repair]\nstrength = 1.5\n",
            "Line 2 of “job.toml”: “strength” must be a number from 0 to 1.",
        ),
        (
            "[[rule]]\nkinds = ['Clicks', 'clack']\n",
            "Line 2 of “job.toml”: “kinds” must be a list of gap, click, dropout",
        ),
        ("[repair]\nadapt = 1\n", "Line 2 of “job.toml”: “adapt” must be true or false."),
        ("repair.adapt = 'yes'\n", "Line 1 of “job.toml”: “adapt” must be true or false."),
        (
            "[[rule]]\nskip = true\n[[rule]]\nlonger = 2\n",
            "Line 4 of “job.toml”: “longer” is not a key of [rule]; the nearest is "
            "“longer_than_s”.",
        ),
        (
            "[export]\nname = '{fodler}/{name}'\n",
            "Line 2 of “job.toml”: “name” must be a name with fields from {folder}, {name}, {ext}.",
        ),
        ("[export]\nname = 'same'\n", "must be a name that contains {name}."),
        ("rule = 3\n", "“rule” must be a list of tables: write [[rule]] before each."),
        ("detect = 3\n", "“detect” must be a table: write [detect]."),
        ("[detect]\nkinds = [\n", "“job.toml” is no job file in TOML: "),
        ("[detect.sensitivities]\nclick = 1\n", "“sensitivities” must be a table whose keys are"),
    ],
)
def test_a_mistake_is_one_sentence_with_line_and_key(text: str, sentence: str) -> None:
    with pytest.raises(JobError) as told:
        parse_job(text, "job.toml")
    assert sentence in str(told.value)
    assert "\n" not in str(told.value)


def test_a_missing_job_file_and_one_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(JobError, match=r"There is no job file"):
        read_job(tmp_path / "job.toml")
    (tmp_path / "job.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(JobError, match=r"is not a text file in UTF-8"):
        read_job(tmp_path / "job.toml")


def test_the_first_rule_that_applies_decides() -> None:
    job = BatchJob(
        engine="ar",
        rules=(
            Rule((Kind.DROPOUT,), longer_than_s=0.5, skip=True),
            Rule((Kind.DROPOUT,), engine="unet", take=2),
        ),
    )
    long, short = Region(0, 44100, kind=Kind.DROPOUT), Region(0, 4410, kind=Kind.DROPOUT)
    click = Region(0, 10, kind=Kind.CLICK)
    assert job.rule_for(long, 44100).skip
    assert job.rule_for(short, 44100) == Rule(engine="unet", strength=1.0, take=2)
    assert job.rule_for(click, 44100) == Rule(engine="ar", strength=1.0)
