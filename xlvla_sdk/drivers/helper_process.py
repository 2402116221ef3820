"""HelperProcess: a maker's SDK under the Python that it was made for, each call with a deadline."""

from __future__ import annotations

import json
import os
import shutil
import struct
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xlvla_sdk.drivers.address import Address
from xlvla_sdk.drivers.child_process import WHOLE, ChildProcess
from xlvla_sdk.drivers.far_side import LONGEST
from xlvla_sdk.errors import DriverError

FAR_SIDE = Path(__file__).with_name("far_side.py")
HEAD = struct.Struct(">I")
START_S = 30.0
"""How long an interpreter may take to import an SDK [s]; the large ones take several."""
CLOSE_S = 2.0
"""How long the far side may take to put its device to rest [s]."""
LAST_WORDS_S = 0.5
"""How long what the far side printed is waited for once it has ended on its own [s]."""


class HelperProcess:
    """Functions of one script, called in another process under another interpreter.

    Requests and answers are JSON, framed by their length, over pipes. What the SDK prints does not
    reach them. A call that is not answered in time ends the process: nothing else ends a hung SDK.
    Ctrl-C and SIGTERM do not reach it, so that a driver's stop still goes through; it ends with its
    pipe, whatever becomes of this process. No threads; one caller at a time.

    A call that an exception (Ctrl-C) interrupted leaves the process usable: the next call waits for
    its turn, and passes over the answer that nobody waits for.

    Args:
        python: The interpreter, a path or a name on PATH.
        script: A file of functions; they take and return what JSON knows. It needs the standard
            library and the SDK alone. Its function `end`, where there is one, is called when the
            pipe ends.
        who: The device, for messages, such as `paxini:right on ttyUSB0`.
        install: The SDK and how to get it, for messages: the sentence that mends its absence.
        folders: Where the script's imports are looked for first.
    """

    OPTIONS = ("python", "path")
    """Options of an address that `at` reads."""

    def __init__(
        self,
        python: str,
        script: Path | str,
        who: str,
        install: str,
        folders: Sequence[str] = (),
    ) -> None:
        self.python = python
        self._command = [python, "-Bu", str(FAR_SIDE), str(script), *folders]
        self._who = who
        self._install = install
        self._child: ChildProcess | None = None
        self._number = 0
        self._arrived = bytearray()

    @staticmethod
    def at(address: Address, script: Path | str, who: str, install: str) -> HelperProcess:
        """The process of an address: option `python`, or our own interpreter; `path`, folders."""
        folders = [folder for folder in address.options.get("path", "").split(os.pathsep) if folder]
        python = address.options.get("python", sys.executable)
        return HelperProcess(python, script, who, install, folders)

    @property
    def running(self) -> bool:
        """Whether calls can be made."""
        return self._child is not None

    def start(self, timeout_s: float = START_S) -> None:
        """Starts the interpreter and has it load the script; nothing when it runs.

        Raises:
            DriverError: No such interpreter, none that runs, or the SDK is not installed there.
        """
        if self._child is not None:
            return
        if shutil.which(self.python) is None:
            raise DriverError(
                f"{self._who}: there is no Python interpreter at '{self.python}'. Give the one "
                f"that has the maker's SDK: `--sdk-python PATH`, in an address `python=PATH`."
            )
        self._arrived.clear()
        self._number = 0
        try:
            self._child = ChildProcess(self._command)
        except OSError as error:
            raise DriverError(f"{self._who}: '{self.python}' does not run ({error}).") from error
        try:
            self._check_loaded(self._answer(0, f"its import by {self.python}", timeout_s))
        except BaseException:  # Ctrl-C, too: nobody would close what never opened
            self.close()
            raise

    def call(self, name: str, *arguments: object, timeout_s: float) -> Any:
        """Calls a function of the script and gives what it returns.

        Args:
            name: The function.
            arguments: What JSON knows; together no more than a pipe takes at once (4 KiB on Linux).
            timeout_s: How long the answer may take [s].

        Raises:
            DriverError: The function raised, or the process ended or was ended.
        """
        if self._child is None:
            raise DriverError(
                f"{self._who}: the process with the maker's SDK does not run. Open the driver again."
            )
        self._number += 1
        request = {
            "number": self._number,
            "call": name,
            "arguments": arguments,
            "timeout_s": timeout_s,
        }
        body = json.dumps(request).encode()
        if HEAD.size + len(body) > WHOLE:
            raise DriverError(
                f"{self._who}: a call of {name} takes {len(body)} bytes, a pipe {WHOLE} at once."
            )
        self._send(HEAD.pack(len(body)) + body, name, timeout_s)
        answer = self._answer(self._number, name, timeout_s)
        if "error" in answer:
            raise DriverError(
                f"{self._who}: {name} failed: {answer['error']}: {answer['message']}",
                error=answer["error"],
            )
        return answer.get("value")

    def close(self) -> None:
        """Ends the process, its own way where that takes no more than 2 s. Never raises."""
        child, self._child = self._child, None
        if child is not None:
            child.end(CLOSE_S)

    def _check_loaded(self, answer: dict[str, Any]) -> None:
        if "error" not in answer:
            return
        version = f"{self.python} (Python {answer['python']})"
        if answer.get("missing"):
            raise DriverError(
                f"{self._who}: {version} has no module '{answer['missing']}'. {self._install}",
                missing=answer["missing"],
            )
        raise DriverError(
            f"{self._who}: the maker's SDK does not load in {version}: {answer['error']}: "
            f"{answer['message']}. {self._install}"
        )

    def _send(self, frame: bytes, what: str, timeout_s: float) -> None:
        assert self._child is not None
        try:
            if not self._child.send(frame, timeout_s):
                raise self._hung(what, timeout_s)
        except BrokenPipeError as error:
            raise self._gone(what) from error

    def _answer(self, number: int, what: str, timeout_s: float) -> dict[str, Any]:
        """The answer of this number; earlier ones, which nobody waits for, are passed over."""
        assert self._child is not None
        deadline = time.monotonic() + timeout_s
        while True:
            for answer in self._whole_frames(what):
                if answer.get("number") == number:
                    return answer
            left = deadline - time.monotonic()
            if left <= 0.0:
                raise self._hung(what, timeout_s)
            data = self._child.receive(left)
            if data is None:
                raise self._gone(what)
            self._arrived += data

    def _whole_frames(self, what: str) -> list[dict[str, Any]]:
        frames: list[dict[str, Any]] = []
        while len(self._arrived) >= HEAD.size:
            (length,) = HEAD.unpack_from(self._arrived)
            if length > LONGEST:
                raise self._damaged(what)
            if len(self._arrived) < HEAD.size + length:
                break
            frame = _read(bytes(self._arrived[HEAD.size : HEAD.size + length]))
            if frame is None:
                raise self._damaged(what)
            del self._arrived[: HEAD.size + length]
            frames.append(frame)
        return frames

    def _hung(self, what: str, timeout_s: float) -> DriverError:
        _, said = self._ended()
        return DriverError(
            f"{self._who}: the maker's SDK did not return from {what} in {timeout_s:g} s; its "
            f"process was ended{said}. Check cable and power, then open the driver again."
        )

    def _damaged(self, what: str) -> DriverError:
        _, said = self._ended()
        return DriverError(
            f"{self._who}: what came back from {what} is no answer; the process was ended{said}. "
            f"Is '{self.python}' a Python interpreter?"
        )

    def _gone(self, what: str) -> DriverError:
        how, said = self._ended(LAST_WORDS_S)
        return DriverError(
            f"{self._who}: the process with the maker's SDK {how} in {what}{said}. "
            "Open the driver again."
        )

    def _ended(self, wait_s: float = 0.0) -> tuple[str, str]:
        """Ends the process; how it ended, and what it printed last."""
        child, self._child = self._child, None
        assert child is not None
        return child.end(wait_s), child.said()


def _read(body: bytes) -> dict[str, Any] | None:
    try:
        frame = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return frame if isinstance(frame, dict) else None
