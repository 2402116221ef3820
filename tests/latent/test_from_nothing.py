"""The recipe, from nothing: a fifth of its steps align hands better than the paper's released one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from xlvla_sdk.codec import load_space
from xlvla_sdk.latent.evaluation import evaluate
from xlvla_sdk.latent.presets import DEFAULT
from xlvla_sdk.latent.pretraining import pretrain

# The paper's released checkpoint on its own hands: docs/results/latent.md.
KEYS = ("dir_deg", "dist_mm", "retarget_loss")
RELEASED = {"RT": (11.9, 7.49, 0.139), "CP": (25.2, 8.50, 0.924)}


@pytest.mark.slow
def test_a_fifth_of_the_default_preset_aligns_better_than_the_released_checkpoint():
    hands = {name: codec.kinematics for name, codec in load_space().hands.items()}
    space = pretrain(hands, replace(DEFAULT, steps=DEFAULT.steps // 5), seed=7, name="fresh")
    for name, measures in evaluate(space.hands).sets.items():
        for key, released in zip(KEYS, RELEASED[name], strict=True):
            assert getattr(measures, key) <= released, (name, key)


# Closing postures come of an optimisation of many steps: another processor rounds otherwise, and closes
# some hands on another posture. Seen between two: contact_mm 3.8 %, retarget_loss 2.2 %.
APART = {"RT": 1e-3, "CP": 0.08}


@pytest.mark.slow
def test_shipped_space_says_what_is_measured_of_it():
    space = load_space()
    measured = evaluate(space.hands).to_json()
    for name, values in space.card["measures"]["sets"].items():
        for key, value in values.items():
            found = measured["sets"][name][key]
            assert (found is None) == (value is None), key
            assert value is None or found == pytest.approx(value, rel=APART[name], abs=1e-3), key
