"""Rows of one body become joints of another: the grasp stays, and what cannot be is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.codecs import layout_of, small_codec
from tests.datasets import FRONT, encoded_dataset, make_dataset
from tests.registered import embodiment
from tests.small_hand import small_hand
from xlvla_sdk.codec import load_space
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.decoding import decode
from xlvla_sdk.errors import CodecMismatch, DataError
from xlvla_sdk.layouts import XL1, Raw1, shifting
from xlvla_sdk.specs import Pose, Station


def layout(text: str, station: Station | None = None) -> XL1:
    return XL1(embodiment(text), load_space().hands, station)


def test_another_arm_and_hand_hold_what_was_held(tmp_path: Path):
    codecs = load_space().hands
    source, target = layout("xarm7+inspire:right"), layout("g1+xhand:right")
    encoded = encoded_dataset(tmp_path, source, codecs, 1, rows=20)
    done = decode(encoded, target, tmp_path / "out", codecs=codecs)
    made = Dataset.open(tmp_path / "out")
    assert made.feature("action").column_names == target.embodiment.joints
    assert made.sidecar is not None
    assert made.sidecar.layout is None
    for name in ("observation.state", "action"):
        rows = encoded.read(0).numbers(name, encoded.feature(name))
        qpos = made.read(0).numbers(name, made.feature(name)).astype(float)
        again = target.encode(qpos)
        assert np.linalg.norm(again[:, 32:35] - rows[:, 32:35], axis=1).max() < 0.005
        assert np.abs(again[:, 35:] - rows[:, 35:]).max() < 0.06
    assert done.followed >= 0.95
    assert done.furthest < 0.02


def test_the_same_hand_gets_its_joints_back(tmp_path: Path):
    """The toy codec's latent is the joints themselves."""
    hand = small_hand(tmp_path)
    codecs = {hand.id: small_codec(hand)}
    encoded = encoded_dataset(tmp_path, layout_of(hand), codecs, camera=True)
    done = decode(encoded, layout_of(hand), tmp_path / "out", codecs=codecs)
    made = Dataset.open(tmp_path / "out")
    raw = Dataset.open(tmp_path / f"{hand.id.replace(':', '-')}-raw")
    for episode in range(2):
        one, other = (
            each.read(episode).numbers("action", each.feature("action")) for each in (raw, made)
        )
        assert np.abs(one - other).max() < 0.5
        assert np.corrcoef(one[:, 0], other[:, 0])[0, 1] > 0.98
    assert done.dropped == (FRONT,)
    assert made.info.cameras == ()


def test_pictures_stay_when_asked(tmp_path: Path):
    hand = small_hand(tmp_path)
    codecs = {hand.id: small_codec(hand)}
    encoded = encoded_dataset(tmp_path, layout_of(hand), codecs, camera=True)
    decode(encoded, layout_of(hand), tmp_path / "out", codecs=codecs, cameras=True)
    assert Dataset.open(tmp_path / "out").info.cameras == (FRONT,)


def test_what_an_arm_cannot_follow_is_refused_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(shifting, "find_shift", lambda *_: (0.1, 0.0, 0.0))  # it searches long
    codecs = load_space().hands
    encoded = encoded_dataset(tmp_path, layout("xarm7+inspire:right"), codecs, 1, rows=6)
    far = Station(task_base={"g1:right": Pose(xyz=(-0.5, 0.0, 0.1))})
    target = layout("g1+xhand:right", far)
    with pytest.raises(DataError, match=r"episode 0: g1 on the right can follow .*--shift 0.1,0,0"):
        decode(encoded, target, tmp_path / "out", codecs=codecs, station=far)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("space", ["toy@22222222", "other@00000000"])
def test_another_spaces_codes_are_refused(tmp_path: Path, space: str):
    hand = small_hand(tmp_path)
    encoded = encoded_dataset(tmp_path, layout_of(hand), {hand.id: small_codec(hand)})
    target = layout_of(hand, space=space)
    with pytest.raises(CodecMismatch, match=rf"in toy@00000000, and .* in {space}\. Say --space"):
        decode(encoded, target, tmp_path / "out", codecs={hand.id: small_codec(hand, space)})
    with pytest.raises(CodecMismatch, match="Name the layout: --layout xl-1"):
        decode(encoded, Raw1(target.embodiment), tmp_path / "out", codecs={})


def test_other_sides_and_raw_joints_are_refused(tmp_path: Path):
    from tests.codecs import both_hands

    right, left = both_hands(tmp_path)
    codecs = {hand.id: small_codec(hand) for hand in (right, left)}
    encoded = encoded_dataset(tmp_path, layout_of(right), codecs)
    with pytest.raises(
        DataError, match=r"rows are of right:hand, and .* has right:hand, left:hand"
    ):
        decode(encoded, layout_of(right, left), tmp_path / "out", codecs=codecs)
    raw = make_dataset(tmp_path / "raw", [(np.zeros((3, 2)), np.zeros((3, 2)))], ("a", "b"))
    with pytest.raises(DataError, match="Run `xlvla data encode` first"):
        decode(raw, layout_of(right), tmp_path / "out", codecs=codecs)
