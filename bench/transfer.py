"""A recorded motion of one hand, retargeted to the others through the shared space.

    python -m bench.transfer --recording teleop.npz --from inspire:right

For every other right hand with a codec: rows, limits, the largest step between rows, and for each
shared finger the mean error of its distance to the thumb against the oracle's on the same rows,
and their correlation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer

from bench.results import machine, today, write_section
from xlvla_sdk.codec import LatentCodec, load_space
from xlvla_sdk.codec.retarget import retarget
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.latent.losses import length
from xlvla_sdk.latent.oracle import oracle
from xlvla_sdk.messages import Recording
from xlvla_sdk.specs import FINGERS

HEADER = ("to", "rows", "largest step [rad]", "finger", "error [mm]", "oracle [mm]", "ratio")
HEADER += ("correlation",)


@dataclass(frozen=True)
class FingerTransfer:
    """How one finger's distance to the thumb came across.

    Attributes:
        finger: Which.
        error_mm: Mean of | |delta_target| - |delta_source| | [mm].
        oracle_mm: The same by the oracle.
        correlation: Between the two distances over the rows.
    """

    finger: str
    error_mm: float
    oracle_mm: float
    correlation: float

    @property
    def ratio(self) -> float:
        return self.error_mm / self.oracle_mm


@dataclass(frozen=True)
class Transfer:
    """One recording on one target hand.

    Attributes:
        target: The hand.
        qpos: What it does [rad].
        largest_step: Largest change of a joint between two rows [rad].
        fingers: The shared ones.
    """

    target: str
    qpos: np.ndarray
    largest_step: float
    fingers: tuple[FingerTransfer, ...]


def transfer(
    recording: Recording, source: LatentCodec, target: LatentCodec, refine: bool = False
) -> Transfer:
    """Retargets a recording's `qpos` and compares it with the oracle."""
    moved, _ = retarget(recording, source, target, refine=refine)
    qpos = moved.select(target.joints).qpos
    own = np.clip(recording.select(source.joints).qpos, *source.limits)
    models = TipModel(source.kinematics), TipModel(target.kinematics)
    wanted = models[0].deltas(torch.from_numpy(own).float())
    reached = models[1].deltas(torch.from_numpy(qpos).float())
    both = models[0].has[1:] & models[1].has[1:]
    start = models[1].normalize(torch.from_numpy(qpos).float())
    best = models[1].deltas(models[1].unnormalize(oracle(wanted, models[1], start, both)))
    want, reach, ideal = (length(d).numpy() * 1000 for d in (wanted, reached, best))
    fingers = tuple(
        FingerTransfer(
            FINGERS[index + 1],
            float(np.abs(reach[:, index] - want[:, index]).mean()),
            float(np.abs(ideal[:, index] - want[:, index]).mean()),
            float(np.corrcoef(reach[:, index], want[:, index])[0, 1]),
        )
        for index in both.nonzero()[:, 0].tolist()
    )
    return Transfer(target.hand, qpos, float(np.abs(np.diff(qpos, axis=0)).max()), fingers)


def transfers(recording: Recording, source: str, refine: bool = False) -> Iterator[Transfer]:
    """The recording on every other founding hand of the shipped space."""
    hands = load_space().hands
    for name, codec in hands.items():
        if name != source:
            yield transfer(recording, hands[source], codec, refine)


def main(
    recording: Annotated[Path, typer.Option(help="An NPZ recording.")],
    source: Annotated[str, typer.Option("--from", help="The hand recorded.")] = "inspire:right",
) -> None:
    """Retargets a recording to every other founding hand, plain and refined, and measures it."""
    loaded = Recording.load(recording)
    where = f"{today()}, {machine()}, space {load_space().id}, `qpos` of {recording.name}."
    for refine, how in ((False, "the latent alone"), (True, "refined")):
        rows = [row for done in transfers(loaded, source, refine) for row in _rows(done)]
        lines = [HEADER, tuple("--" for _ in HEADER), *rows]
        table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
        write_section("transfer", f"From {source}, {how}", table, [where])


def _rows(done: Transfer) -> list[tuple[str, ...]]:
    return [
        (
            done.target,
            str(len(done.qpos)),
            f"{done.largest_step:.3f}",
            finger.finger,
            f"{finger.error_mm:.4f}",
            f"{finger.oracle_mm:.4f}",
            f"{finger.ratio:.2f}",
            f"{finger.correlation:.4f}",
        )
        for finger in done.fingers
    ]


if __name__ == "__main__":
    typer.run(main)
