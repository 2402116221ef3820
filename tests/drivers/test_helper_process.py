"""A helper process answers in time or is ended, whatever the SDK in it does."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from xlvla_sdk.drivers import Address, HelperProcess
from xlvla_sdk.drivers import far_side as far
from xlvla_sdk.errors import DriverError

SCRIPT = """
import os, signal, subprocess, sys, time

def add(a, b):
    return a + b

def who():
    return [os.getpid(), sys.argv[1:], list(sys.path)]

def wait(seconds):
    time.sleep(seconds)
    return seconds

def hang():
    signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals) - {signal.SIGALRM})
    while True:
        time.sleep(100.0)

def shout():
    print("said in Python")
    os.write(1, b"\\x00\\xff\\xfe\\x00\\x00\\x00\\x02{}" * 40000)
    os.system("echo said by a child")
    return "heard"

def fail():
    raise RuntimeError("the bus is busy \\U0001f590")

def leave(status):
    print("so long", file=sys.stderr)
    os._exit(status)

def crash():
    os.kill(os.getpid(), signal.SIGSEGV)

def odd():
    return object()

def long(size):
    return "x" * size

def nan():
    return float("nan")

def spawn():
    return subprocess.Popen(["sleep", "1000"]).pid

def end():
    with open(os.environ["ENDED"], "w") as file:
        file.write("at rest")
"""


@pytest.fixture
def ended(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setenv("ENDED", str(tmp_path / "ended"))
    return tmp_path / "ended"


@pytest.fixture
def script(tmp_path: Path, ended: Path) -> Path:
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    return path


@pytest.fixture
def helper(script: Path) -> Iterator[HelperProcess]:
    process = made(script)
    process.start()
    yield process
    process.close()


def made(script: Path, python: str = sys.executable) -> HelperProcess:
    return HelperProcess(python, script, "acme:right", "Ask Acme for its wheel.")


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


def gone_within(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_a_function_is_called_and_answers(helper: HelperProcess):
    assert helper.call("add", 1, 2.5, timeout_s=5.0) == 3.5
    assert helper.call("add", [1], [2], timeout_s=5.0) == [1, 2]


def test_what_it_raises_comes_back_in_words_and_it_goes_on(helper: HelperProcess):
    with pytest.raises(
        DriverError, match="acme:right: fail failed: RuntimeError: the bus is busy \U0001f590"
    ):
        helper.call("fail", timeout_s=5.0)
    with pytest.raises(DriverError, match="odd failed: TypeError"):
        helper.call("odd", timeout_s=5.0)
    with pytest.raises(DriverError, match="no attribute 'absent'"):
        helper.call("absent", timeout_s=5.0)
    assert helper.call("add", 1, 1, timeout_s=5.0) == 2


def test_what_an_sdk_prints_reaches_no_answer_and_fills_no_pipe(helper: HelperProcess):
    for _ in range(5):
        assert helper.call("shout", timeout_s=5.0) == "heard"
    assert helper.call("add", 1, 1, timeout_s=5.0) == 2


def test_a_hung_call_ends_the_process_and_says_so(helper: HelperProcess):
    pid = helper.call("who", timeout_s=5.0)[0]
    with pytest.raises(DriverError, match=r"did not return from hang in 0\.2 s; its process was e"):
        helper.call("hang", timeout_s=0.2)
    assert not helper.running
    assert gone_within(pid, 5.0)
    with pytest.raises(DriverError, match=r"does not run\. Open the driver again"):
        helper.call("add", 1, 1, timeout_s=5.0)
    helper.start()
    assert helper.call("add", 1, 1, timeout_s=5.0) == 2


@pytest.mark.parametrize(
    ("call", "how"),
    [
        (("leave", 3), r"ended with status 3 in leave \(it printed: so long\)"),
        (("crash",), "was ended by SIGSEGV in crash"),
    ],
)
def test_an_end_on_its_own_is_told(helper: HelperProcess, call: tuple[object, ...], how: str):
    with pytest.raises(DriverError, match=how):
        helper.call(*call, timeout_s=5.0)  # pyright: ignore[reportArgumentType]
    assert not helper.running


def test_what_was_started_there_ends_too(helper: HelperProcess):
    child = helper.call("spawn", timeout_s=5.0)
    assert alive(child)
    helper.close()
    assert gone_within(child, 5.0)


def test_closing_lets_the_script_put_its_device_to_rest(helper: HelperProcess, ended: Path):
    pid = helper.call("who", timeout_s=5.0)[0]
    helper.close()
    helper.close()
    assert ended.read_text() == "at rest"
    assert not alive(pid)


def test_too_long_an_answer_and_too_long_a_call_are_refused(helper: HelperProcess):
    assert len(helper.call("long", 1_000_000, timeout_s=5.0)) == 1_000_000
    with pytest.raises(DriverError, match="an answer over 1 MiB"):
        helper.call("long", 2_000_000, timeout_s=5.0)
    with pytest.raises(DriverError, match="a call of add takes"):
        helper.call("add", "x" * 5000, "", timeout_s=5.0)
    assert helper.call("add", 1, 1, timeout_s=5.0) == 2


def test_a_number_that_is_none_comes_through_for_the_driver_to_refuse(helper: HelperProcess):
    assert helper.call("nan", timeout_s=5.0) != helper.call("nan", timeout_s=5.0)


def test_an_interrupted_call_leaves_the_next_one_its_own_answer(helper: HelperProcess):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(KeyboardInterrupt):
            helper.call("wait", 0.5, timeout_s=5.0)
        assert helper.call("add", 1, 1, timeout_s=5.0) == 2
    finally:
        signal.signal(signal.SIGALRM, before)


def test_ctrl_c_and_terminate_do_not_reach_it(helper: HelperProcess):
    pid = helper.call("who", timeout_s=5.0)[0]
    assert os.getpgid(pid) != os.getpgid(0)
    os.kill(pid, signal.SIGINT)
    os.kill(pid, signal.SIGTERM)
    assert helper.call("add", 1, 1, timeout_s=5.0) == 2


NEAR = """
import os, sys
from xlvla_sdk.drivers import HelperProcess
helper = HelperProcess(sys.executable, sys.argv[1], "acme:right", "Ask Acme.")
helper.start()
print(helper.call("who", timeout_s=5.0)[0], flush=True)
{}
"""


def near(script: Path, then: str) -> tuple[subprocess.Popen[str], int]:
    """Another process that has a helper of its own, and that helper's id."""
    command = [sys.executable, "-c", textwrap.dedent(NEAR).format(then), str(script)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def test_it_does_not_outlive_the_process_that_started_it(script: Path, ended: Path):
    process, pid = near(script, "input()")
    with process:
        process.kill()
    assert gone_within(pid, 5.0)
    assert ended.read_text() == "at rest"


def test_not_even_hung_does_it_outlive_that_process(script: Path):
    process, pid = near(script, "helper.call('hang', timeout_s=0.5)")
    with process:
        process.kill()
    assert gone_within(pid, 5.0)


def test_no_interpreter_and_no_sdk_say_what_to_do(tmp_path: Path, script: Path):
    with pytest.raises(DriverError, match=r"no Python interpreter at '/nowhere/python'.*--sdk-py"):
        made(script, "/nowhere/python").start()
    with pytest.raises(DriverError, match="ended with status"):
        made(script, "true").start()
    (tmp_path / "other.py").write_text("import acme_sdk.deep")
    with pytest.raises(
        DriverError, match=r"\(Python 3.* has no module 'acme_sdk'. Ask Acme for its wheel\."
    ):
        made(tmp_path / "other.py").start()
    (tmp_path / "broken.py").write_text("raise ImportError('undefined symbol: _Py_Old')")
    with pytest.raises(DriverError, match=r"does not load in .*undefined symbol.*Ask Acme"):
        made(tmp_path / "broken.py").start()


@pytest.mark.parametrize(
    "said",
    [
        b"\xff\xff\xff\xff not a frame",
        b"Hello, this is no Python.",
        b"\x00\x00\x00\x04oops",
        b"\x00\x00\x00\x02[]",
        b"\x00\x00\x00\x02\xff\xfe",
        b"\x00\x0f\x00\x00" + b"[" * 0x0F0000,
    ],
)
def test_what_answers_otherwise_is_no_helper(tmp_path: Path, script: Path, said: bytes):
    (tmp_path / "said").write_bytes(said)
    shell = tmp_path / "python"
    shell.write_text(f"#!/bin/sh\ncat {tmp_path / 'said'}\nexec sleep 10\n")
    shell.chmod(0o755)
    with pytest.raises(DriverError, match="is no answer; the process was ended"):
        made(script, str(shell)).start()


def test_an_address_names_interpreter_and_folders(tmp_path: Path, script: Path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/meant/for/us")
    (tmp_path / "acme_sdk.py").write_text("")
    script.write_text(SCRIPT + "\nimport acme_sdk")
    address = Address.parse(f"sdk:/dev/ttyUSB0?python={sys.executable}&path={tmp_path}")
    helper = HelperProcess.at(address, script, "acme:right", "Ask Acme.")
    helper.start()
    _, _, path = helper.call("who", timeout_s=5.0)
    helper.close()
    assert path[0] == str(tmp_path)
    assert "/meant/for/us" not in path
    assert str(Path(far.__file__).parent) not in path


def test_the_far_side_is_python_3_6_and_imports_the_standard_library_alone():
    source = Path(far.__file__).read_text()
    tree = ast.parse(source, feature_version=(3, 6))
    names = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names
    assert "__future__" not in names
