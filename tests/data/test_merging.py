"""Several hands in one dataset: rows alike, joints padded, and whose an episode is beside."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.codecs import SPACE, body_of, layout_of, small_codec
from tests.datasets import FRONT, encoded_dataset, make_dataset
from tests.registered import right_hands
from tests.small_hand import small_hand
from xlvla_sdk.data.converting import convert
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.decoding import decode
from xlvla_sdk.data.encoding import encode
from xlvla_sdk.data.features import Feature
from xlvla_sdk.data.merging import merge
from xlvla_sdk.data.rows import (
    ACTION,
    ACTION_JOINTS,
    JOINT_MASK,
    SAMPLE_MASK,
    STATE,
    STD_FLOOR,
    THINGS,
    THINGS_MASK,
    joint_features,
    thing_names,
    things_feature,
)
from xlvla_sdk.data.sidecar import Body, Sidecar
from xlvla_sdk.data.writer import written
from xlvla_sdk.errors import CodecMismatch, DataError
from xlvla_sdk.layouts import XL1
from xlvla_sdk.specs import HandSpec

HANDS = {hand.id: hand for hand in right_hands()}


def encoded(folder: Path, hand: HandSpec, space: str = SPACE, **more) -> Dataset:
    folder.mkdir(exist_ok=True)
    codecs = {hand.id: small_codec(hand, space)}
    return encoded_dataset(folder, XL1(body_of(hand), codecs), codecs, **more)


def two(folder: Path, **more) -> list[Dataset]:
    """Of a hand of six joints and one of twelve."""
    return [encoded(folder, HANDS[name], **more) for name in ("inspire:right", "xhand:right")]


def numbers(dataset: Dataset, name: str, episode: int) -> np.ndarray:
    return dataset.read(episode).numbers(name, dataset.feature(name))


@pytest.mark.parametrize("version", ["v2.1", "v3.0"])
def test_rows_are_pooled_and_joints_padded(tmp_path: Path, version: str):
    parts = two(tmp_path, camera=True)
    done = merge(parts, tmp_path / "all", version=version)
    made = Dataset.open(tmp_path / "all")
    assert made.sidecar is not None
    assert [made.sidecar.body(k).hands[0] for k in range(4)] == [
        *["inspire:right"] * 2,
        *["xhand:right"] * 2,
    ]
    for k, part in ((0, parts[0]), (3, parts[1])):
        assert np.array_equal(numbers(made, "action", k), numbers(part, "action", k % 2))
        assert made.read(k).column(FRONT).equals(part.read(k % 2).column(FRONT))
    joints, mask = numbers(made, ACTION_JOINTS, 1), numbers(made, JOINT_MASK, 1)
    assert joints.shape[1] == 12
    assert mask.tolist() == [[True] * 6 + [False] * 6] * len(mask)
    assert np.array_equal(joints[:, :6], numbers(parts[0], ACTION_JOINTS, 1))
    assert not joints[:, 6:].any()
    assert numbers(made, JOINT_MASK, 2).all()
    assert made.sidecar.body(0).joints == HANDS["inspire:right"].joints
    assert done.rows == sum(part.info.frames for part in parts)


def test_statistics_are_pooled_with_a_floor(tmp_path: Path):
    parts = two(tmp_path)
    merge(parts, tmp_path / "all")
    rows = np.concatenate([numbers(part, "action", k) for part in parts for k in range(2)])
    said = json.loads((tmp_path / "all" / "meta" / "stats.json").read_text())["action"]
    assert np.allclose(said["mean"], rows.mean(axis=0), atol=1e-5)
    assert np.allclose(said["std"], np.maximum(rows.std(axis=0), STD_FLOOR), atol=1e-5)
    assert (rows.std(axis=0) == 0.0).any()  # the toy latent has dead columns
    assert min(said["std"]) == STD_FLOOR


def test_what_is_pooled_is_still_everybodys(tmp_path: Path):
    """A merged dataset goes through the other format and becomes a third hand's."""
    merge(two(tmp_path), tmp_path / "all")
    convert(Dataset.open(tmp_path / "all"), "v2.1", tmp_path / "old")
    again = Dataset.open(tmp_path / "old")
    first = Dataset.open(tmp_path / "all")
    assert again.sidecar == first.sidecar
    third = HANDS["ability:right"]
    codecs = {third.id: small_codec(third)}
    decode(again, XL1(body_of(third), codecs), tmp_path / "third", codecs=codecs)
    assert Dataset.open(tmp_path / "third").feature("action").column_names == third.joints
    with pytest.raises(DataError, match="of several bodies"):
        encode(again, XL1(body_of(third), codecs), tmp_path / "fourth", codecs=codecs)


def test_merged_datasets_are_merged_again(tmp_path: Path):
    parts = two(tmp_path)
    merge(parts, tmp_path / "all")
    third = encoded(tmp_path, HANDS["ability:right"])
    merge([third, Dataset.open(tmp_path / "all"), parts[0]], tmp_path / "more")
    made = Dataset.open(tmp_path / "more")
    assert made.sidecar is not None
    assert len(made.sidecar.bodies) == 3
    assert [made.sidecar.episodes.count(k) for k in range(3)] == [2, 4, 2]
    assert numbers(made, JOINT_MASK, 7).sum(axis=1).tolist() == [6] * len(made.read(7))


def test_the_mask_follows_the_horizon(tmp_path: Path):
    done = merge(two(tmp_path), tmp_path / "all", horizon=42)
    made = Dataset.open(tmp_path / "all")
    assert [int(numbers(made, SAMPLE_MASK, k).sum()) for k in range(4)] == [0, 3, 0, 3]
    assert (done.samples, done.short) == (6, 2)


def test_tasks_are_pooled_by_their_words(tmp_path: Path):
    hand = small_hand(tmp_path)
    parts = [
        encoded(tmp_path / str(k), hand, task=task)
        for k, task in enumerate(("pour", "wave", "pour"))
    ]
    merge(parts, tmp_path / "all")
    made = Dataset.open(tmp_path / "all")
    assert made.tasks == {0: "pour", 1: "wave"}
    assert made.feature(ACTION_JOINTS).column_names == hand.joints
    assert made.read(5).prompts[0] == "pour"


def test_another_space_is_refused(tmp_path: Path):
    one = encoded(tmp_path, HANDS["inspire:right"])
    other = encoded(tmp_path, HANDS["xhand:right"], space="toy@33333333")
    with pytest.raises(CodecMismatch, match=r"xl-1 in toy@33333333, those of .* in toy@00000000"):
        merge([one, other], tmp_path / "all")
    assert not (tmp_path / "all").exists()


def test_another_rate_is_refused(tmp_path: Path):
    one = encoded(tmp_path, HANDS["inspire:right"], camera=True)
    other = encoded(tmp_path, HANDS["xhand:right"], camera=True, fps=30.0)
    with pytest.raises(DataError, match=r"has 30 rows a second, .* has 20"):
        merge([one, other], tmp_path / "all")


def test_another_camera_is_refused_or_left_out(tmp_path: Path):
    one = encoded(tmp_path, HANDS["inspire:right"], camera=True)
    other = encoded(tmp_path, HANDS["xhand:right"])
    with pytest.raises(DataError, match=rf"has no camera '{FRONT}'.*--no-cameras"):
        merge([one, other], tmp_path / "all")
    done = merge([one, other], tmp_path / "all", cameras=[])
    assert done.dropped == (FRONT,)
    assert Dataset.open(tmp_path / "all").info.cameras == ()


def test_raw_joints_and_one_dataset_alone_are_refused(tmp_path: Path):
    one = encoded(tmp_path, HANDS["inspire:right"])
    raw = make_dataset(tmp_path / "raw", [(np.zeros((3, 2)), np.zeros((3, 2)))], ("a", "b"))
    with pytest.raises(DataError, match="holds raw joints, which mean another thing on every body"):
        merge([one, raw], tmp_path / "all")
    with pytest.raises(DataError, match="takes two datasets or more"):
        merge([one], tmp_path / "all")


def test_other_sides_are_refused(tmp_path: Path):
    from tests.codecs import both_hands

    right, left = both_hands(tmp_path)
    codecs = {hand.id: small_codec(hand) for hand in (right, left)}
    one = encoded(tmp_path, right)
    other = encoded_dataset(tmp_path, layout_of(right, left), codecs)
    with pytest.raises(DataError, match=r"are of right:hand, left:hand, those of .* of right:hand"):
        merge([one, other], tmp_path / "all")


def with_things(folder: Path, name: str, hand: str, things: list[str]) -> Dataset:
    """A dataset of rows that says where things are: each number of thing k is k + 1."""
    row = Feature("float32", (33,))
    features = {STATE: row, ACTION: row, **joint_features(["j"])}
    features |= {THINGS: things_feature(things)} if things else {}
    body = Body(f"xarm7+{hand}:right", ("j",), (f"{hand}:right",), {}, {})
    sidecar = Sidecar("raw-1", None, ("right:hand+arm",), 20.0, 4, STD_FLOOR, (body,))
    columns = {name: np.zeros((5, one.width)) for name, one in features.items()}
    if things:
        columns[THINGS] += np.repeat(np.arange(1.0, 1.0 + len(things)), 9)
    with written(folder / name, features, 20.0, "v3.0", sidecar=sidecar) as writer:
        writer.add(columns, ["do it"] * 5)
    return Dataset.open(folder / name)


@pytest.mark.parametrize("version", ["v2.1", "v3.0"])
def test_things_of_several_scenes_are_pooled_with_a_mask(tmp_path: Path, version: str):
    cans = with_things(tmp_path, "cans", "xhand", ["red", "blue"])
    boxes = with_things(tmp_path, "boxes", "inspire", ["box", "red"])
    done = merge([cans, boxes], tmp_path / "all", version=version)
    made = Dataset.open(tmp_path / "all")
    assert thing_names(made.feature(THINGS), "it") == ["red", "blue", "box"]
    assert made.feature(THINGS_MASK).column_names == ("red", "blue", "box")
    assert numbers(made, THINGS, 0)[0, ::9].tolist() == [1, 2, 0]
    assert numbers(made, THINGS, 1)[0, ::9].tolist() == [2, 0, 1]
    assert numbers(made, THINGS_MASK, 0).tolist() == [[True, True, False]] * 5
    assert numbers(made, THINGS_MASK, 1).tolist() == [[True, False, True]] * 5
    assert done.dropped == ()
    merge([cans, made], tmp_path / "more")
    more = Dataset.open(tmp_path / "more")
    assert [numbers(more, THINGS_MASK, k)[0].sum() for k in range(3)] == [2, 2, 2]


def test_things_of_one_scene_need_no_mask_and_those_not_said_are_dropped(tmp_path: Path):
    one = with_things(tmp_path, "one", "xhand", ["red", "blue"])
    other = with_things(tmp_path, "other", "inspire", ["blue", "red"])
    merge([one, other], tmp_path / "all")
    made = Dataset.open(tmp_path / "all")
    assert THINGS_MASK not in made.info.features
    assert numbers(made, THINGS, 1)[0, ::9].tolist() == [2, 1]
    blind = with_things(tmp_path, "blind", "xhand", [])
    assert merge([one, blind], tmp_path / "less").dropped == (THINGS,)
