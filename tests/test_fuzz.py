"""Files that were broken at random are read as something sound or refused as ours, never else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.claw_hand import claw_hand, claw_urdf
from tests.codecs import slow_wave, small_codec
from tests.small_hand import small_hand
from xlvla_sdk.codec import load_codec, save_codec
from xlvla_sdk.errors import CodecMismatch, DataError, SpecError
from xlvla_sdk.kinematics import hand_kinematics
from xlvla_sdk.messages import Recording
from xlvla_sdk.specs import HandSpec

pytestmark = pytest.mark.slow

WORDS = st.sampled_from(
    [
        b"nan",
        b"-1e999",
        b"0 0 0",
        b"<joint>",
        b'"',
        b"/>",
        b"mimic",
        b"thumb_bend",
        b"\xff",
        b"1e308",
    ]
)
FUZZ = settings(
    max_examples=1500, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@st.composite
def broken(draw: st.DrawFn, content: bytes) -> bytes:
    """The content after one to three cuts, copies, or words from elsewhere."""
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.integers(0, 40)))
        piece = draw(st.one_of(WORDS, st.binary(max_size=8), st.just(content[start:end] * 2)))
        content = content[:start] + piece + content[end:]
    return content


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@FUZZ
@given(text=broken(claw_urdf().encode()))
def test_a_broken_urdf_is_a_hand_or_a_spec_error(folder: Path, text: bytes):
    spec = claw_hand(folder)
    (folder / "claw_right.urdf").write_bytes(text)
    fields = {name: getattr(spec, name) for name in HandSpec.model_fields if name != "joints"}
    try:
        again = HandSpec(**fields)
        tips = hand_kinematics(again).tips(again.rest)
    except SpecError:
        return
    assert np.isfinite(tips).all()


@FUZZ
@given(data=st.data())
def test_a_broken_recording_is_a_recording_or_a_data_error(folder: Path, data: st.DataObject):
    path = folder / "wave.npz"
    slow_wave(small_hand(folder), seconds=0.5).save(path)
    path.write_bytes(data.draw(broken(path.read_bytes())))
    try:
        recording = Recording.load(path)
    except DataError:
        return
    assert np.isfinite(recording.qpos).all()
    assert recording.qpos.shape == (len(recording), len(recording.joint_names))


@FUZZ
@given(data=st.data())
def test_a_broken_codec_is_a_codec_mismatch(folder: Path, data: st.DataObject):
    path = folder / "small-right.safetensors"
    save_codec(small_codec(small_hand(folder), width=2), path)
    whole = path.read_bytes()
    content = data.draw(broken(whole))
    path.write_bytes(content)
    if content == whole:
        return
    with pytest.raises(CodecMismatch, match=r"small-right\.safetensors: "):
        load_codec(path)
