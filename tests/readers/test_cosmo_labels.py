import re
from collections import Counter

import pytest

from kinefuse.errors import InputError
from kinefuse.readers.cosmo_labels import PERCENT, cosmo_labels


@pytest.mark.parametrize(
    ("percent", "labels"), [(5, 27), (10, 54), (15, 81), (20, 108), (30, 162), (40, 216)]
)
def test_a_list_has_its_share_of_twenty_a_class(percent, labels):
    names = cosmo_labels(percent)
    assert len(names) == len(set(names)) == labels == 27 * 20 * percent // 100
    takes = [re.fullmatch(r"a(\d+)_s(\d+)_t(\d+)", name).groups() for name in names]
    each = Counter(int(action) for action, _, _ in takes)
    assert each == dict.fromkeys(range(1, 28), labels // 27)
    assert {subject for _, subject, _ in takes} <= set("123456")
    assert {trial for _, _, trial in takes} <= set("1234")


def test_other_shares_are_refused():
    assert PERCENT == (5, 10, 15, 20, 30, 40)
    with pytest.raises(InputError, match="expected 5, 10, 15, 20, 30, 40 percent, got 25"):
        cosmo_labels(25)
