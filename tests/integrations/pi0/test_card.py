"""What a dataset says of itself, as a policy and its server need it."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest

from tests.codecs import body_of, layout_of, small_codec
from tests.datasets import FRONT, encoded_dataset
from tests.registered import right_hands
from xlvla_sdk.data.converting import convert
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.merging import merge
from xlvla_sdk.data.rows import STD_FLOOR
from xlvla_sdk.data.sidecar import load_sidecar
from xlvla_sdk.errors import DataError
from xlvla_sdk.integrations.pi0.card import OPENPI_CAMERAS, load_card
from xlvla_sdk.integrations.pi0.tails import whole_chunk_rows
from xlvla_sdk.layouts import XL1
from xlvla_sdk.policy import Metadata
from xlvla_sdk.policy.metadata import parse_metadata
from xlvla_sdk.policy.wire import CAMERAS, pack, unpack

HANDS = {hand.id: hand for hand in right_hands()}
PAIR = ("inspire:right", "xhand:right")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two hands' rows of 32 in one dataset of format v2.1, with a camera."""
    folder, parts = tmp_path_factory.mktemp("both"), []
    for name in PAIR:
        codecs = {name: small_codec(HANDS[name])}
        parts.append(
            encoded_dataset(folder, XL1(body_of(HANDS[name]), codecs), codecs, camera=True)
        )
    merge(parts, folder / "both", version="v2.1")
    return folder / "both"


def written_meta(folder: Path, width: int, sides: list[str], layout: str = "xl-1", **info) -> Path:
    """A meta/ folder by hand, for layouts whose bodies take long to make."""
    (folder / "meta").mkdir()
    row = {"dtype": "float32", "shape": [width], "names": None}
    features = {"observation.state": row, "action": row, **info.pop("cameras", {})}
    numbers = {
        "mean": [0.0] * width,
        "std": [1.0] * width,
        "q01": [0.0] * width,
        "q99": [1.0] * width,
    }
    files = {
        "info.json": {"codebase_version": "v2.1", "features": features, **info},
        "xlvla.json": {
            "layout": layout,
            "space": "toy@00000000",
            "sides": sides,
            "rate_hz": 20.0,
            "horizon": 16,
        },
        "stats.json": {"observation.state": numbers, "action": numbers},
        "episodes.jsonl": {"episode_index": 0, "length": 40},
        "tasks.jsonl": {"task_index": 0, "task": "wave"},
    }
    for name, said in files.items():
        (folder / "meta" / name).write_text(json.dumps(said) + "\n")
    return folder


def change(folder: Path, name: str, **said) -> None:
    path = folder / "meta" / name
    path.write_text(json.dumps({**json.loads(path.read_text()), **said}) + "\n")


def test_a_merged_dataset_says_what_its_rows_are(both: Path):
    card, made = load_card(both), Dataset.open(both)
    assert (card.layout, card.space, card.width, card.latent_dim) == (
        "xl-1",
        "toy@00000000",
        32,
        32,
    )
    assert (card.rate_hz, card.horizon, card.prompts) == (20.0, 16, ("wave",))
    assert card.lengths == tuple(len(episode) for episode in made)
    assert card.cameras == {"base_0_rgb": FRONT}
    sidecar = load_sidecar(both)
    assert sidecar is not None
    assert card.sides == sidecar.sides


def test_statistics_are_those_of_all_hands_with_a_floor(both: Path):
    card, made = load_card(both), Dataset.open(both)
    rows = np.concatenate([e.numbers("action", made.feature("action")) for e in made])
    found = card.statistics["actions"]
    assert np.allclose(found["mean"], rows.mean(axis=0), atol=1e-5)
    assert np.allclose(found["std"], np.maximum(rows.std(axis=0), STD_FLOOR), atol=1e-5)
    assert min(found["std"]) == np.float32(STD_FLOOR)


def test_rows_drawn_from_are_those_the_dataset_marks(both: Path):
    """`sample_mask` in the dataset and our own count are one fact."""
    made = Dataset.open(both)
    mask = np.concatenate([e.numbers("sample_mask", made.feature("sample_mask")) for e in made])
    card = load_card(both)
    assert whole_chunk_rows(card.lengths, card.horizon).tolist() == np.flatnonzero(mask).tolist()


def test_the_runner_accepts_what_the_server_will_say(both: Path):
    card = load_card(both)
    frame = unpack(pack(card.metadata(50)), "server")
    metadata = parse_metadata(frame, "server")
    assert metadata is not None
    for name in PAIR:
        layout = layout_of(HANDS[name])
        assert metadata == Metadata.of(layout, 20.0, 50)
        metadata.require(layout, "server")


@pytest.mark.parametrize(
    ("width", "sides", "layout", "latent"),
    [
        (32, ["right:hand"], "xl-1", 32),
        (64, ["right:hand", "left:hand"], "xl-1", 32),
        (41, ["right:hand+arm"], "xl-1", 32),
        (82, ["right:hand+arm", "left:hand+arm"], "xl-1", 32),
        (24, ["right:hand"], "raw-1", 24),
        (33, ["right:hand+arm"], "raw-1", 24),
        (9, ["right:arm"], "arm-1", 0),
    ],
)
def test_every_layout_has_its_widths(tmp_path: Path, width, sides, layout, latent):
    card = load_card(written_meta(tmp_path, width, sides, layout))
    metadata = parse_metadata(card.metadata(16), "server")
    assert metadata is not None
    assert (metadata.latent_dim, metadata.layout) == (latent, layout)
    parts = [
        f"{part.side}:" + "+".join(k for k in ("hand", "arm") if getattr(part, k))
        for part in metadata.sides
    ]
    assert parts == sides


def test_a_width_that_cannot_be_is_refused(tmp_path: Path):
    card = load_card(written_meta(tmp_path, 40, ["right:hand+arm", "left:hand+arm"]))
    assert card.latent_dim == 11  # 40 = 2 x 11 + 2 x 9: another space's width is no mistake
    change(tmp_path, "xlvla.json", sides=["right:hand", "left:hand+arm"])
    with pytest.raises(DataError, match="40 numbers"):
        _ = load_card(tmp_path).latent_dim


def test_a_server_needs_no_more_than_a_copy_of_meta(both: Path, tmp_path: Path):
    copytree(both / "meta", tmp_path / "meta")
    card, copy = load_card(both), load_card(tmp_path)
    assert copy.metadata(16) == card.metadata(16)
    assert copy.cameras == card.cameras
    assert np.array_equal(copy.statistics["state"]["std"], card.statistics["state"]["std"])


def test_cameras_are_named_as_on_the_wire():
    assert dict(OPENPI_CAMERAS) == CAMERAS


def test_cameras_are_never_guessed(tmp_path: Path):
    image = {"dtype": "video", "shape": [48, 64, 3], "names": None}
    written_meta(tmp_path, 32, ["right:hand"], cameras={"observation.images.top": image})
    with pytest.raises(DataError, match=r"base_0_rgb.*observation.images.top"):
        load_card(tmp_path)
    said = {"base_0_rgb": "observation.images.top"}
    assert load_card(tmp_path, said).cameras == said
    with pytest.raises(DataError, match="pi0 takes"):
        load_card(tmp_path, {"top": "observation.images.top"})
    with pytest.raises(DataError, match="the dataset has"):
        load_card(tmp_path, {"base_0_rgb": "observation.images.front"})


def test_another_format_is_refused_with_the_mend(both: Path, tmp_path: Path):
    convert(Dataset.open(both), "v3.0", tmp_path / "new")
    with pytest.raises(DataError, match=r"convert OLD NEW --to v2\.1"):
        load_card(tmp_path / "new")


@pytest.mark.parametrize(
    ("name", "said", "says"),
    [
        ("xlvla.json", {"layout": None}, "encode"),
        ("xlvla.json", {"sides": 3}, "not whole"),
        ("stats.json", {"action": {}}, "not whole"),
        ("info.json", {"features": {}}, "not whole"),
    ],
)
def test_meta_that_is_not_whole_is_refused(tmp_path: Path, name: str, said: dict, says: str):
    written_meta(tmp_path, 32, ["right:hand"])
    change(tmp_path, name, **said)
    with pytest.raises(DataError, match=says):
        load_card(tmp_path)


@pytest.mark.parametrize(
    ("key", "values", "says"),
    [
        ("std", [0.0] * 32, "divide"),
        ("std", [1.0] * 31, "wanted are 32"),
        ("mean", [float("nan")] * 32, "not finite"),
    ],
)
def test_statistics_that_would_spoil_training_are_refused(tmp_path: Path, key, values, says):
    written_meta(tmp_path, 32, ["right:hand"])
    one = json.loads((tmp_path / "meta" / "stats.json").read_text())["action"]
    change(tmp_path, "stats.json", action={**one, key: values})
    with pytest.raises(DataError, match=says):
        load_card(tmp_path)


@pytest.mark.parametrize("name", ["info.json", "xlvla.json", "stats.json", "tasks.jsonl"])
def test_a_missing_or_damaged_file_is_named(tmp_path: Path, name: str):
    written_meta(tmp_path, 32, ["right:hand"])
    path = tmp_path / "meta" / name
    path.write_text(path.read_text()[:-5])
    with pytest.raises(DataError, match=name):
        load_card(tmp_path)
    path.unlink()
    with pytest.raises(DataError, match=name):
        load_card(tmp_path)
