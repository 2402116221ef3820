"""Which finger each chain is: geometry decides, names confirm, what is left is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from xlvla_sdk.scaffold.answers import Question
from xlvla_sdk.scaffold.chains import Chain
from xlvla_sdk.scaffold.geometry import SURE, Row, find_row, find_thumb, gaps
from xlvla_sdk.scaffold.words import finger_names
from xlvla_sdk.specs import FINGERS, Side

WIDE = 1.6
"""A gap this many times the least one may be the place of a finger that is not there."""


@dataclass(frozen=True)
class Naming:
    """Chains with their names.

    Attributes:
        chains: Finger to its chain, thumb first.
        row: How the fingers beside the thumb stand.
        certainty: How sure each name is, 0 to 1.
        reasons: What speaks for each.
        named: Whether the index's side is known from names or answers, not from the thumb's place.
        questions: What is to be asked.
    """

    chains: Mapping[str, int]
    row: Row
    certainty: Mapping[str, float]
    reasons: Mapping[str, str]
    named: bool
    questions: tuple[Question, ...]


def name_fingers(chains: Sequence[Chain], answered: Mapping[str, int]) -> Naming:
    """Names a hand's chains.

    Args:
        chains: Two to five.
        answered: Finger to chain, as a person has said.
    """
    said = _said(chains, answered)
    thumb, sure, thumb_reason, asked = _thumb(chains, said, answered)
    row = find_row(chains, thumb)
    if asked:
        return _as_geometry_has_it(thumb, row, asked)
    order, flipped, known, asked = _order(chains, row, said, answered)
    names, missing = _row_names(chains, row, order, said)
    asked = asked or missing
    found = {"thumb": thumb, **dict(zip(names, order, strict=True))}
    if flipped:
        row = Row(tuple(order), row.axes, _other(row), row.thumb_side, row.facing)
    row_sure = 0.97 if known or len(order) == 1 else row.thumb_side
    certainty = {"thumb": sure, **{name: min(row_sure, 0.99) for name in names}}
    reasons = {"thumb": thumb_reason}
    for place, (name, at) in enumerate(zip(names, order, strict=True)):
        reasons[name] = _place_reason(place, len(order), said[at] == name)
    for name in answered:
        certainty[name], reasons[name] = 1.0, "as answered"
    ranked = {name: found[name] for name in FINGERS if name in found}
    return Naming(ranked, row, certainty, reasons, known, tuple(asked))


def _said(chains: Sequence[Chain], answered: Mapping[str, int]) -> list[str | None]:
    """What names say of each chain; an answer goes before them."""
    said = list(finger_names([chain.names for chain in chains]))
    for finger, at in answered.items():
        said = [None if other == finger else other for other in said]
        said[at] = finger
    return said


def _thumb(
    chains: Sequence[Chain], said: Sequence[str | None], answered: Mapping[str, int]
) -> tuple[int, float, str, list[Question]]:
    """The thumb's chain, how sure it is, why; and a question where names say otherwise."""
    if "thumb" in answered:
        return answered["thumb"], 1.0, "as answered", []
    found, sure = find_thumb(chains)
    called = said.index("thumb") if "thumb" in said else None
    if called == found:
        return found, 0.5 + 0.5 * sure, "stands against the others, and is named so", []
    if called is not None and sure < SURE:
        return called, 0.8, "is named so; the geometry of the hand does not say", []
    if called is None and said[found] is None and sure >= SURE:
        return found, sure, "stands against the others, which form a row", []
    what = "Which chain is the thumb?"
    if called is not None:
        what += f" Names say {_tip(chains, called)}, the geometry {_tip(chains, found)}."
    elif said[found] is not None:
        what += f" By its geometry {_tip(chains, found)}, but that is named {said[found]}."
    else:
        what += f" No chain stands clearly against the others; likeliest is {_tip(chains, found)}."
    return found, sure, "likeliest", [_question("thumb", what, chains, range(len(chains)))]


def _order(
    chains: Sequence[Chain],
    row: Row,
    said: Sequence[str | None],
    answered: Mapping[str, int],
) -> tuple[list[int], bool, bool, list[Question]]:
    """The row from the index on, whether that turns geometry's row, whether names say it, questions."""
    order = list(row.chains)
    ranks = [FINGERS.index(said[at]) for at in order if said[at] is not None]  # pyright: ignore[reportArgumentType]
    rising = all(a < b for a, b in pairwise(ranks))
    falling = all(a > b for a, b in pairwise(ranks))
    told = {finger for finger in answered if finger != "thumb"}
    if len(ranks) > 1 and falling and (row.thumb_side < SURE or len(told) > 1):
        return order[::-1], True, True, []
    if len(ranks) > 1 and rising:
        return order, False, True, []
    if len(ranks) > 1:
        what = (
            "Which finger is the index? Counted from the thumb's side the row is named "
            f"{', '.join(said[at] or '?' for at in order)}."
        )
        return order, False, False, [_question("index", what, chains, order)]
    if ranks and len(order) > 1:
        return _by_one_name(chains, row, said, told)
    if len(order) > 1 and row.thumb_side < SURE:
        what = "Which finger is the index? The thumb stands before the middle of the row."
        return order, False, False, [_question("index", what, chains, (order[0], order[-1]))]
    return order, False, False, []


def _by_one_name(
    chains: Sequence[Chain], row: Row, said: Sequence[str | None], told: set[str]
) -> tuple[list[int], bool, bool, list[Question]]:
    """The row where one of it has a name: an index at its far end turns it."""
    order = list(row.chains)
    at = next(place for place, chain in enumerate(order) if said[chain] is not None)
    name = said[order[at]]
    turned = name == "index" and at == len(order) - 1
    if name == "index" and at == 0:
        return order, False, True, []
    if turned and (told or row.thumb_side < SURE):
        return order[::-1], True, True, []
    if name == "index" or row.thumb_side < SURE:
        what = f"Which finger is the index? Only {_tip(chains, order[at])} is named, '{name}'."
        return order, False, False, [_question("index", what, chains, order)]
    return order, False, False, []


def _row_names(
    chains: Sequence[Chain], row: Row, order: Sequence[int], said: Sequence[str | None]
) -> tuple[list[str], list[Question]]:
    """Names for the row in its order; those without one take the next that is free."""
    names: list[str] = []
    free = list(FINGERS[1:])
    for place, at in enumerate(order):
        name = said[at]
        if name is None or name not in free:
            later = [said[other] for other in order[place + 1 :] if said[other] is not None]
            limit = min((free.index(other) for other in later if other in free), default=len(free))
            name = free[0] if limit > 0 else None
        if name is None:
            what = f"Which finger is {_tip(chains, at)}? Its neighbours' names leave none for it."
            plain: list[str] = list(FINGERS[1 : len(order) + 1])
            return plain, [_question(plain[place], what, chains, order)]
        names.append(name)
        free = free[free.index(name) + 1 :]
    unnamed = [at for at in order if said[at] is None]
    wide = gaps(chains, row)
    if unnamed and len(wide) > 1 and wide.max() > WIDE:
        what = (
            f"Which fingers are these? The row of {len(order)} has a gap {wide.max():.1f} times as "
            "wide as the least, as if one were missing. Name the tip of each."
        )
        return names, [_question(name, what, chains, order) for name in names[-1:]]
    return names, []


def _as_geometry_has_it(thumb: int, row: Row, asked: list[Question]) -> Naming:
    order = {"thumb": thumb, **dict(zip(FINGERS[1:], row.chains, strict=False))}
    doubt = dict.fromkeys(order, 0.5)
    return Naming(order, row, doubt, dict.fromkeys(order, "likeliest"), False, tuple(asked))


def _place_reason(place: int, count: int, named: bool) -> str:
    where = "stands nearest to the thumb" if place == 0 else f"number {place + 1} from the thumb"
    if count == 1:
        where = "is the one beside the thumb"
    return f"{where}, and is named so" if named else where


def _question(
    finger: str, what: str, chains: Sequence[Chain], among: Sequence[int] | range
) -> Question:
    choices = tuple(chains[at].end.link for at in among)
    return Question(finger, what, choices, f"--tip {finger}=LINK")


def _tip(chains: Sequence[Chain], at: int) -> str:
    return f"the one that ends at '{chains[at].end.link}'"


def _other(row: Row) -> Side:
    return Side.LEFT if row.side is Side.RIGHT else Side.RIGHT
