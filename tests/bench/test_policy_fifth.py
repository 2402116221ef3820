from __future__ import annotations

from dataclasses import replace

from bench.policy_fifth import titled
from bench.policy_options import pool_of


def test_a_section_names_the_hand_and_who_showed_the_tasks():
    pool = pool_of()
    assert titled(pool, "acme_h11") == "A fifth hand"
    assert titled(pool, "allegro") == "A fifth hand: allegro"
    alone = replace(pool, hands=("xhand",))
    assert titled(alone, "acme_h11") == "A fifth hand, by the demonstrations of xhand"
    two = replace(pool, hands=("xhand", "ability"))
    assert titled(two, "leap") == "A fifth hand: leap, by the demonstrations of xhand and ability"
