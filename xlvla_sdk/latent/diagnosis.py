"""Why a hand does not do what the founding hands do, told apart by evidence.

The surest first: is its description wrong, can geometry bring a finger where it is wanted at all,
and else it is the codec that lags behind.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from xlvla_sdk.kinematics.screws import HandKinematics
from xlvla_sdk.latent.description import Finding, check_description
from xlvla_sdk.latent.losses import CONTACT, length, retarget_loss, source_pairs
from xlvla_sdk.latent.measures import PLAIN
from xlvla_sdk.latent.trials import Trial
from xlvla_sdk.specs import FINGERS

OPEN = 0.01
"""A finger cannot reach when geometry leaves this between it and a thumb it is to touch [m]."""
MOST = 0.5
"""Fingers lag behind that cost more than this part of what the worst of them costs."""


def diagnose(
    hand: str,
    kinematics: HandKinematics,
    founding: Sequence[HandKinematics],
    trials: tuple[Trial, ...],
) -> tuple[Finding, ...]:
    """What speaks against a hand's description, and where its codec lags; the surest first.

    Args:
        hand: The hand as the trials name it.
        kinematics: The hand, as the space sees it.
        founding: The hands it was tried with.
        trials: Of the pairs with the hand, both ways.

    Returns:
        A wrong palm frame alone, since nothing else can be told beside it; else wrong tips and
        fingers that cannot reach; where there is none of these, the fingers whose codec lags.
    """
    described = check_description(kinematics, founding)
    if any(finding.cause == "wrong palm frame" for finding in described):
        return described
    known = {finger for finding in described for finger in finding.fingers}
    found = (*described, *_unreachable(hand, known, trials))
    return found or (_lagging(trials),)


def _unreachable(hand: str, known: set[str], trials: tuple[Trial, ...]) -> list[Finding]:
    """A finding for each finger that even the oracle cannot bring to the thumb."""
    found: list[Finding] = []
    for slot, finger in enumerate(FINGERS[1:]):
        open_ = [_left_open(trial, slot) for trial in trials if trial.target == hand]
        rows = torch.cat(open_) if open_ else torch.empty(0)
        if finger in known or not len(rows) or (left := float(rows.median())) <= OPEN:
            continue
        said = (
            f"where another hand's {finger} touches the thumb, geometry leaves {left * 1000:.0f} mm; "
            f"look at the joint limits of thumb and {finger}, or keep it as it is"
        )
        found.append(Finding("unreachable", (finger,), said))
    return found


def _left_open(trial: Trial, slot: int) -> Float[Tensor, " touching"]:
    """How far from the thumb the oracle leaves a finger that touches it on the source [m]."""
    if trial.set != "CP" or not bool(trial.both[slot]):
        return torch.empty(0)
    distance = length(trial.wanted).masked_fill(~trial.both, torch.inf)
    touching = (distance[:, slot] < CONTACT) & (distance.argmin(dim=1) == slot)
    return length(trial.best)[touching, slot]


def _lagging(trials: tuple[Trial, ...]) -> Finding:
    """The fingers whose codec costs most above the oracle."""
    cost = {
        finger: sum(_above(trial, slot) for trial in trials) / len(trials)
        for slot, finger in enumerate(FINGERS[1:])
    }
    worst = max(cost.values())
    fingers = tuple(
        finger for finger, above in cost.items() if above > 0.0 and above >= MOST * worst
    )
    said = "geometry allows better than the codec does; train it `--again` with another `--seed`"
    return Finding("training", fingers, said)


def _above(trial: Trial, slot: int) -> float:
    """What a finger costs above the oracle, of the loss of its trial."""
    if not bool(trial.both[slot]):
        return 0.0
    alone = torch.arange(len(trial.both)) == slot
    source = source_pairs(trial.wanted, PLAIN)
    ours, best = (
        retarget_loss(source, vectors, alone, PLAIN).mean()
        for vectors in (trial.reached, trial.best)
    )
    return float(ours - best) / int(trial.both.sum())
