"""The table of actions as a whole."""

from collections import Counter

from uasrm_gui.actions.table import ACTIONS


def test_no_key_and_no_name_is_given_twice():
    keys = Counter(key for spec in ACTIONS for key in spec.keys)
    assert [key for key, count in keys.items() if count > 1] == []
    names = Counter(spec.id for spec in ACTIONS)
    assert [name for name, count in names.items() if count > 1] == []
