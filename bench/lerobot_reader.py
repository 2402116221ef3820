"""Run by an interpreter that has LeRobot, not by ours: reads a dataset and says what it found."""

import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

try:
    import torchvision  # noqa: F401  # pyright: ignore[reportMissingImports]
except RuntimeError:  # a build for GPUs beside a torch without: its operators are not there
    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    for name in [name for name in sys.modules if name.startswith("torchvision")]:
        del sys.modules[name]

from lerobot.datasets.lerobot_dataset import (  # pyright: ignore[reportMissingImports]
    LeRobotDataset,
)

ROOT, OUT = Path(sys.argv[1]), Path(sys.argv[2])
CAMERA = "observation.images.front"


def main() -> None:
    """Reads every row, a chunk, a picture, and one episode alone."""
    fps = json.loads((ROOT / "meta" / "info.json").read_text())["fps"]
    chunks = {"action": [k / fps for k in range(4)]}
    whole = LeRobotDataset("local/whole", root=ROOT)
    ahead = LeRobotDataset("local/whole", root=ROOT, delta_timestamps=chunks)
    alone = LeRobotDataset("local/whole", root=ROOT, episodes=[1])
    names = ("observation.state", "action")
    rows = [whole[k] for k in range(len(whole))]
    arrays = {name: np.stack([row[name].numpy() for row in rows]) for name in names}
    assert torch.equal(ahead[5]["action"][2], whole[7]["action"])
    assert int(alone[0]["episode_index"]) == 1
    assert rows[0]["task"] == "show"
    np.savez(OUT, picture=rows[3][CAMERA].numpy().mean(axis=(1, 2)), **arrays)
    facts = {
        "lerobot": version("lerobot"),
        "rows": len(whole),
        "episodes": whole.num_episodes,
        "chunk": list(ahead[0]["action"].shape),
    }
    print(json.dumps(facts))


main()
