"""Tips get their fingers' names by geometry: all ways are ranked, and the right one wins."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.claw_hand import claw_hand
from tests.codecs import small_codec
from tests.gripper_hand import gripper_hand
from xlvla_sdk.codec import LatentSpace, load_space
from xlvla_sdk.errors import SpecError
from xlvla_sdk.kinematics import shared_kinematics
from xlvla_sdk.latent import maps
from xlvla_sdk.latent.maps import best_costs, frozen_postures
from xlvla_sdk.onboarding import learn_map
from xlvla_sdk.onboarding.mapping import _maps, _named
from xlvla_sdk.registry import registry
from xlvla_sdk.specs import FINGERS, HandSpec

BESIDE = FINGERS[1:]


def renamed(spec: HandSpec, **changed: object) -> HandSpec:
    fields = {name: getattr(spec, name) for name in HandSpec.model_fields}
    return HandSpec(**{**fields, **changed})  # pyright: ignore[reportArgumentType]


def test_there_are_as_many_maps_as_ways_to_name_the_tips():
    assert [len(list(_maps(tuple("abcde"[:tips]), BESIDE))) for tips in (2, 3, 4, 5)] == [
        8,
        36,
        96,
        120,
    ]
    first = next(islice(_maps(("a", "b", "c"), BESIDE), 0, 1))
    assert first == {"thumb": "a", "index": "b", "middle": "c"}


def test_jaws_that_follow_one_another_are_one_way_or_the_other_the_same(tmp_path: Path):
    named, refused = _named(gripper_hand(tmp_path), BESIDE)
    assert [spec.fingers for spec in named] == [
        ("thumb", finger) for finger in ("index", "middle", "ring", "pinky")
    ]
    assert refused == 0


def test_a_hand_no_map_gives_a_palm_is_refused(tmp_path: Path):
    hand = gripper_hand(tmp_path)
    text = hand.urdf.read_text().replace("0 0 0.07", "0 0 0").replace("0 0 0.05", "0 0 0")
    (tmp_path / "jaws.urdf").write_text(text)
    with pytest.raises(SpecError, match="jaws:right: no naming of its 2 tips gives it a palm"):
        _named(renamed(hand), BESIDE)


@pytest.mark.usefixtures("quick")
def test_the_best_that_was_fitted_is_kept(
    space: LatentSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(maps, "POSTURES", 8)
    monkeypatch.setattr(maps, "STEPS", 4)
    learned = learn_map(gripper_hand(tmp_path), space)
    assert len(learned.ranked) == 2  # the space's hands have an index and a middle finger
    fitted = [found.fitted for found in learned.ranked]
    assert fitted == sorted(value for value in fitted if value is not None)
    assert learned.kept.spec.tip_links.keys() == {"thumb", learned.kept.spec.fingers[1]}
    assert learned.runner_up is learned.ranked[1]
    assert learned.table().splitlines()[1].startswith("kept")
    facts = learned.to_json()
    assert (len(facts["maps"]), facts["ranked"]) == (2, 2)


def test_a_map_is_worth_what_its_optimum_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The same hand again costs next to nothing; with two names exchanged it costs more."""
    monkeypatch.setattr(maps, "POSTURES", 12)
    monkeypatch.setattr(maps, "STEPS", 60)
    claw = claw_hand(tmp_path)
    codec = small_codec(claw)
    space = LatentSpace("toy", "0" * 64, {claw.id: codec}, {})
    frozen = frozen_postures(space)
    links = claw.tip_links
    swapped = {**links, "index": links["middle"], "middle": links["index"]}
    other = renamed(claw, tip_links=swapped)
    same, exchanged = best_costs(frozen, [shared_kinematics(claw), shared_kinematics(other)])
    assert same < 0.02 < exchanged


def test_a_finger_that_is_not_there_costs_what_a_constant_does(tmp_path: Path):
    claw = claw_hand(tmp_path)
    frozen = frozen_postures(LatentSpace("toy", "0" * 64, {claw.id: small_codec(claw)}, {}), seed=1)
    has = torch.tensor([True, False, False, False])
    whole = frozen.cost(frozen.vectors, torch.ones(4, dtype=torch.bool))
    lacking = frozen.cost(frozen.vectors, has)
    np.testing.assert_allclose(whole, 0.0, atol=2e-3)
    alone = torch.tensor([False, True, False, False])
    constant = frozen.constant.expand_as(frozen.vectors)
    middle = maps.retarget_loss(frozen.pairs, constant, alone, maps.PLAIN)
    np.testing.assert_allclose(lacking, middle / 2.0, atol=2e-3)  # a mean over two fingers


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_names_of_a_human_like_hand_are_found_again():
    spec = registry().hand("ability:right")
    shuffled = dict(zip(spec.tip_links, reversed(list(spec.tip_links.values())), strict=True))
    space = load_space()
    hands, _ = _named(renamed(spec, tip_links=shuffled), BESIDE)
    costs = best_costs(frozen_postures(space), [shared_kinematics(hand) for hand in hands])
    best = hands[int(np.argmin(costs))]
    assert dict(best.tip_links) == dict(spec.tip_links)
