"""The handshake: what a policy says, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.codecs import both_hands, layout_of
from tests.policy.servers import ONE_RIGHT_HAND
from xlvla_sdk.errors import PolicyError
from xlvla_sdk.policy import Metadata
from xlvla_sdk.policy.metadata import parse_metadata


def test_what_is_sent_is_what_is_read(tmp_path: Path):
    metadata = Metadata.of(layout_of(*both_hands(tmp_path)), rate_hz=10.0, horizon=16)
    assert parse_metadata(metadata.to_wire(), "server") == metadata


def test_the_frame_is_as_the_design_says(tmp_path: Path):
    right, _ = both_hands(tmp_path)
    said = Metadata.of(layout_of(right)).to_wire()["xlvla"]
    assert said == {
        "protocol": 1,
        "layout": "xl-1",
        "space": "toy@00000000",
        "latent_dim": 32,
        "rate_hz": 20.0,
        "horizon": 64,
        "history": 0,
        "sides": [{"side": "right", "hand": True, "arm": False}],
    }


def test_a_policy_that_asks_where_things_are_says_so(tmp_path: Path):
    metadata = replace(Metadata.of(layout_of(both_hands(tmp_path)[0])), things=True)
    assert metadata.to_wire()["xlvla"]["things"] is True
    assert parse_metadata(metadata.to_wire(), "server") == metadata


def test_a_policy_that_sees_by_cameras_says_so_and_is_not_asked_without(tmp_path: Path):
    right = layout_of(both_hands(tmp_path)[0])
    metadata = replace(Metadata.of(right), cameras=("front", "right_wrist"))
    assert metadata.to_wire()["xlvla"]["cameras"] == ["front", "right_wrist"]
    assert parse_metadata(metadata.to_wire(), "server") == metadata
    metadata.require_cameras(["right_wrist", "front", "side"], "server")
    with pytest.raises(PolicyError, match=r"no picture of 'right_wrist' \(there are: front\)"):
        metadata.require_cameras(["front"], "server")


def test_a_plain_openpi_server_says_nothing():
    assert parse_metadata({"policy": "pi0"}, "server") is None


@pytest.mark.parametrize(
    ("theirs", "message"),
    [
        (replace(ONE_RIGHT_HAND, layout="raw-1"), "layout raw-1 there, xl-1 here"),
        (replace(ONE_RIGHT_HAND, space="toy@11"), "space toy@11 there, toy@00000000 here"),
        (replace(ONE_RIGHT_HAND, latent_dim=16), "width 16 there, 32 here"),
    ],
)
def test_other_rows_are_refused_naming_both(tmp_path: Path, theirs: Metadata, message: str):
    right, _ = both_hands(tmp_path)
    with pytest.raises(PolicyError, match=f"server speaks other rows than small:right.*{message}"):
        theirs.require(layout_of(right), "server")


def test_the_other_side_is_refused_and_mirror_named(tmp_path: Path):
    _, left = both_hands(tmp_path)
    with pytest.raises(PolicyError, match=r"right hand there, left hand here.*--mirror"):
        ONE_RIGHT_HAND.require(layout_of(left), "server")


def test_two_hands_are_not_one(tmp_path: Path):
    with pytest.raises(PolicyError, match="right hand there, right hand, left hand here"):
        ONE_RIGHT_HAND.require(layout_of(*both_hands(tmp_path)), "server")


def test_another_protocol_is_refused_naming_both():
    frame = {"xlvla": {**ONE_RIGHT_HAND.to_wire()["xlvla"], "protocol": 2}}
    with pytest.raises(PolicyError, match="protocol 2, this xlvla_sdk protocol 1"):
        parse_metadata(frame, "server")


@pytest.mark.parametrize(
    "change",
    [
        {"sides": ["right"]},
        {"sides": [{"side": "up", "hand": True, "arm": False}]},
        {"rate_hz": "fast"},
        {"rate_hz": 0},
        {"rate_hz": float("nan")},
        {"horizon": 0},
        {"history": -1},
        {"latent_dim": None},
        {"cameras": "front"},
    ],
)
def test_metadata_that_cannot_be_are_refused(change: dict[str, object]):
    frame = {"xlvla": {**ONE_RIGHT_HAND.to_wire()["xlvla"], **change}}
    with pytest.raises(PolicyError, match="server: its metadata"):
        parse_metadata(frame, "server")
    with pytest.raises(PolicyError, match="not a map"):
        parse_metadata({"xlvla": 1}, "server")
