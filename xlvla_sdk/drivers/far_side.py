"""The far side of a helper process: calls functions of one script when it is asked to.

Run as a file by an interpreter that need not have this package: `python far_side.py SCRIPT [FOLDER
...]`. It imports the standard library only and runs on Python 3.6 and later, so nothing here may be
newer than that. `helper_process.py` is its other end.
"""

import importlib.util
import json
import os
import signal
import struct
import sys
import traceback
from functools import partial

LONGEST = 1 << 20  # bytes of a frame
GRACE_S = 1.0  # how much longer than its caller waits a call may take, before the kernel ends it


class Pipe:
    """Frames over standard input and output, which whatever prints no longer reaches.

    A frame is its length, four bytes, the highest first, then JSON.
    """

    def __init__(self):
        self._in = os.fdopen(os.dup(0), "rb")
        self._out = os.dup(1)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)  # what an SDK prints, in C too, goes the way of errors

    def receive(self):
        """The next request; None at the end of the pipe."""
        head = self._in.read(4)
        if len(head) < 4:
            return None
        (length,) = struct.unpack(">I", head)
        body = self._in.read(length) if length <= LONGEST else b""
        return json.loads(body.decode()) if len(body) == length else None

    def send(self, answer):
        """One answer, whole."""
        body = json.dumps(answer).encode()
        if len(body) > LONGEST:
            number = answer.get("number")
            body = json.dumps(
                {"number": number, "error": "ValueError", "message": "an answer over 1 MiB"}
            ).encode()
        left = struct.pack(">I", len(body)) + body
        while left:
            left = left[os.write(self._out, left) :]


def main(script, folders):
    """Serves until the pipe ends; then the script's own `end` has its turn, if there is one."""
    for quiet in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(quiet, signal.SIG_IGN)  # the near side stops the device first, then ends us
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # the kernel's: no hung call can put it off
    own = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH120, PTH100
    sys.path[:] = folders + [folder for folder in sys.path if folder != own]
    pipe = Pipe()
    python = ".".join(str(part) for part in sys.version_info[:3])
    functions, failed = answered(lambda: load(script))
    pipe.send(dict(failed or {"value": None}, number=0, python=python))
    if failed:
        return 1
    try:
        serve(pipe, functions)
    finally:
        end(functions)
    return 0


def load(script):
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("far_script", script)
    assert spec is not None, "a script's name ends in .py"
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["far_script"] = module
    spec.loader.exec_module(module)
    return module


def serve(pipe, functions):
    """Answers requests, one after another."""
    while True:
        request = pipe.receive()
        if request is None:
            return
        signal.setitimer(signal.ITIMER_REAL, request["timeout_s"] + GRACE_S)
        value, failed = answered(partial(called, functions, request))
        signal.setitimer(signal.ITIMER_REAL, 0)
        reply(pipe, failed or {"value": value}, request["number"])


def called(functions, request):
    """What the function gives that a request names."""
    return getattr(functions, request["call"])(*request["arguments"])


def reply(pipe, answer, number):
    """Sends an answer; says so where its value is nothing that JSON knows."""
    try:
        pipe.send(dict(answer, number=number))
    except (TypeError, ValueError) as error:
        pipe.send({"number": number, "error": type(error).__name__, "message": str(error)})


def answered(call):
    """What a call gives, and what it raised: one of the two is None."""
    try:
        return call(), None
    except Exception as error:
        traceback.print_exc()
        return None, {
            "error": type(error).__name__,
            "message": str(error),
            "missing": getattr(error, "name", None) if isinstance(error, ImportError) else None,
        }


def end(functions):
    """Lets the script put its device to rest, for no longer than a call without time of its own."""
    if hasattr(functions, "end"):
        signal.setitimer(signal.ITIMER_REAL, GRACE_S)
        answered(functions.end)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
