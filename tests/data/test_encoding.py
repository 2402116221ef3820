"""Raw joints become rows of a layout, by name, at 20 Hz, and nothing is guessed or half written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.codecs import layout_of, small_codec
from tests.datasets import FRONT, body_wave, make_dataset, waves
from tests.registered import embodiment
from tests.small_hand import small_hand
from xlvla_sdk.codec import load_space
from xlvla_sdk.data.columns import ColumnsFile
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.encoding import encode
from xlvla_sdk.data.features import Feature
from xlvla_sdk.data.rows import ACTION_JOINTS, SAMPLE_MASK, STATE_JOINTS
from xlvla_sdk.data.sidecar import codec_hash
from xlvla_sdk.errors import DataError, LimitViolation
from xlvla_sdk.layouts import XL1
from xlvla_sdk.specs import Pose, Station

JOINTS = ("thumb_yaw", "index_bend")


def wave(folder: Path, rows: int = 40) -> tuple[np.ndarray, np.ndarray]:
    return waves(*small_hand(folder).limits, rows=rows)


def column(dataset: Dataset, name: str, episode: int = 0) -> np.ndarray:
    return dataset.read(episode).numbers(name, dataset.feature(name))


def test_rows_are_the_layouts_own(tmp_path: Path):
    """A whole body of real devices: what the columns are is what `Layout.encode` says."""
    body = embodiment("xarm7+inspire:right")
    codecs = load_space().hands
    layout = XL1(body, codecs)
    state, action = body_wave(body)
    raw = make_dataset(tmp_path / "raw", [(state, action)], body.joints)
    done = encode(raw, layout, tmp_path / "out", codecs=codecs, horizon=10)
    made = Dataset.open(tmp_path / "out")
    for name, joints in (("observation.state", state), ("action", action)):
        wanted = layout.encode(joints.astype(np.float32))
        assert np.abs(column(made, name) - wanted).max() < 1e-5
    names = made.feature("action").column_names
    assert names is not None
    assert names[0], names[32] == ("right_latent_00", "right_pinch_x")
    assert np.allclose(column(made, STATE_JOINTS), state, atol=1e-6)
    assert made.feature(ACTION_JOINTS).column_names == body.joints
    assert (done.rows, done.samples, done.short) == (40, 31, 0)


def test_the_sidecar_says_what_the_rows_mean(tmp_path: Path):
    body = embodiment("xarm7+inspire:right")
    codecs = load_space().hands
    station = Station(task_base={"xarm7:right": Pose(xyz=(0.1, 0.2, 0.3))})
    raw = make_dataset(tmp_path / "raw", [body_wave(body)] * 2, body.joints)
    encode(raw, XL1(body, codecs, station), tmp_path / "out", codecs=codecs, station=station)
    sidecar = Dataset.open(tmp_path / "out").sidecar
    assert sidecar is not None
    assert (sidecar.layout, sidecar.space) == ("xl-1", load_space().id)
    assert (sidecar.rate_hz, sidecar.sides) == (20.0, ("right:hand+arm",))
    noted = sidecar.body(1)
    assert (noted.embodiment, noted.hands) == (body.name, ("inspire:right",))
    assert noted.codecs == {"inspire:right": codec_hash(codecs["inspire:right"])}
    T = np.array(noted.placement["right"]["T_task_base"])
    assert T[:3, 3].tolist() == [0.1, 0.2, 0.3]


def test_columns_are_found_by_name_in_any_order(tmp_path: Path):
    hand = small_hand(tmp_path)
    state, action = wave(tmp_path)
    codecs = {hand.id: small_codec(hand)}
    for number, order in enumerate(([0, 1], [1, 0])):
        names = [f"{JOINTS[k]}.pos" for k in order]
        raw = make_dataset(tmp_path / f"raw{number}", [(state[:, order], action[:, order])], names)
        encode(raw, layout_of(hand), tmp_path / f"out{number}", codecs=codecs)
    one, other = (Dataset.open(tmp_path / f"out{k}") for k in range(2))
    assert np.array_equal(column(one, "action"), column(other, "action"))


def test_numbers_without_names_need_a_file(tmp_path: Path):
    hand = small_hand(tmp_path)
    state, action = wave(tmp_path)
    turned = np.stack([-np.degrees(state[:, 1]), state[:, 0]], axis=1)
    raw = make_dataset(tmp_path / "raw", [(turned, action)], None)
    codecs = {hand.id: small_codec(hand)}
    with pytest.raises(DataError, match=r"nothing says which joint.*--columns FILE"):
        encode(raw, layout_of(hand), tmp_path / "out", codecs=codecs)
    path = tmp_path / "columns.toml"
    path.write_text(
        "[state]\nthumb_yaw = 'observation.state[1]'\nindex_bend = '-observation.state[0] deg'\n"
        "[action]\nthumb_yaw = 'action[0]'\nindex_bend = 'action[1]'\n"
    )
    columns = ColumnsFile.load(path)
    encode(raw, layout_of(hand), tmp_path / "out", codecs=codecs, columns=columns)
    made = Dataset.open(tmp_path / "out")
    assert np.allclose(column(made, STATE_JOINTS), state, atol=1e-5)


def test_without_cameras_the_rate_becomes_twenty(tmp_path: Path):
    """At 50 Hz a straight ramp stays one; texts and marks are of the nearest row."""
    hand = small_hand(tmp_path)
    time = np.arange(101)[:, None] / 50.0
    ramp = np.repeat(0.3 * time, 2, axis=1)
    more = {"next.done": Feature("float32", (1,))}
    raw = make_dataset(tmp_path / "raw", [(ramp, ramp)], JOINTS, fps=50.0, more=more)
    encode(raw, layout_of(hand), tmp_path / "out", codecs={hand.id: small_codec(hand)})
    made = Dataset.open(tmp_path / "out")
    assert made.info.fps == 20.0
    assert np.allclose(column(made, STATE_JOINTS)[:, 0], 0.3 * np.arange(41) / 20.0, atol=1e-6)
    assert column(made, "next.done")[[0, 1, -1], 0].tolist() == [0.0, 2.0, 100.0]


def test_with_cameras_the_rate_stays(tmp_path: Path):
    hand = small_hand(tmp_path)
    raw = make_dataset(tmp_path / "raw", [wave(tmp_path)], JOINTS, fps=30.0, camera=True)
    encode(raw, layout_of(hand), tmp_path / "out", codecs={hand.id: small_codec(hand)})
    made = Dataset.open(tmp_path / "out")
    assert made.info.fps == 30.0
    assert made.read(0).column(FRONT).equals(raw.read(0).column(FRONT))


def test_the_mask_ends_a_chunk_before_the_episode(tmp_path: Path):
    hand = small_hand(tmp_path)
    raw = make_dataset(tmp_path / "raw", [wave(tmp_path, 40), wave(tmp_path, 5)], JOINTS)
    codecs = {hand.id: small_codec(hand)}
    done = encode(raw, layout_of(hand), tmp_path / "out", codecs=codecs, horizon=16)
    made = Dataset.open(tmp_path / "out")
    assert column(made, SAMPLE_MASK)[:, 0].tolist() == [True] * 25 + [False] * 15
    assert not column(made, SAMPLE_MASK, 1).any()
    assert (done.samples, done.short) == (25, 1)


def test_joints_outside_their_limits_are_named_or_clipped(tmp_path: Path):
    hand = small_hand(tmp_path)
    state, action = wave(tmp_path)
    action[7, 1] = 1.7
    raw = make_dataset(tmp_path / "raw", [wave(tmp_path), (state, action)], JOINTS)
    codecs = {hand.id: small_codec(hand)}
    with pytest.raises(LimitViolation, match=r"episode 1, action: .*'index_bend' is 1.7.*row 7"):
        encode(raw, layout_of(hand), tmp_path / "out", codecs=codecs)
    assert not (tmp_path / "out").exists()
    done = encode(raw, layout_of(hand), tmp_path / "out", codecs=codecs, clip=True)
    assert done.clipped["index_bend"] == pytest.approx(0.2, abs=1e-6)


def test_a_number_that_is_none_is_placed(tmp_path: Path):
    hand = small_hand(tmp_path)
    state, action = wave(tmp_path)
    state[3, 0] = np.nan
    raw = make_dataset(tmp_path / "raw", [(state, action)], JOINTS)
    with pytest.raises(DataError, match=r"observation.state\[0\] is nan in row 3"):
        encode(raw, layout_of(hand), tmp_path / "out", codecs={hand.id: small_codec(hand)})


def test_what_was_encoded_is_encoded_anew_from_its_joints(tmp_path: Path):
    hand = small_hand(tmp_path)
    raw = make_dataset(tmp_path / "raw", [wave(tmp_path)], JOINTS)
    encode(raw, layout_of(hand), tmp_path / "old", codecs={hand.id: small_codec(hand)})
    other = "toy@11111111"
    encode(
        Dataset.open(tmp_path / "old"),
        layout_of(hand, space=other),
        tmp_path / "new",
        codecs={hand.id: small_codec(hand, other)},
    )
    made = Dataset.open(tmp_path / "new")
    assert made.sidecar is not None
    assert made.sidecar.space == other
    assert np.array_equal(column(made, "action"), column(Dataset.open(tmp_path / "old"), "action"))


def test_a_dataset_without_actions_is_refused(tmp_path: Path):
    from tests.datasets import joints_feature
    from xlvla_sdk.data.writer import written

    hand = small_hand(tmp_path)
    features = {"observation.state": joints_feature(JOINTS)}
    with written(tmp_path / "raw", features, 20.0, "v3.0") as writer:
        writer.add({"observation.state": np.zeros((3, 2))}, ["t"] * 3)
    with pytest.raises(DataError, match=r"has no column 'action'.*--columns FILE"):
        encode(
            Dataset.open(tmp_path / "raw"),
            layout_of(hand),
            tmp_path / "out",
            codecs={hand.id: small_codec(hand)},
        )
