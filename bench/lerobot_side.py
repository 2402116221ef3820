"""LeRobot's side of `bench/lerobot.py`: runs in its interpreter, knows nothing of xlvla_sdk.

Finds the plugin as LeRobot's tools do, builds the robot from its config, has its features made
into a dataset's, reads, sends, and times the round trips.
"""

from __future__ import annotations

import importlib.metadata
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

# pyright: reportMissingImports=false
import numpy as np

TURNS = 100


def main(url: str, step: float) -> None:
    from lerobot.datasets.utils import hw_to_dataset_features
    from lerobot.robots import RobotConfig, make_robot_from_config
    from lerobot.utils.import_utils import register_third_party_plugins

    register_third_party_plugins()
    kind = RobotConfig.get_choice_class("xlvla")
    with tempfile.TemporaryDirectory() as folder:
        robot = make_robot_from_config(kind(url=url, id="bench", calibration_dir=Path(folder)))
        features = hw_to_dataset_features(robot.observation_features, "observation")
        actions = hw_to_dataset_features(robot.action_features, "action")
        robot.connect()
        try:
            measured = moved(robot, step)
        finally:
            robot.disconnect()
    print(
        json.dumps(
            {
                "lerobot": importlib.metadata.version("lerobot"),
                **measured,
                "state": features["observation.state"]["shape"],
                "action": actions["action"]["shape"],
                "images": {k: v["shape"] for k, v in features.items() if "images" in k},
            }
        )
    )


def moved(robot: Any, step: float) -> dict[str, Any]:
    """Moves the first number there and back; how far it came, and how long a turn takes."""
    begin = robot.get_observation()
    assert set(begin) == set(robot.observation_features)
    target = {key: begin[key] for key in robot.action_features}
    first = next(iter(target))
    seen, read_s, send_s = [], [], []
    for turn in range(TURNS):
        target[first] = begin[first] + step * min(turn, TURNS - turn, 20)
        started = time.perf_counter()
        seen.append(robot.get_observation()[first])
        read_s.append(time.perf_counter() - started)
        started = time.perf_counter()
        sent = robot.send_action(target)
        send_s.append(time.perf_counter() - started)
        assert set(sent) == set(target)
        time.sleep(1 / 60)
    return {
        "moved": round(max(seen) - min(seen), 4),
        **times("observe", read_s),
        **times("send", send_s),
    }


def times(what: str, seconds: list[float]) -> dict[str, float]:
    """Median and 99th percentile [ms]."""
    half, most = np.percentile(1e3 * np.array(seconds), (50, 99))
    return {f"{what}_ms": round(float(half), 2), f"{what}_p99_ms": round(float(most), 2)}


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
