"""What is given wrongly ends in one message, exit 1, nothing written, and no traceback."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from websockets.sync.server import ServerConnection, serve

from tests.cli.conftest import Command, Done
from tests.codecs import small_codec
from tests.fake_plugins import write_plugin
from tests.small_hand import small_urdf
from xlvla_sdk.codec import load_space, save_codec
from xlvla_sdk.codec.store import user_codec
from xlvla_sdk.drivers import SimulatedDriver
from xlvla_sdk.layouts import make_layout
from xlvla_sdk.messages import Recording
from xlvla_sdk.policy import Metadata
from xlvla_sdk.policy.wire import pack
from xlvla_sdk.registry import registry

TIPS = ("--tip", "thumb=thumb_tip", "--tip", "index=index_tip")


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The drivers that were stopped."""
    found: list[str] = []
    monkeypatch.setattr(SimulatedDriver, "stop", lambda driver: found.append(driver.spec.id))
    return found


def test_an_unknown_device_gets_the_nearest_suggested(xlvla: Command):
    error = xlvla("check", "xhnd:right").error
    assert error.startswith("UnknownDevice: no device is called 'xhnd:right'. Did you mean 'xhand:")


def test_a_device_of_a_broken_plugin_is_refused_with_the_plugins_reason(xlvla: Command, site: Path):
    write_plugin(site, "acme_bad", "import there_is_no_such_module")
    error = xlvla("check", "acme_bad:right").error
    assert "Plugin 'acme_bad' is not there (failed): ModuleNotFoundError" in error
    assert xlvla("check", "xarm7").code == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text[:0], "the file is empty"),
        (lambda text: text[:500], "is not well-formed XML"),
        (
            lambda text: text.replace('"index_tip"', '"index_nail"'),
            "'index_tip' is not in the URDF",
        ),
        (lambda text: text.replace('upper="1.2"', ""), "'thumb_yaw' has no upper limit"),
        (lambda text: text.replace('upper="1.2"', 'upper="0"'), "a range of zero"),
        (lambda text: text.replace('joint="index_bend"', 'joint="index_curl"'), "form a cycle"),
        (
            lambda text: text.replace(
                "</robot>",
                '<joint name="back" type="fixed"><parent link="index_tip"/><child link="palm"/></joint>'
                "</robot>",
            ),
            "the links form a cycle",
        ),
    ],
)
def test_a_urdf_that_cannot_stand_is_refused(
    xlvla: Command, tmp_path: Path, space: Path, change: Callable[[str], str], said: str
):
    urdf = tmp_path / "hand.urdf"
    urdf.write_text(change(small_urdf()))
    words = ("--urdf", urdf, "--side", "right", *TIPS, "--space", space)
    onboarded = xlvla("onboard", *words)
    assert onboarded.error.startswith("SpecError: ")
    assert said in onboarded.error
    assert xlvla("check", *words).code == 1
    assert not (tmp_path / "xlvla-data").exists()


def test_missing_meshes_are_named_by_the_check(xlvla: Command, tmp_path: Path, space: Path):
    urdf = tmp_path / "hand.urdf"
    mesh = '<visual><geometry><mesh filename="palm.stl"/></geometry></visual>'
    urdf.write_text(small_urdf().replace('<link name="palm"/>', f'<link name="palm">{mesh}</link>'))
    done = xlvla("check", "--urdf", urdf, "--side", "right", *TIPS, "--space", space)
    assert done.code == 1
    assert "1 of 1 are not there: palm.stl" in done.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["onboard"], "name one hand"),
        (["check"], "name one device"),
        (["check", "xarm7", "--urdf", "x.urdf"], "name one device"),
        (["onboard", "--urdf", "x.urdf"], "x.urdf: cannot be read"),
        (["onboard", "--urdf", "x.urdf", "--learn-map"], "--learn-map needs --side and a --tip"),
        (["onboard", "--urdf", "x.urdf", "--side", "right", "--tip", "a"], "is not FINGER=LINK"),
        (["onboard", "--urdf", "x.urdf", "--side", "right", *TIPS, *TIPS], "names the thumb twice"),
        (["onboard", "--urdf", "no.urdf", "--side", "right", *TIPS], "no.urdf: cannot be read"),
        (["onboard", "xarm7"], "'xarm7' is an arm"),
        (["run", "xhand:right"], "no policy is given"),
        (["run", "xhand:right", "--policy", "http://x"], "'http://x' is no policy"),
        (["run", "xhand", "--policy", "ws://127.0.0.1:1"], "names no side"),
        (["run", "xhand:right", "--policy", "replay:"], "names no file"),
        (["run", "xhand:right", "--policy", "replay:no.npz"], "no.npz: there is no such file"),
        (["serve", "--policy", "ws://127.0.0.1:1"], "cannot be served"),
        (["eval", "xhand:right"], "name two hands or more"),
        (["pretrain", "xhand:right", "--name", "one-1"], "two hands or more"),
        (
            [
                "pretrain",
                "a:right",
                "b:right",
                "--name",
                "l",
                "--method",
                "lad",
                "--preset",
                "paper",
            ],
            "--preset is for --method xl; lad has one recipe. Leave it out.",
        ),
    ],
)
def test_words_that_say_too_little_are_answered_with_what_to_write(
    xlvla: Command, words: list[str], said: str
):
    assert said in xlvla(*words).error


@pytest.mark.parametrize(
    ("method", "said"), [("xl", "reaches no GPU on this computer"), ("vq", "is for method xl; vq")]
)
def test_a_gpu_that_cannot_be_had_is_refused_before_anything_is_trained(
    xlvla: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, said: str
):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    words = ("xhand:right", "inspire:right", "--name", "two-1", "--out", tmp_path / "spaces")
    assert said in xlvla("pretrain", *words, "--method", method, "--device", "cuda").error
    assert not (tmp_path / "spaces").exists()


def test_a_name_that_a_plugin_has_is_not_given_again(xlvla: Command, tmp_path: Path, space: Path):
    urdf = tmp_path / "hand.urdf"
    urdf.write_text(small_urdf())
    words = ("--urdf", urdf, "--side", "right", *TIPS, "--name", "xhand", "--space", space)
    assert "'xhand:right' is a device of xlvla-xhand" in xlvla("onboard", *words).error


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-50]), "is cut off"),
        (lambda path: path.write_bytes(b""), "is cut off"),
        (
            lambda path: path.write_bytes(path.read_bytes()[:-8] + b"tampered"),
            "was changed after it was written",
        ),
    ],
)
def test_a_damaged_codec_is_refused_before_a_driver_opens(
    xlvla: Command,
    motion: Path,
    space: Path,
    stopped: list[str],
    damage: Callable[[Path], object],
    said: str,
):
    loaded = load_space(str(space))
    path = user_codec(loaded.id, "xhand:left")
    save_codec(small_codec(registry().hand("xhand:left"), loaded.id), path)
    damage(path)
    done = xlvla("run", "xhand:left", "--policy", f"replay:{motion}", "--mirror", "--space", space)
    assert done.error.startswith("CodecMismatch: ")
    assert said in done.error
    assert not stopped


def test_a_damaged_space_is_refused(xlvla: Command, motion: Path, space: Path, tmp_path: Path):
    cut = tmp_path / "cut-1.safetensors"
    cut.write_bytes(space.read_bytes()[:-50])
    error = xlvla("run", "xhand:right", "--policy", f"replay:{motion}", "--space", cut).error
    assert "cut-1.safetensors: is cut off" in error


def test_training_that_is_forbidden_is_not_begun(xlvla: Command, motion: Path, space: Path):
    words = ("--policy", f"replay:{motion}", "--mirror", "--space", space)
    error = xlvla("run", "xhand:left", *words).error
    assert "XLVLA_TRAIN=0 forbids training" in error
    assert "`xlvla onboard xhand:left`" in error


def broken(recording: Recording, fault: str) -> Recording:
    if fault == "NaN":
        qpos = recording.qpos.copy()
        qpos[7, 2] = np.nan
        return replace(recording, qpos=qpos)
    if fault == "missing":
        return recording.select(recording.joint_names[:-1])
    return replace(recording, joint_names=tuple(f"other_{n}" for n in recording.joint_names))


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("NaN", "is nan in row 7"),
        ("missing", "has no column for"),
        ("unknown", "has no column for"),
    ],
)
def test_a_recording_that_does_not_fit_is_refused_and_nothing_is_written(
    xlvla: Command, motion: Path, space: Path, tmp_path: Path, fault: str, said: str
):
    broken(Recording.load(motion), fault).save(motion)
    out = tmp_path / "out" / "xhand.npz"
    words = ("--from", "inspire:right", "--to", "xhand:right", "--out", out, "--space", space)
    done = xlvla("retarget", motion, *words)
    assert done.error.startswith("DataError: ")
    assert said in done.error
    assert not out.parent.exists()
    policy = ("--policy", f"replay:{motion}", "--from", "inspire:right", "--space", space)
    assert said in xlvla("run", "xhand:right", *policy).error
    assert said in xlvla("serve", "--port", 0, *policy).error


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04cut"])
def test_a_file_that_is_no_recording_is_refused(
    xlvla: Command, motion: Path, space: Path, content: bytes
):
    motion.write_bytes(content)
    error = xlvla("run", "xhand:right", "--policy", f"replay:{motion}", "--space", space).error
    assert "is not a whole NPZ" in error


def test_what_cannot_be_written_is_said(xlvla: Command, motion: Path, space: Path, tmp_path: Path):
    (tmp_path / "file").touch()
    out = tmp_path / "file" / "out.npz"
    words = ("--from", "inspire:right", "--to", "xhand:right", "--out", out, "--space", space)
    assert xlvla("retarget", motion, *words).error.startswith("DataError: ")


@contextmanager
def server(handler: Callable[[ServerConnection], None]) -> Iterator[str]:
    with serve(handler, "127.0.0.1", 0) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"ws://127.0.0.1:{listening.socket.getsockname()[1]}"
        listening.shutdown()
        thread.join()


@pytest.mark.parametrize("hand", ["xhand:right", "xhand:left"])
def test_a_dead_server_is_named_before_a_codec_is_trained(xlvla: Command, space: Path, hand: str):
    with server(ServerConnection.close) as uri:
        pass
    done = xlvla("run", hand, "--policy", uri, "--space", space)
    assert done.error.startswith(f"PolicyError: {uri} cannot be reached")


def metadata(path: Path, **said: object) -> Metadata:
    loaded = load_space(str(path))
    rows = make_layout("xl-1", registry().embodiment("xhand:right"), loaded.hands)
    return replace(Metadata.of(rows), **said)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("said", "difference"),
    [
        ({"layout": "raw-1"}, "layout raw-1 there, xl-1 here"),
        ({"space": "other-1@12345678"}, "space other-1@12345678 there"),
        ({"latent_dim": 16}, "hand's width 16 there, 32 here"),
    ],
)
def test_a_server_of_other_rows_is_refused_before_anything_moves(
    xlvla: Command, space: Path, stopped: list[str], said: dict[str, object], difference: str
):
    def handler(connection: ServerConnection) -> None:
        connection.send(pack(metadata(space, **said).to_wire()))
        for _ in connection:
            raise AssertionError("nothing may be asked")

    with server(handler) as uri:
        done = xlvla("run", "xhand:right", "--policy", uri, "--space", space)
    assert difference in done.error
    assert not stopped


def test_a_plain_openpi_server_needs_its_rows_named(xlvla: Command, space: Path):
    with server(lambda connection: connection.send(pack({}))) as uri:
        done = xlvla("run", "xhand:right", "--policy", uri, "--space", space)
    assert "Name them with --layout and --space" in done.error


def test_a_server_that_closes_in_mid_chunk_ends_the_run_and_stops_the_hand(
    xlvla: Command, space: Path, stopped: list[str]
):
    def handler(connection: ServerConnection) -> None:
        connection.send(pack(metadata(space).to_wire()))
        connection.recv()
        connection.send(pack({"actions": np.zeros((8, 32))}))
        connection.recv()
        connection.close()

    with server(handler) as uri:
        done: Done = xlvla("run", "xhand:right", "--policy", uri, "--space", space)
    assert done.error.startswith(f"PolicyError: {uri}")
    assert stopped
