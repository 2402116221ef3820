"""What playing a recording on this computer does not load."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("torch", "openpi_client", "websockets", "msgpack", "mujoco")


def test_the_policy_room_loads_no_network_and_no_torch():
    code = (
        "import sys, xlvla_sdk.policy, xlvla_sdk.layouts, xlvla_sdk.drivers, "
        "xlvla_sdk.codec.retarget; "
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
