"""The report on a space and the hands in it: measures on both sets, and what geometry allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Float

from xlvla_sdk.codec import LatentCodec, LatentSpace
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.latent.measures import SETS, Measures, make_test_sets, measure
from xlvla_sdk.latent.sharing import Sharing, measure_sharing
from xlvla_sdk.latent.threads import one_thread
from xlvla_sdk.latent.trials import Trial, means_of, run_trials

Pair = tuple[str, str]
SEED = 7
"""Of the test sets, unless another is given."""


@dataclass(frozen=True)
class Evaluation:
    """Measures of codecs against one another.

    Attributes:
        sets: `RT` and `CP`, on all test postures.
        oracle: The same on the oracle's postures, by oracle-c; None where it was not asked for.
        ratios: The codecs' retarget_loss over oracle-c's, on the oracle's postures.
        test_hash: Hash of the test postures.
        pairs: The ordered pairs averaged over.
        sharing: How shared the space is; None where it was not asked for.
        trials: Codecs and oracle posture by posture, for a diagnosis; empty without the oracle.
    """

    sets: Mapping[str, Measures]
    oracle: Mapping[str, Measures] | None
    ratios: Mapping[str, float] | None
    test_hash: str
    pairs: tuple[Pair, ...]
    sharing: Sharing | None = None
    trials: tuple[Trial, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As plain data; `sharing` only where it was asked for, and no trials."""
        oracle = self.oracle and {k: m.to_json() for k, m in self.oracle.items()}
        return {
            "sets": {name: measures.to_json() for name, measures in self.sets.items()},
            "oracle_c": oracle,
            "ratio_to_oracle_c": self.ratios and dict(self.ratios),
            "test_sha256": self.test_hash,
            "pairs": [list(pair) for pair in self.pairs],
            **({"sharing": self.sharing.to_json()} if self.sharing else {}),
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Evaluation:
        """The reverse of `to_json`, without sharing."""
        oracle = data["oracle_c"] and {k: Measures(**m) for k, m in data["oracle_c"].items()}
        return Evaluation(
            {name: Measures(**measures) for name, measures in data["sets"].items()},
            oracle,
            data["ratio_to_oracle_c"],
            data["test_sha256"],
            tuple((source, target) for source, target in data["pairs"]),
        )


@one_thread()
def evaluate(
    codecs: Mapping[str, LatentCodec],
    pairs: list[Pair] | None = None,
    with_oracle: bool = False,
    seed: int = SEED,
    count: int = 512,
    with_sharing: bool = False,
    closings: Mapping[str, Float[np.ndarray, "_ _"]] = MappingProxyType({}),
) -> Evaluation:
    """Measures codecs of one space.

    Args:
        codecs: By hand id; their order is that of the test sets.
        pairs: Ordered pairs to average over; all when left out. Hands that share no finger beside
            the thumb cannot be compared: their pairs are left out.
        with_oracle: Whether oracle-c is run beside, which takes some seconds a pair.
        seed: Of the test sets.
        count: Postures of each hand in each set.
        with_sharing: Whether it is measured how shared the space is, some seconds for four hands.
        closings: Test postures that the space keeps (`LatentSpace.closings`); read at seed 7 and as
            many postures as they are.

    Raises:
        XlvlaError: When no two of the hands can be compared.
    """
    models = {hand: TipModel(codec.kinematics) for hand, codec in codecs.items()}
    wanted = pairs or [(s, t) for s in codecs for t in codecs if s != t]
    pairs = [(s, t) for s, t in wanted if bool((models[s].has & models[t].has)[1:].any())]
    if not pairs:
        raise XlvlaError(
            f"there is nothing to compare: of {', '.join(codecs) or 'no hands'} no two share a finger "
            "beside the thumb. Name other hands."
        )
    kept = {h: rows for h, rows in closings.items() if (seed, count) == (SEED, len(rows))}
    sets = make_test_sets(models, seed, count, kept)
    found = {name: measure(codecs, models, sets, name, pairs) for name in SETS}
    sharing = measure_sharing(codecs, sets, pairs, seed) if with_sharing else None
    if not with_oracle:
        return Evaluation(found, None, None, sets.hash, tuple(pairs), sharing)
    trials = run_trials(codecs, models, sets, pairs)
    ours, best = means_of(trials)
    ratios = {name: ours[name].retarget_loss / best[name].retarget_loss for name in SETS}
    return Evaluation(found, best, ratios, sets.hash, tuple(pairs), sharing, trials)


@one_thread()
def with_closings(space: LatentSpace) -> LatentSpace:
    """The space, keeping the test postures CP of its founding hands."""
    models = {hand: TipModel(codec.kinematics) for hand, codec in space.hands.items()}
    made = make_test_sets(models, SEED).postures["CP"]
    return replace(space, closings={hand: rows.numpy() for hand, rows in made.items()})
