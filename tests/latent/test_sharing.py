"""How shared a space is: wholly between twins with one codec, not at all once codes are set apart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from tests.claw_hand import claw_hand
from tests.codecs import small_codec
from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.codec.mlp import Mlp
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.latent import same_geometry
from xlvla_sdk.latent.evaluation import evaluate
from xlvla_sdk.latent.measures import make_test_sets
from xlvla_sdk.latent.sharing import ENOUGH_ROWS, Sharing, measure_sharing

ONE, TWIN = "one:right", "twin:right"


@pytest.fixture(scope="module", autouse=True)
def _quick():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(same_geometry, "oracle", partial(same_geometry.oracle, steps=80))
        yield


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, LatentCodec]:
    """Two hands of one geometry, with one codec."""
    folder = tmp_path_factory.mktemp("claws")
    return {hand.id: small_codec(hand) for hand in (claw_hand(folder, n) for n in ("one", "twin"))}


@pytest.fixture(scope="module")
def shared(twins: Mapping[str, LatentCodec]) -> Sharing:
    """How shared the twins' space is."""
    return sharing(twins)


def shifted(codec: LatentCodec, by: float) -> LatentCodec:
    """The codec with a last number in its codes, which no decoder reads, set to `by`."""
    layer = codec.encoder.layers[0]
    bias = layer.bias.copy()
    bias[-1] = by
    return replace(codec, encoder=Mlp((replace(layer, bias=bias),)))


def sharing(codecs: Mapping[str, LatentCodec], count: int = 48) -> Sharing:
    sets = make_test_sets({h: TipModel(c.kinematics) for h, c in codecs.items()}, count=count)
    return measure_sharing(codecs, sets, [(ONE, TWIN), (TWIN, ONE)])


def test_twins_with_one_codec_cannot_be_told_apart(shared: Sharing):
    found = shared.sets["RT"]
    assert (found.pairs, found.asked) == (1, 96)
    assert found.rows >= ENOUGH_ROWS
    assert found.gap_matched == pytest.approx(0.0, abs=0.02)
    assert found.gap_unmatched == pytest.approx(0.0, abs=0.05)
    assert found.distance is not None
    assert found.read is not None
    assert found.probe_matched is not None
    assert max(found.distance, found.read) < 0.1
    assert found.probe_matched == pytest.approx(0.5, abs=0.15)


def test_codes_that_carry_the_hand_are_told_apart_but_read_alike(
    twins: Mapping[str, LatentCodec], shared: Sharing
):
    apart = {**twins, TWIN: shifted(twins[TWIN], 20.0)}
    before, after = shared.sets["RT"], sharing(apart).sets["RT"]
    assert (after.probe_matched, after.probe_unmatched) == (1.0, 1.0)
    assert after.gap_matched is not None
    assert after.gap_matched > 0.8
    assert after.gap_centred == pytest.approx(0.0, abs=0.02)
    assert after.distance is not None
    assert after.distance > 0.9
    assert after.read == pytest.approx(before.read, rel=1e-3)


def test_with_few_matched_rows_nothing_is_claimed(twins: Mapping[str, LatentCodec]):
    found = sharing(twins, count=8)
    for of_set in found.sets.values():
        assert of_set.pairs == 0
        assert of_set.gap_matched is None
        assert of_set.probe_matched is None
    assert "no two hands" in found.line()


@pytest.mark.slow
def test_it_is_part_of_a_report_that_asks_for_it(twins: Mapping[str, LatentCodec], shared: Sharing):
    assert "sharing" not in evaluate(twins, count=2).to_json()
    found = evaluate(twins, count=48, with_sharing=True)
    assert found.sharing is not None
    facts = json.loads(json.dumps(found.to_json(), allow_nan=False))["sharing"]
    assert set(facts) == {"same_loss", "sets", "prior", "interpolation"}
    assert set(facts["sets"]["RT"]) == {
        "rows", "asked", "pairs", "gap_matched", "gap_centred", "gap_unmatched", "distance", "read",
        "probe_matched", "probe_unmatched", "chance",
    }  # fmt: skip
    assert facts["sets"]["RT"]["chance"] == 0.5
    assert len(facts["prior"]["mean"]) == len(facts["prior"]["std"]) == 32
    assert found.sharing == shared
    assert "probe 0." in found.sharing.line()
    assert np.isfinite(facts["interpolation"]["same"]["worst"]["gap_mm"])
