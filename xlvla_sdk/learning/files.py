"""What training leaves in its folder: the policy, and the state from which it goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from xlvla_sdk.errors import DataError
from xlvla_sdk.storage import written_beside

CARD, WEIGHTS = "policy.json", "policy.safetensors"
UNFINISHED = "training.safetensors"
FORMAT = 2
_KEY = "xlvla"  # one key alone: safetensors writes several in any order


def save_policy(folder: Path, card: Mapping[str, Any], weights: Mapping[str, Tensor]) -> None:
    """Writes a policy: its weights, then the card that names their hash."""
    with written_beside(folder / WEIGHTS) as beside:
        save_file(dict(weights), beside)
    said = {"format": FORMAT, **card, "weights": _hash(folder / WEIGHTS)}
    with written_beside(folder / CARD) as beside:
        beside.write_text(json.dumps(said, indent=1) + "\n")


def load_policy(folder: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """A policy's card and weights.

    Raises:
        DataError: There is none, it is of another format, or card and weights are not of one policy.
    """
    try:
        card = json.loads((folder / CARD).read_text())
        weights = load_file(folder / WEIGHTS)
        known = _hash(folder / WEIGHTS)
    except FileNotFoundError as error:
        raise DataError(
            f"{folder}: holds no policy ({error.filename} is not there). Name the folder that `xlvla "
            "train` wrote; one that was interrupted goes on with the same command."
        ) from error
    except (OSError, ValueError, SafetensorError) as error:
        raise DataError(f"{folder}: its policy is damaged ({error}). Train it again.") from error
    if not isinstance(card, dict) or card.get("format") != FORMAT:
        raise DataError(
            f"{folder / CARD}: is no policy of format {FORMAT}. Train it again with this SDK, or use "
            "a newer one."
        )
    if card.get("weights") != known:
        raise DataError(
            f"{folder}: {WEIGHTS} are not the weights that {CARD} names. Copy both again."
        )
    return card, weights


def save_state(
    folder: Path, recipe: Mapping[str, Any], step: int, tensors: Mapping[str, Tensor]
) -> None:
    """Writes what training needs to go on after a step, whole or not at all."""
    said = json.dumps({"step": step, "recipe": dict(recipe)}, sort_keys=True)
    with written_beside(folder / UNFINISHED) as beside:
        save_file(dict(tensors), beside, {_KEY: said})


def load_state(folder: Path, recipe: Mapping[str, Any]) -> tuple[int, dict[str, Tensor]] | None:
    """The step after which training stopped and what it needs to go on; None where nothing is.

    Raises:
        DataError: It is damaged, or another training's.
    """
    path = folder / UNFINISHED
    if not path.is_file():
        return None
    try:
        with safe_open(path, "pt") as file:
            said = json.loads((file.metadata() or {})[_KEY])
        tensors = load_file(path)
        step, theirs = int(said["step"]), dict(said["recipe"])
    except (OSError, LookupError, TypeError, ValueError, SafetensorError) as error:
        raise DataError(f"{path}: is damaged ({error}). Delete it, and train anew.") from error
    mine = json.loads(json.dumps(dict(recipe)))  # as it was written
    if other := differences(theirs, mine):
        raise DataError(
            f"{folder}: another training stands there ({other}). Name another --out, or repeat the "
            "command that began it."
        )
    return step, tensors


def differences(there: Mapping[str, Any], here: Mapping[str, Any]) -> str:
    """What two trainings were told otherwise, in words; empty where that is nothing."""
    return ", ".join(
        f"{key} {there.get(key)} there, {here.get(key)} here"
        for key in sorted({*there, *here})
        if there.get(key) != here.get(key)
    )


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
