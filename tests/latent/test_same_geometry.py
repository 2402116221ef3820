"""Matched codes are of the same geometry, by the target's own encoder, and the rest is dropped."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.claw_hand import claw_hand
from tests.codecs import small_codec
from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.latent import measures
from xlvla_sdk.latent import same_geometry as module
from xlvla_sdk.latent.losses import Weights, retarget_loss, source_pairs
from xlvla_sdk.latent.measures import make_test_sets
from xlvla_sdk.latent.same_geometry import SAME_LOSS, SameGeometry, same_geometry

ONE, TWIN, LONG = "one:right", "twin:right", "long:right"
ROWS = 24


@pytest.fixture(scope="module")
def codecs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, LatentCodec]:
    folder: Path = tmp_path_factory.mktemp("claws")
    hands = (
        claw_hand(folder, "one"),
        claw_hand(folder, "twin"),
        claw_hand(folder, "long", length=0.09),
    )
    return {hand.id: small_codec(hand) for hand in hands}


@pytest.fixture(scope="module")
def models(codecs: Mapping[str, LatentCodec]) -> Mapping[str, TipModel]:
    return {hand: TipModel(codec.kinematics) for hand, codec in codecs.items()}


@pytest.fixture(scope="module")
def sets(models: Mapping[str, TipModel]) -> measures.TestSets:
    return make_test_sets(models, count=ROWS)


@pytest.fixture(scope="module")
def found(
    codecs: Mapping[str, LatentCodec], models: Mapping[str, TipModel], sets: measures.TestSets
) -> Mapping[tuple[str, str], SameGeometry]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "oracle", partial(module.oracle, steps=120))
        matched = same_geometry(codecs, models, sets, [(ONE, TWIN), (LONG, TWIN), (ONE, LONG)])
    return {(m.source + ">" + m.target, m.set): m for m in matched}


def test_a_twin_matches_everything_with_the_same_codes(
    found: Mapping[tuple[str, str], SameGeometry], sets: measures.TestSets
):
    match = found[f"{ONE}>{TWIN}", "RT"]
    assert len(match.source_codes) == match.asked == ROWS
    joints = sets.postures["RT"][ONE].shape[1]
    # small_codec's latent begins with the normalised joints.
    assert np.allclose(match.source_codes[:, :joints], sets.postures["RT"][ONE], atol=1e-6)
    apart = np.linalg.norm(match.target_codes - match.source_codes, axis=1)
    assert np.median(apart) < 0.01
    assert apart.max() < 0.2


def test_rows_the_target_cannot_match_are_dropped_and_only_those(
    found: Mapping[tuple[str, str], SameGeometry], models: Mapping[str, TipModel]
):
    both = torch.tensor([True, True, False, False])

    def vectors(hand: str, codes: np.ndarray) -> torch.Tensor:
        normalized = torch.from_numpy(codes[:, : models[hand].joints]).float()
        return models[hand].deltas(models[hand].unnormalize(normalized))

    for source, target in ((LONG, TWIN), (ONE, LONG)):
        for name in ("RT", "CP"):
            match = found[f"{source}>{target}", name]
            assert 0 < len(match.source_codes) < match.asked
            assert len(match.source_codes) == len(match.target_codes)
            wanted = source_pairs(vectors(source, match.source_codes), Weights())
            loss = retarget_loss(wanted, vectors(target, match.target_codes), both, Weights())
            assert loss.max() <= SAME_LOSS + 1e-4


def test_every_pair_and_set_is_asked_once(found: Mapping[tuple[str, str], SameGeometry]):
    assert len(found) == 6
    assert {match.asked for match in found.values()} == {ROWS}
