import pytest

from uasrm_gui.settings import RECENT_FILES, Settings, SettingsStore, settings_from


@pytest.fixture
def path(tmp_path):
    return tmp_path / "config" / "settings.json"


def test_settings_come_back(path, qapp):
    store = SettingsStore(path)
    store.change(device="Speakers", pre_roll_s=2.5, loop=True)
    assert SettingsStore(path).values == store.values
    assert store.values.device == "Speakers"


def test_a_damaged_file_means_the_defaults(path, qapp):
    path.parent.mkdir()
    for text in ("{", "[]", '{"pre_roll_s": "long", "latency": "none", "loop": 1}'):
        path.write_text(text)
        assert SettingsStore(path).values == Settings()


def test_one_bad_value_does_not_cost_the_others():
    assert settings_from({"latency": "low", "post_roll_s": -1}) == Settings(latency="low")


@pytest.mark.parametrize(
    "values", [{"latency": "none"}, {"pre_roll_s": 99}, {"loop": 3}, {"recent_files": "a"}]
)
def test_a_value_that_makes_no_sense_is_refused(path, qapp, values):
    with pytest.raises(ValueError, match=next(iter(values))):
        SettingsStore(path).change(**values)


def test_recent_files_are_few_and_each_there_once(path, qapp, tmp_path):
    store = SettingsStore(path)
    files = [tmp_path / f"{number}.wav" for number in range(RECENT_FILES + 3)]
    for file in [*files, files[-2]]:
        store.remember_file(file)
    names = store.values.recent_files
    assert len(names) == RECENT_FILES
    assert names[:2] == (str(files[-2]), str(files[-1]))
    store.forget_file(files[-2])
    assert str(files[-2]) not in store.values.recent_files


def test_a_place_that_cannot_be_written_to_stops_nothing(tmp_path, qapp):
    blocked = tmp_path / "file"
    blocked.write_text("")
    store = SettingsStore(blocked / "settings.json")
    store.change(loop=True)
    assert store.values.loop
