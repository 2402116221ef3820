"""The map of a hand: whose link is whose, and colours where they belong."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.claw_hand import claw_hand
from xlvla_sdk.sim.engine import load_pillow
from xlvla_sdk.sim.hand_map import COLOURS, draw_hand_map, finger_links
from xlvla_sdk.specs import HandSpec


def test_a_link_belongs_to_the_finger_that_it_moves(tmp_path: Path):
    assert finger_links(claw_hand(tmp_path)) == {
        **dict.fromkeys(("thumb_roll", "thumb_bend", "thumb_tip"), "thumb"),
        **dict.fromkeys(("index_bend", "index_curl", "index_tip"), "index"),
        **dict.fromkeys(("middle_bend", "middle_curl", "middle_tip"), "middle"),
    }


def test_every_finger_is_in_the_picture_in_its_colour(tmp_path: Path):
    spec = claw_hand(tmp_path)
    fist = {"thumb_bend": 0.5, "index_bend": 1.2, "middle_bend": 1.2}
    fields = {name: getattr(spec, name) for name in HandSpec.model_fields}
    draw_hand_map(tmp_path / "map.png", HandSpec(**{**fields, "postures": {"fist": fist}}))
    with load_pillow().open(tmp_path / "map.png") as image:
        pixels = np.asarray(image.convert("RGB"), dtype=float) / 255.0
    halves = np.split(pixels, [pixels.shape[1] // 2], axis=1)
    assert np.abs(halves[0] - halves[1]).max() > 0.1, "open and closed differ"
    for half in halves:
        for finger in spec.fingers:
            hue = np.array(COLOURS[finger])
            bright = np.linalg.norm(half, axis=2, keepdims=True) + 1e-9
            alike = np.abs(half / bright - hue / np.linalg.norm(hue)).max(axis=2) < 0.05
            assert alike.sum() > 200, finger
        assert not _any(half, COLOURS["pinky"])


def _any(half: np.ndarray, colour: tuple[float, float, float]) -> bool:
    return bool((np.abs(half - np.array(colour)).max(axis=2) < 0.02).sum() > 50)
