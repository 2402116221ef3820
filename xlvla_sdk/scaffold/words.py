"""What names say: of which finger a link is, and of which side a robot."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from xlvla_sdk.specs import FINGERS, Side

WORDS = {
    "thumb": ("thumb", "thmb", "thb", "pollex"),
    "index": ("index", "idx", "indx", "fore", "forefinger", "pointer"),
    "middle": ("middle", "mid", "mdl", "midfinger"),
    "ring": ("ring", "rng", "ringfinger"),
    "pinky": ("pinky", "pnky", "pinkie", "little", "small", "lit"),
}
LETTERS = {"th": "thumb", "ff": "index", "mf": "middle", "rf": "ring", "lf": "pinky"}
"""What some makers call first, middle, ring and little finger; believed where several occur."""
SIDES = {
    "right": Side.RIGHT,
    "left": Side.LEFT,
    "rh": Side.RIGHT,
    "lh": Side.LEFT,
}
INITIALS = {"r": Side.RIGHT, "l": Side.LEFT}
"""Believed at the beginning of a name only: `index_l1` is a link's number."""
_FINGER_OF = {word: finger for finger, words in WORDS.items() for word in words}
MAJORITY = 0.6


def words(name: str) -> tuple[str, ...]:
    """The words of a name, in small letters: `R_thumbTip2` is r, thumb, tip."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return tuple(word.lower() for word in re.findall(r"[A-Za-z]+", spaced))


def finger_names(chains: Sequence[Iterable[str]]) -> tuple[str | None, ...]:
    """The finger that the names of each chain's links and joints say; None where they say none.

    Args:
        chains: For each chain its names.

    Returns:
        One entry a chain. No finger stands twice: where two chains claim one, neither has it.
    """
    names = [list(chain) for chain in chains]
    known = dict(_FINGER_OF)
    if sum(any(set(words(name)) & set(LETTERS) for name in chain) for chain in names) > 1:
        known |= LETTERS
    said = [_finger(chain, known) for chain in names]
    return tuple(finger if said.count(finger) == 1 else None for finger in said)


def _finger(names: list[str], known: dict[str, str]) -> str | None:
    # Of `index_middle`, an index finger's middle phalanx, the first word counts.
    said = [[known[word] for word in words(name) if word in known] for name in names]
    hits = Counter(found[0] for found in said if found)
    if not hits:
        return None
    finger, count = hits.most_common(1)[0]
    return finger if finger in FINGERS and count >= MAJORITY * hits.total() else None


def side_named(names: Iterable[str]) -> Side | None:
    """The side that names say, where at least four in five of those that say one agree."""
    votes = Counter(side for name in names if (side := _side(words(name))) is not None)
    if not votes:
        return None
    side, count = votes.most_common(1)[0]
    return side if count >= 0.8 * votes.total() else None


def says_tip(name: str) -> bool:
    """Whether a name says that its link is a fingertip."""
    return any(word.startswith("tip") or word.endswith("tip") for word in words(name))


def _side(said: tuple[str, ...]) -> Side | None:
    if len(said) > 1 and said[0] in INITIALS:
        return INITIALS[said[0]]
    return next((SIDES[word] for word in said if word in SIDES), None)
