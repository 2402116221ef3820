"""Why an episode through the latent failed, found by changing one link of the chain at a time."""

from __future__ import annotations

from collections.abc import Sequence

from bench.replay_cells import Outcome
from bench.replay_ways import FINGERTIPS, FIRMLY, ORACLE, REFINED

FOLLOWED = 0.95
"""The part of the rows that an arm should follow."""
FAR = 0.01
"""A best posture further than this from the source's distances [m] is another posture."""

ARM, DECODED, PLACED, FORCE, POSTURE, CONTACT = (
    "the arm",
    "the latent",
    "where it is held",
    "its grip",
    "the hand's reach",
    "contact",
)
CAUSES = {
    ARM: f"it is within 5 mm and 3 degrees of its rows in less than {FOLLOWED:.0%} of them.",
    DECODED: "done with the refined or the optimised posture in place of the latent's.",
    PLACED: "done when its fingertips are where the source's were, instead of its pinch point.",
    FORCE: "done when it presses twice as hard.",
    POSTURE: f"none of these; and the best posture there is, is more than {1e3 * FAR:g} mm off where it "
    "holds: the hand cannot do what the source does.",
    CONTACT: "none of these; the fingertips are where the source's were, as far as measured above, and "
    "things move otherwise: the surfaces around the fingertips are what is left.",
}
"""Each cause, in the order in which they are asked for, and when an episode counts for it."""


def cause(failed: Outcome, episode: Sequence[Outcome]) -> str:
    """Which of CAUSES a failed episode counts for.

    Args:
        failed: The latent's outcome.
        episode: Every way's outcome on the same demonstration and body.
    """
    by = {one.way: one for one in episode}

    def mends(*ways: str) -> bool:
        return any(way in by and by[way].success for way in ways)

    if failed.followed < FOLLOWED:
        return ARM
    if mends(REFINED, ORACLE):
        return DECODED
    if mends(FINGERTIPS):
        return PLACED
    if mends(FIRMLY):
        return FORCE
    best = min(by[way].asked_closed for way in (REFINED, ORACLE) if way in by)
    return POSTURE if best > FAR else CONTACT
