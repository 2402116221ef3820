"""Between rows and pictures of ours and what pi0 takes and gives."""

from __future__ import annotations

import numpy as np
import pytest

from xlvla_sdk.errors import DataError, PolicyError
from xlvla_sdk.integrations.pi0.transforms import XLVLAInputs, XLVLAOutputs
from xlvla_sdk.messages import Observation
from xlvla_sdk.policy.wire import CAMERAS, observation_to_wire

THREE = ("base_0_rgb", "left_wrist_0_rgb", "right_wrist_0_rgb")
WIDTHS = (24, 32, 33, 41, 64, 82)


def item(width: int = 41, horizon: int = 5, padded: int = 0, **more) -> dict:
    """As openpi's loader gives it after the names were changed."""
    rng = np.random.default_rng(0)
    pad = np.arange(horizon) >= horizon - padded
    return {
        "state": rng.normal(size=width).astype(np.float32),
        "actions": rng.normal(size=(horizon, width)).astype(np.float32),
        "action_is_pad": pad,
        "prompt": "wave",
        "images": {},
        **more,
    }


@pytest.mark.parametrize("width", WIDTHS)
def test_rows_are_passed_as_they_are(width: int):
    """Absolute: no difference is taken of a latent."""
    given = item(width)
    made = XLVLAInputs(width)(given)
    assert np.array_equal(made["state"], given["state"])
    assert np.array_equal(made["actions"], given["actions"])
    assert made["prompt"] == "wave"
    assert set(made) == {"state", "actions", "prompt", "image", "image_mask"}


@pytest.mark.parametrize("width", WIDTHS)
def test_padding_is_cut_off(width: int):
    padded = np.random.default_rng(1).normal(size=(64, 96))
    made = XLVLAOutputs(width)({"actions": padded, "state": np.zeros(96)})
    assert set(made) == {"actions"}
    assert made["actions"].dtype == np.float32
    assert np.allclose(made["actions"], padded[:, :width])


def test_absent_cameras_are_black_and_masked():
    picture = np.full((48, 64, 3), 7, np.uint8)
    made = XLVLAInputs(41)(item(images={"right_wrist_0_rgb": picture}))
    assert tuple(made["image"]) == THREE
    assert {name: bool(mask) for name, mask in made["image_mask"].items()} == {
        "base_0_rgb": False,
        "left_wrist_0_rgb": False,
        "right_wrist_0_rgb": True,
    }
    assert made["image"]["right_wrist_0_rgb"] is picture
    assert not made["image"]["base_0_rgb"].any()


def test_pictures_of_the_loader_become_those_of_the_wire():
    picture = np.random.default_rng(2).integers(0, 256, (4, 6, 3)).astype(np.uint8)
    loaded = np.moveaxis(picture, -1, 0).astype(np.float32) / 255.0
    made = XLVLAInputs(41)(item(images={"base_0_rgb": loaded}))
    assert np.array_equal(made["image"]["base_0_rgb"], picture)


def test_what_our_runner_sends_is_taken():
    sent = observation_to_wire(
        Observation(
            state=np.arange(41.0),
            time_s=1.5,
            state_history=np.zeros((3, 41)),
            images={name: np.full((8, 8, 3), 9, np.uint8) for name in (*CAMERAS, "side")},
            prompt="wave",
        )
    )
    made = XLVLAInputs(41)(sent)
    assert np.array_equal(made["state"], np.arange(41.0))
    assert all(made["image_mask"].values())
    assert set(made) == {"state", "prompt", "image", "image_mask"}


@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        (item(40), PolicyError, "rows of 41"),
        ({"prompt": "wave"}, PolicyError, "rows of 41"),
        (item(actions=np.zeros((5, 32))), DataError, r"\(H, 41\)"),
        (item(images={"base_0_rgb": np.zeros((8, 8), np.uint8)}), PolicyError, "base_0_rgb"),
        (item(images={"base_0_rgb": np.zeros((8, 8, 3))}), PolicyError, "base_0_rgb"),
        ({"state": np.zeros(41)}, PolicyError, "--prompt"),
    ],
)
def test_what_does_not_fit_is_refused(data: dict, error: type[Exception], says: str):
    with pytest.raises(error, match=says):
        XLVLAInputs(41)(data)


def test_padded_tails_are_refused_unless_they_are_wanted():
    with pytest.raises(DataError, match="whole_chunks"):
        XLVLAInputs(41)(item(padded=1))
    made = XLVLAInputs(41, tails=True)(item(padded=1))
    assert made["actions"].shape == (5, 41)
