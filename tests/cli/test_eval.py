"""`xlvla eval` says how good and how shared a space is, in tables and as data."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from tests.claw_hand import claw_hand
from tests.cli.conftest import Command
from tests.codecs import slow_wave, small_codec
from xlvla_sdk.codec import LatentSpace
from xlvla_sdk.codec.file import codec_tensors
from xlvla_sdk.codec.space import save_space, space_hash
from xlvla_sdk.latent import evaluation, same_geometry

LENGTHS = {"short": 0.05, "long": 0.055}


@pytest.fixture(scope="module")
def claws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a space of two claws, and beside it a recording that could be of either."""
    folder = tmp_path_factory.mktemp("claws")
    specs = [claw_hand(folder, name, length=length) for name, length in LENGTHS.items()]
    plain = {spec.id: small_codec(spec) for spec in specs}
    digest = space_hash({hand: (c.kinematics, codec_tensors(c)) for hand, c in plain.items()})
    codecs = {spec.id: small_codec(spec, f"claws-1@{digest[:8]}") for spec in specs}
    save_space(LatentSpace("claws-1", digest, codecs, {}), folder)
    slow_wave(specs[0], 1.0).save(folder / "wave.npz")
    return folder / "claws-1.safetensors"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch):
    few = partial(evaluation.make_test_sets, count=40)
    monkeypatch.setattr(evaluation, "make_test_sets", lambda models, seed, *_: few(models, seed))
    monkeypatch.setattr(same_geometry, "oracle", partial(same_geometry.oracle, steps=40))


@pytest.mark.slow
def test_everything_is_measured_and_said_as_data(xlvla: Command, claws: Path):
    words = ("--recording", claws.parent / "wave.npz", "--from", "short:right")
    done = xlvla("eval", "--space", claws, *words, "--json")
    assert (done.code, done.err) == (0, "")
    facts = json.loads(done.out)
    assert facts["hands"] == ["short:right", "long:right"]
    assert set(facts["sharing"]) == {"same_loss", "sets", "prior", "interpolation"}
    assert facts["smoothness"]["source"] == "short:right"
    assert set(facts["smoothness"]["latent"]) == {"long:right"}
    assert set(facts["smoothness"]["refined"]) == {"long:right"}


def test_the_tables_say_what_the_data_says(xlvla: Command, claws: Path):
    words = ("--recording", claws.parent / "wave.npz", "--from", "short:right", "--latent-only")
    facts = json.loads(xlvla("eval", "--space", claws, *words, "--json").out)
    text = xlvla("eval", "--space", claws, *words).out
    lines = {line.split("  ")[0].strip(): line.split() for line in text.splitlines() if line}
    worst = facts["sharing"]["interpolation"]["same"]["worst"]
    assert f"{worst['gap_mm']:.1f}" in lines["the same hand"]
    ratio = facts["smoothness"]["latent"]["long:right"]
    assert lines["long:right"][-1] == f"{ratio:.2f}"
    spread = facts["sharing"]["prior"]["hands"]["short:right"]["tips_mm"]
    assert f"{spread:.1f}" in lines["short:right"]
    assert "source: 50 rows of short:right" in text
    found = facts["sharing"]["sets"]["RT"]
    assert [str(found["rows"]), str(found["asked"])] == lines["RT"][1:3]


@pytest.mark.slow
def test_without_sharing_there_are_the_measures_alone(xlvla: Command, claws: Path):
    done = xlvla("eval", "--space", claws, "--no-sharing", "--json")
    assert {"sharing", "smoothness"}.isdisjoint(json.loads(done.out))
    assert "PRIOR" not in xlvla("eval", "--space", claws, "--no-sharing").out


def test_what_cannot_be_measured_is_refused_before_anything_is(xlvla: Command, claws: Path):
    recording = claws.parent / "wave.npz"
    assert "Give --recording too" in xlvla("eval", "--from", "short:right").error
    unclear = xlvla("eval", "--space", claws, "--recording", recording)
    assert "long:right both could be" in unclear.error
    other = xlvla("eval", "--space", claws, "--recording", recording, "--from", "xhand:right")
    assert "has no column for" in other.error
