"""XLVLAInputs and XLVLAOutputs: between our rows and pictures and what pi0 takes and gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from xlvla_sdk.errors import DataError, PolicyError
from xlvla_sdk.integrations.pi0.card import OPENPI_CAMERAS

SIZE = 224
"""Height and width of what stands in for a camera that is absent [pixels], pi0's own."""


@dataclass(frozen=True)
class XLVLAInputs:
    """From a dataset's item, or an observation on the wire, to what pi0 takes.

    Rows stay as they are: absolute, and no difference is taken of a latent. A camera that is absent is
    black and masked.

    Attributes:
        width: Numbers of a row.
        tails: Whether chunks that go on beyond an episode's end are let through. There the loader
            repeats the last row, and openpi drops the flag that says so.
    """

    width: int
    tails: bool = False

    def __call__(self, data: dict[str, Any]) -> dict[str, Any]:
        """The model's inputs.

        Args:
            data: `state` (A,), and what there is of `images` (openpi's camera names), `prompt`,
                `actions` (H, A) and `action_is_pad` (H,). Other keys are not read.

        Raises:
            PolicyError: A row of another width, a picture of another kind, no prompt.
            DataError: A chunk that goes on beyond its episode's end.
        """
        images, masks = pictures(data.get("images", {}))
        inputs = {"state": self._row(data.get("state")), "image": images, "image_mask": masks}
        if "prompt" not in data:
            raise PolicyError(
                "the observation has no prompt, without which pi0 cannot be asked. Run with --prompt, "
                "or name one with make_train_config(default_prompt=...)."
            )
        inputs["prompt"] = data["prompt"]
        if "actions" in data:
            self._check_tail(data)
            inputs["actions"] = self._rows(data["actions"])
        return inputs

    def _row(self, state: Any) -> np.ndarray:
        row = np.asarray([] if state is None else state, dtype=np.float32)
        if row.shape != (self.width,):
            raise PolicyError(
                f"the state is of shape {row.shape}, this policy was trained on rows of {self.width} "
                "numbers. Run the body and the layout that it was trained for."
            )
        return row

    def _rows(self, actions: Any) -> np.ndarray:
        rows = np.asarray(actions, dtype=np.float32)
        if rows.ndim != 2 or rows.shape[1] != self.width:
            raise DataError(
                f"the actions are of shape {rows.shape}, wanted are (H, {self.width}). Train on the "
                "dataset that the configuration was made from."
            )
        return rows

    def _check_tail(self, data: Mapping[str, Any]) -> None:
        if self.tails or not np.asarray(data.get("action_is_pad", False)).any():
            return
        raise DataError(
            "a chunk goes on beyond its episode's end: its last rows would be copies of one row. "
            "Train inside `with whole_chunks(config):`, or say tails=True to make_train_config if the "
            "body is to stay where an episode ends."
        )


@dataclass(frozen=True)
class XLVLAOutputs:
    """From what pi0 gives to rows: the padding cut off, float32.

    Attributes:
        width: Numbers of a row.
    """

    width: int

    def __call__(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """`actions` (H, A) alone."""
        actions = np.asarray(data["actions"], dtype=np.float32)
        return {"actions": np.ascontiguousarray(actions[..., : self.width])}


def pictures(given: Mapping[str, Any]) -> tuple[dict[str, np.ndarray], dict[str, np.bool_]]:
    """A picture for each of pi0's cameras, and which of them are true.

    Args:
        given: Camera to picture: uint8 (height, width, 3) from the wire, or float
            (3, height, width) in [0, 1] as LeRobot's loader gives it. Cameras that pi0 does not
            know are left out.
    """
    images = {
        name: image(given[name], name) if name in given else np.zeros((SIZE, SIZE, 3), np.uint8)
        for name in OPENPI_CAMERAS.values()
    }
    return images, {name: np.bool_(name in given) for name in images}


def image(given: Any, name: str) -> np.ndarray:
    """One picture, uint8 (height, width, 3); PolicyError when it is of another kind."""
    array = np.asarray(given)
    if array.ndim == 3 and array.dtype == np.uint8 and array.shape[2] == 3:
        return array
    if array.ndim == 3 and array.dtype.kind == "f" and array.shape[0] == 3:
        return np.rint(255.0 * np.clip(np.moveaxis(array, 0, -1), 0.0, 1.0)).astype(np.uint8)
    raise PolicyError(
        f"the picture of '{name}' is {array.dtype} {array.shape}; wanted is uint8 (height, width, 3), "
        "or float (3, height, width) in [0, 1]."
    )
