"""answered: hands whose open questions a person has answered, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from xlvla_sdk.errors import SpecError
from xlvla_sdk.scaffold.answers import Answers, Question
from xlvla_sdk.scaffold.draft import HandDraft
from xlvla_sdk.scaffold.finding import draft_hand, draft_hands
from xlvla_sdk.specs import Side

Ask = Callable[[Question], str]
"""Puts a question to a person and gives one of its choices."""


def answered(urdf: Path, answers: Answers, ask: Ask | None = None) -> HandDraft:
    """The hand of a URDF; what cannot be decided is asked, where there is somebody to ask.

    Args:
        urdf: The file.
        answers: What is known beforehand.
        ask: Puts a question; None where nobody is there, and then questions stay open.

    Raises:
        SpecError: As draft_hand does, or for an answer that is no choice.
    """
    draft, put = draft_hand(urdf, answers), set[str]()
    while ask is not None and (new := [q for q in draft.questions if q.topic not in put]):
        for question in new:
            answers = _with(answers, question, ask(question))
            put.add(question.topic)
        draft = draft_hand(urdf, answers)
    return draft


def every_side(urdf: Path, answers: Answers, ask: Ask | None = None) -> list[HandDraft]:
    """Both hands of a robot that has a right and a left one, right first; else the one it has.

    Args:
        urdf: The file.
        answers: What is known beforehand; a side or a wrist link chooses one of the hands.
        ask: As in `answered`.

    Raises:
        SpecError: As `answered` does.
    """
    drafts = draft_hands(urdf, answers)
    clear = all(question.topic != "side" for draft in drafts for question in draft.questions)
    if [draft.side for draft in drafts] == list(Side) and clear and answers.side is None:
        return [answered(urdf, replace(answers, side=side), ask) for side in Side]
    return [answered(urdf, answers, ask)]


def one_side(urdf: Path, wanted: Side, answers: Answers, ask: Ask | None = None) -> HandDraft:
    """The hand of a URDF that was given as one side's.

    Raises:
        SpecError: When it is plainly the other side's, and as `answered` does.
    """
    draft = draft_hand(urdf, answers)
    sided = all(question.topic not in ("side", "hand") for question in draft.questions)
    if sided and draft.side is not wanted:
        raise SpecError(
            f"{urdf}: this is a {draft.side} hand: {draft.beliefs['side'].reason}. Give it as the "
            f"{draft.side} one, or name the right file for the {wanted} one."
        )
    return answered(urdf, answers if sided else replace(answers, side=wanted), ask)


def _with(answers: Answers, question: Question, choice: str) -> Answers:
    """The answers, with one more."""
    if choice not in question.choices:
        raise SpecError(f"'{choice}' is none of {', '.join(question.choices)}. {question}")
    if question.option.startswith("--side"):
        return replace(answers, side=Side(choice))
    if question.option.startswith("--wrist"):
        return replace(answers, wrist=choice)
    return replace(answers, tips={**answers.tips, question.topic: choice})
