"""HandDraft: what was found in a URDF, how sure of it, and what is still to be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from xlvla_sdk.errors import SpecError
from xlvla_sdk.scaffold.answers import Question
from xlvla_sdk.scaffold.tip_frames import TipFrame, UrdfText, with_tip_frames
from xlvla_sdk.specs import HandSpec, Side

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Belief:
    """How sure a finding is, 0 to 1, and what speaks for it."""

    certainty: float
    reason: str


@dataclass(frozen=True)
class FoundFinger:
    """A finger.

    Attributes:
        tip_link: The link that carries the fingertip.
        tip_xyz: The fingertip in that link [m]; zeros where the link's origin is the tip.
        joints: Joints that move it, base first, followers among them.
        certainty: How sure it is that this finger has this name, 0 to 1.
        reason: What speaks for the name.
        tip_certainty: How sure the place of the tip is, 0 to 1.
        tip_reason: Where the tip was taken from.
    """

    tip_link: str
    tip_xyz: Vector
    joints: tuple[str, ...]
    certainty: float
    reason: str
    tip_certainty: float
    tip_reason: str

    @property
    def tip_is_link(self) -> bool:
        """Whether the tip is the origin of a link that the URDF has already."""
        return not any(self.tip_xyz)


@dataclass(frozen=True)
class HandDraft:
    """A hand as it was found in a URDF.

    Attributes:
        urdf: The file.
        kind: `gripper` for two opposing tips without a thumb's anatomy; its fingers are called
            thumb and index by convention.
        root_link: Where the URDF begins.
        arm_joints: Joints between there and the hand that move, root first; empty for a hand alone.
        arm_link: The arm's last link, None for a hand alone.
        wrist_link: Where the hand begins.
        joints: The hand's actuated joints, in the URDF's order.
        mimics: Each joint that follows another, and the actuated joint at the end of what it follows.
        fingers: Name to finger, thumb first. Where questions are open, the likeliest names.
        side: Right or left; where that is asked, the likelier.
        palm_rpy: Rotation of the palm frame in the wrist link [rad], as HandSpec has it.
        postures: `open`, `fist` and, where tips can meet, `pinch`: joint name to position [rad, m].
        velocity: Joint limits that the URDF states [rad/s, m/s]; None unless it states all of them.
        beliefs: How sure of `hand` (where it begins), `side` and `palm`.
        questions: What is to be asked; empty when nothing is.
    """

    urdf: Path
    kind: Literal["hand", "gripper"]
    root_link: str
    arm_joints: tuple[str, ...]
    arm_link: str | None
    wrist_link: str
    joints: tuple[str, ...]
    mimics: Mapping[str, str]
    fingers: Mapping[str, FoundFinger]
    side: Side
    palm_rpy: Vector
    postures: Mapping[str, Mapping[str, float]]
    velocity: Mapping[str, float] | None
    beliefs: Mapping[str, Belief]
    questions: tuple[Question, ...]

    @cached_property
    def tip_links(self) -> Mapping[str, str]:
        """Finger to tip link, in the URDF as `urdf_text` has it."""
        return {name: frame.name for name, frame in self._frames.items()}

    @cached_property
    def urdf_text(self) -> str:
        """The URDF to ship: the maker's text, with a link added for each tip that has none."""
        added = [frame for name, frame in self._frames.items() if self._is_added(name)]
        return with_tip_frames(self.urdf.read_text(), added)

    @property
    def added_links(self) -> tuple[str, ...]:
        """Tip links that `urdf_text` has and the maker's URDF has not."""
        return tuple(frame.name for name, frame in self._frames.items() if self._is_added(name))

    def spec(
        self,
        name: str,
        source: str = "",
        license: str = "not stated",  # noqa: A002
        velocity: float | Mapping[str, float] | None = None,
    ) -> HandSpec:
        """The hand's description; its URDF is the file, or `urdf_text` where links were added.

        Args:
            name: What to call the hand.
            source: Where the numbers are from; the file's name when left out.
            license: Of the URDF.
            velocity: Joint limits [rad/s, m/s]; None: nothing may move the hand.

        Raises:
            SpecError: With every open question; and as HandSpec does.
        """
        self.check_answered()
        return HandSpec(
            name=name,
            side=self.side,
            urdf=UrdfText(self.urdf, self.urdf_text) if self.added_links else self.urdf,
            wrist_link=self.wrist_link,
            joints=self.joints,
            velocity=velocity,
            tip_links=dict(self.tip_links),
            palm_rpy=self.palm_rpy,
            postures=self.postures,
            source=source or self.urdf.name,
            license=license,
        )

    def check_answered(self) -> None:
        """Raises SpecError with every question that is open, its choices, and the option that answers."""
        if self.questions:
            asked = "\n".join(f"    {question}" for question in self.questions)
            raise SpecError(
                f"{self.urdf}: {len(self.questions)} to be answered before this hand is understood.\n"
                f"{asked}",
                questions=self.questions,
            )

    @cached_property
    def _frames(self) -> Mapping[str, TipFrame]:
        """Where each finger's tip is, by the link it will have."""
        taken = self.urdf.read_text()
        frames = {}
        for name, finger in self.fingers.items():
            link = finger.tip_link
            if not finger.tip_is_link:
                link = f"{name}_tip"
                while f'"{link}"' in taken or f"'{link}'" in taken:
                    link += "_frame"
            frames[name] = TipFrame(link, finger.tip_link, finger.tip_xyz)
        return frames

    def _is_added(self, name: str) -> bool:
        return not self.fingers[name].tip_is_link
