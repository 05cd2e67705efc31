from __future__ import annotations

import pytest
from clubroom.core.limits import network


@pytest.mark.parametrize(
    ("address", "whom"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::9", "2001:db8:1:2::"),
        ("2001:db8:1:3::9", "2001:db8:1:3::"),
        ("::ffff:192.0.2.7", "::ffff:192.0.2.7"),
        ("no:address", "no:address"),
    ],
)
def test_who_has_a_whole_network_is_one(address: str, whom: str) -> None:
    assert network(address) == whom
