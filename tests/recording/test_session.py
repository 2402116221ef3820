"""Episodes into a dataset: rows and pictures of one moment, kept ones whole, whatever ends it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.policy.scripted import Bench, ScriptedPolicy, chunk, stopped
from tests.policy.test_frames import FakeCamera, gone
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.pictures import opened_picture
from xlvla_sdk.drivers.camera import Camera, Frame
from xlvla_sdk.errors import DataError, DriverError
from xlvla_sdk.policy import RunSettings
from xlvla_sdk.recording import (
    Attended,
    GuidedSource,
    Keys,
    Operator,
    PolicySource,
    Recorded,
    RecordSettings,
    Source,
    Spool,
    Unattended,
    record,
)
from xlvla_sdk.specs import Station

FPS = 20.0
FRONT = "observation.images.front"


class Pressed(Keys):
    """Keys that come one at a time, None where nothing is pressed yet; an error is raised."""

    def __init__(self, keys: Iterable[str | BaseException | None]) -> None:
        self._keys = iter(keys)

    def poll(self) -> str | None:
        pressed = next(self._keys)
        if isinstance(pressed, BaseException):
            raise pressed
        return pressed


class Clocked(Camera):
    """A camera whose picture's red says when it was taken: 100 levels a second, again and again."""

    def __init__(self, now: Callable[[], float], height: int = 16, width: int = 16) -> None:
        self.shape = (height, width, 3)
        self._now = now

    def read(self) -> Frame:
        image = np.zeros(self.shape, np.uint8)
        image[..., 0] = round(100.0 * self._now()) % 256
        return Frame(image, self._now())


class Lab(Bench):
    """A small hand, a policy that plays its recording, and a place for the dataset."""

    def __init__(self, folder: Path, camera: Camera | None = None, seconds: float = 1.5) -> None:
        super().__init__(folder)
        self.out = folder / "demos"
        self.cameras: dict[str, Camera] = {"front": camera} if camera else {}
        self.seconds = seconds
        self.said: list[str] = []

    def source(self) -> PolicySource:
        settings = RunSettings(max_time_s=self.seconds)
        return PolicySource(
            [self.device], self.layout, self.replay, self.clock, settings, FPS, self.cameras
        )

    def guided(self, **more: Any) -> GuidedSource:
        return GuidedSource(
            self.layout.embodiment, [self.device], self.clock, FPS, self.cameras, **more
        )

    def spool(self) -> Spool:
        return Spool(self.out, self.layout.embodiment, Station(), FPS)

    def attended(self, keys: Iterable[str | BaseException | None]) -> Attended:
        return Attended(Pressed(keys), self.clock, self.said.append)

    def record(self, operator: Operator, source: Source | None = None, **more: Any) -> Recorded:
        settings = RecordSettings("wave", tuple(self.cameras), **more)
        source = source or self.source()
        return record(source, operator, self.spool(), settings, told=self.said.append)

    def rows(self, episode: int = 0) -> tuple[np.ndarray, np.ndarray]:
        found = Dataset.open(self.out)
        one = found.read(episode)
        names = ("observation.state", "action")
        state, action = (one.numbers(name, found.feature(name)) for name in names)
        return state, action


def levels(pictures: Sequence[bytes]) -> np.ndarray:
    """The red of each picture."""
    return np.array([np.asarray(opened_picture(one, "it"))[..., 0].mean() for one in pictures])


def kept_pictures(out: Path, episode: int = 0) -> list[bytes]:
    column = Dataset.open(out).read(episode).column(FRONT).to_pylist()
    return [one["bytes"] for one in column]


def test_unattended_episodes_are_kept_with_what_was_measured_and_commanded(tmp_path: Path):
    lab = Lab(tmp_path)
    done = lab.record(Unattended(2))
    found = Dataset.open(lab.out)
    assert done == Recorded(kept=2, rows=found.info.frames, discarded=0)
    assert found.info.fps == FPS
    assert found.feature("observation.state").column_names == lab.hand.joints
    assert found.read(0).prompts == ["wave"] * 31
    for episode in range(2):
        state, action = lab.rows(episode)
        assert len(state) == len(action) == 31
        assert np.ptp(action, axis=0).min() > 0.1
        late = np.abs(state[2:] - action[:-2]).max()  # a device lags, and by less than two rows
        assert 0.0 < np.abs(state - action).max() < 0.2
        assert late < 0.1
    assert stopped(lab.device)
    assert [one.name for one in tmp_path.glob("*demos*")] == ["demos"]


def test_rows_are_periods_and_not_between_two(tmp_path: Path):
    lab = Lab(tmp_path)
    lab.record(Unattended(1))
    _, action = lab.rows()
    sent = np.array(lab.device.sent, dtype=np.float32)
    assert len(action) == 31
    for row in action:
        assert np.abs(sent - row).max(axis=1).min() < 1e-6


def test_the_sidecar_says_whose_joints_they_are(tmp_path: Path):
    lab = Lab(tmp_path)
    lab.record(Unattended(1), lab.guided(seconds=0.2))
    sidecar = Dataset.open(lab.out).sidecar
    assert sidecar is not None
    assert (sidecar.layout, sidecar.space) == (None, None)
    assert sidecar.bodies[0].embodiment == lab.layout.embodiment.name
    assert sidecar.bodies[0].joints == lab.hand.joints


def test_a_rows_picture_is_the_newest_when_it_was_due(tmp_path: Path):
    lab = Lab(tmp_path)
    lab.cameras["front"] = Clocked(lab.clock.now)
    lab.record(Unattended(1))
    shown = levels(kept_pictures(lab.out))
    assert len(shown) == 31
    np.testing.assert_allclose(np.diff(shown) % 256, 5.0, atol=1.1)  # a row is 50 ms later
    feature = Dataset.open(lab.out).feature(FRONT)
    assert (feature.dtype, feature.shape) == ("image", (16, 16, 3))


def test_pictures_are_brought_to_a_size_and_have_statistics(tmp_path: Path):
    lab = Lab(tmp_path)
    lab.cameras["front"] = Clocked(lab.clock.now, 12, 24)
    lab.record(Unattended(1), size=8, version="v2.1")
    found = Dataset.open(lab.out)
    assert found.info.version == "v2.1"
    assert found.feature(FRONT).shape == (8, 8, 3)
    assert found.episodes[0].pictures[FRONT]["mean"].shape == (3, 1, 1)


def test_keys_start_keep_discard_and_quit(tmp_path: Path):
    lab = Lab(tmp_path)
    wait = [None] * 20
    keys = [None, "s", *wait, "k", None, "s", *wait, "d", "x", "s", *wait, "k", "q"]
    done = lab.record(lab.attended(keys), lab.guided())
    assert (done.kept, done.discarded) == (2, 1)
    assert Dataset.open(lab.out).info.episodes == 2
    assert lab.said[0] == "episode 0: s starts, q quits"
    assert lab.said[1] == "episode 0: records; k keeps, d discards, q quits"
    assert "discarded" in lab.said


def test_an_episode_that_ended_by_itself_is_asked_about(tmp_path: Path):
    lab = Lab(tmp_path, seconds=0.5)
    decided = iter("dkq")
    keys = Pressed([])
    state = {"played": 0}

    def poll() -> str | None:
        asked = lab.said[-1]
        if asked.startswith("it is over"):
            state["played"] += 1
            return next(decided)
        return "s" if "starts" in asked else None

    keys.poll = poll
    done = lab.record(Attended(keys, lab.clock, lab.said.append))
    assert (done.kept, done.discarded) == (1, 2)  # q discards what is asked about
    assert state["played"] == 3


def test_quitting_in_an_episode_discards_it(tmp_path: Path):
    lab = Lab(tmp_path)
    done = lab.record(lab.attended(["s", *[None] * 20, "q"]))
    assert done == Recorded(0, 0, 1)
    assert not lab.out.exists()
    assert stopped(lab.device)


def test_ctrl_c_in_an_episode_keeps_those_before_it_whole(tmp_path: Path):
    lab = Lab(tmp_path, seconds=0.5)
    lab.cameras["front"] = Clocked(lab.clock.now)

    class Interrupted(Unattended):
        """Ctrl-C a little into the second episode, when the hand moves already."""

        looks = 0

        def starts(self, kept: int) -> bool:
            self.kept = kept
            return True

        def called_off(self) -> bool:
            self.looks += self.kept == 1
            if self.looks > 20:
                raise KeyboardInterrupt
            return False

    with pytest.raises(KeyboardInterrupt):
        lab.record(Interrupted(9))
    found = Dataset.open(lab.out)
    assert found.info.episodes == 1
    assert len(kept_pictures(lab.out)) == found.info.frames > 10
    assert stopped(lab.device)
    left = [*tmp_path.glob("*demos*"), *tmp_path.glob(".*")]
    assert [one.name for one in left] == ["demos"]


def test_a_camera_that_dies_stops_the_hand_and_keeps_what_was_kept(tmp_path: Path):
    lab = Lab(tmp_path, seconds=0.3)
    lab.record(Unattended(1))
    (tmp_path / "demos").rename(tmp_path / "before")
    lab.cameras["front"] = FakeCamera(lab.clock.now, lambda now: gone(now - begun))
    begun = lab.clock.now()
    with pytest.raises(DriverError, match="camera 'front': /dev/video0: it does not answer"):
        lab.record(Unattended(2))
    assert stopped(lab.device)
    assert not lab.out.exists()


def test_an_old_picture_ends_the_episode_and_it_is_begun_again(tmp_path: Path):
    lab = Lab(tmp_path)
    hangs_s = [0.4]
    lab.cameras["front"] = FakeCamera(lab.clock.now, lambda now: min(now, hangs_s[0]))

    def poll() -> str | None:
        asked = lab.said[-1]
        if "starts" not in asked:
            return "k" if asked.startswith("it is over") else None
        if lost := any("cannot be kept" in one for one in lab.said):
            hangs_s[0] = 1e9
        return "q" if lost and lab.spool().parts else "s"

    keys = Pressed([])
    keys.poll = poll
    done = lab.record(Attended(keys, lab.clock, lab.said.append), lab.guided(seconds=1.0))
    assert (done.kept, done.discarded) == (1, 1)
    lost = next(one for one in lab.said if "cannot be kept" in one)
    assert "the newest picture of camera 'front' is 2" in lost
    assert "ms old, 0.7 s from the beginning" in lost


def test_unattended_an_old_picture_is_an_error(tmp_path: Path):
    lab = Lab(tmp_path)
    lab.cameras["front"] = FakeCamera(lab.clock.now, lambda _: 0.0)
    with pytest.raises(DriverError, match=r"'front' is .* ms old"):
        lab.record(Unattended(1))
    assert not lab.out.exists()


def test_a_policy_that_fails_keeps_what_was_kept(tmp_path: Path):
    lab = Lab(tmp_path, seconds=0.5)
    answers = iter(range(1000))

    def answer(_: int, observation: object) -> object:
        if next(answers) > 4:
            raise RuntimeError("out of memory")
        return chunk(0.3)

    policy = ScriptedPolicy(lab.layout, answer)  # pyright: ignore[reportArgumentType]
    source = PolicySource(
        [lab.device], lab.layout, policy, lab.clock, RunSettings(max_time_s=0.5), FPS, {}
    )
    with pytest.raises(Exception, match="out of memory"):
        lab.record(Unattended(50), source)
    assert Dataset.open(lab.out).info.episodes >= 1
    assert stopped(lab.device)


def test_what_a_kill_left_is_gone_on_with(tmp_path: Path):
    lab = Lab(tmp_path, seconds=0.5)
    pid = os.fork()
    if pid == 0:

        class Killed(Unattended):
            def starts(self, kept: int) -> bool:
                if kept == 2:
                    os._exit(0)
                return True

        lab.record(Killed(5), lab.guided(seconds=0.2))
    os.waitpid(pid, 0)
    assert not lab.out.exists()
    assert len(lab.spool()) == 2
    done = lab.record(Unattended(3), lab.guided(seconds=0.2))
    assert done.kept == Dataset.open(lab.out).info.episodes == 3
    assert lab.said[0].startswith("2 episodes that an earlier recording kept come first")
    assert [one.name for one in tmp_path.glob(".*")] == []


def test_another_recordings_leftovers_are_not_mixed_in(tmp_path: Path):
    lab = Lab(tmp_path, seconds=0.5)
    spool = lab.spool()
    spool.add(np.zeros((3, 2)), np.zeros((3, 2)), {}, "wave")
    with pytest.raises(DataError, match=r"at 20 Hz were kept here, and now .* at 10 Hz"):
        Spool(lab.out, lab.layout.embodiment, Station(), 10.0)
    lab.cameras["front"] = Clocked(lab.clock.now)
    with pytest.raises(DataError, match=r"its pictures are 16 x 16 x 3, those .* are not there"):
        lab.record(Unattended(2), lab.guided(seconds=0.2))
    assert Dataset.open(lab.out).info.episodes == 1


def test_nothing_is_recorded_over_a_dataset(tmp_path: Path):
    lab = Lab(tmp_path)
    lab.out.mkdir()
    with pytest.raises(DataError, match="is there already"):
        lab.spool()
    assert lab.device.calls == []


def test_hand_guided_the_action_is_the_next_measured_posture(tmp_path: Path):
    lab = Lab(tmp_path)
    spec = lab.hand
    lower, upper = spec.limits

    def led() -> np.ndarray:
        return lower + (upper - lower) * (0.5 + 0.3 * np.sin(lab.clock.now()))

    lab.device._qpos = led()
    reads = lab.device.read

    def read() -> object:
        lab.device._qpos = lab.device._target = led()
        return reads()

    lab.device.read = read  # pyright: ignore[reportAttributeAccessIssue]
    lab.record(Unattended(1), lab.guided(seconds=1.0))
    state, action = lab.rows()
    assert len(state) == 20
    np.testing.assert_array_equal(action[:-1], state[1:])
    begun = np.arcsin((state[0] - lower) / (upper - lower) / 0.3 - 0.5 / 0.3)
    led_there = lower + (upper - lower) * (0.5 + 0.3 * np.sin(begun + np.arange(20)[:, None] / FPS))
    np.testing.assert_allclose(state, led_there, atol=1e-5)


def test_hand_guided_nothing_is_commanded_nor_held(tmp_path: Path):
    lab = Lab(tmp_path)
    lab.record(Unattended(1), lab.guided(seconds=0.5))
    assert {name for name, _ in lab.device.calls} <= {"open", "stop", "close"}
    assert lab.device.sent == []


def test_hand_guided_devices_that_are_named_are_released_first(tmp_path: Path):
    lab = Lab(tmp_path)
    released: list[float] = []
    lab.device.release = lambda: released.append(lab.clock.now())
    lab.record(Unattended(2), lab.guided(seconds=0.5, released=[lab.hand.id]))
    assert len(released) == 2
    with pytest.raises(DriverError, match="'other:right' cannot be released: it is no part of"):
        lab.guided(released=["other:right"])
