"""An anatomy written as a URDF that hides it: turned frames, other names, shuffled XML, an arm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bench.random_hands import RandomFinger, RandomHand, random_hand
from xlvla_sdk.specs import FINGERS, Side
from xlvla_sdk.specs.urdf_file import rpy

STYLES = ("plain", "sided", "numbers", "numbered", "letters", "neutral")
"""How links and joints are called; of these `plain`, `sided` and `letters` name fingers."""
NAMED = ("plain", "sided", "letters")
LETTERS: dict[str, str] = dict(zip(FINGERS, ("th", "ff", "mf", "rf", "lf"), strict=True))


@dataclass(frozen=True)
class Truth:
    """What is to be found.

    Attributes:
        urdf: The file.
        side: Right or left.
        joints: Finger to the joints that move it, base first.
        tips: Finger to the link that carries its tip, and the tip's place there [m].
        palm_link: A link of the palm.
        R_palm: The palm frame's axes in that link.
        arm: How many joints the arm has.
        style: How things are called.
    """

    urdf: Path
    side: Side
    joints: Mapping[str, tuple[str, ...]]
    tips: Mapping[str, tuple[str, np.ndarray]]
    palm_link: str
    R_palm: np.ndarray
    arm: int
    style: str


@dataclass
class _Writer:
    """Links and joints so far, each link with its pose in the world."""

    rng: np.random.Generator
    style: str
    side: Side
    numbers: list[int] = field(default_factory=list)
    links: dict[str, tuple[np.ndarray, str]] = field(default_factory=dict)
    joints: list[str] = field(default_factory=list)

    def link(self, words: str, T: np.ndarray, shape: str = "") -> str:
        name = self._called(words)
        self.links[name] = (T, shape)
        return name

    def fixed(self, parent: str, child: str) -> None:
        self._joint(self._called(f"{child}_mount"), "fixed", parent, child, "")

    def moving(
        self,
        name: str,
        parent: str,
        child: str,
        axis: np.ndarray,
        lower: float,
        upper: float,
        more: str,
    ) -> None:
        """A revolute joint about `axis`, of the world; every other one turns the other way."""
        R = self.links[child][0][:3, :3]
        inside = (
            f'<axis xyz="{_text(R.T @ axis)}"/>'
            f'<limit lower="{lower:.6f}" upper="{upper:.6f}" velocity="5" effort="1"/>{more}'
        )
        self._joint(name, "revolute", parent, child, inside)

    def name_joint(self, words: str) -> str:
        return self._called(words)

    def text(self) -> str:
        links = [f'<link name="{name}">{shape}</link>' for name, (_, shape) in self.links.items()]
        parts = [*links, *self.joints]
        self.rng.shuffle(parts)
        return "\n".join(['<robot name="robot">', *parts, "</robot>\n"])

    def _joint(self, name: str, kind: str, parent: str, child: str, inside: str) -> None:
        T = np.linalg.inv(self.links[parent][0]) @ self.links[child][0]
        self.joints.append(
            f'<joint name="{name}" type="{kind}"><parent link="{parent}"/><child link="{child}"/>'
            f'<origin xyz="{_text(T[:3, 3])}" rpy="{_text(np.array(rpy(T[:3, :3])))}"/>'
            f"{inside}</joint>"
        )

    def _called(self, words: str) -> str:
        number = len(self.numbers)
        self.numbers.append(number)
        match self.style:
            case "plain":
                return f"{words}_{number}"
            case "sided":
                return f"{self.side}_{words}_{number}"
            case "numbers":
                return str(number)
            case "numbered":
                return f"link_{number}.0"
            case "letters":
                finger, _, rest = words.partition("_")
                return f"{LETTERS.get(finger, finger)}_{rest}{number}"
            case _:
                return f"part{number}"


def random_urdf(folder: Path, seed: int) -> Truth:
    """A hand's URDF, written into `folder`, and what is true of it.

    Two to five fingers; the ones that are left out are the last, and where names say which there
    are, sometimes others.
    """
    rng = np.random.default_rng([7, seed])
    side = Side.RIGHT if rng.random() < 0.5 else Side.LEFT
    style = str(rng.choice(STYLES))
    hand = random_hand(rng, side, _which_fingers(rng, style))
    writer = _Writer(rng, style, side, numbers=list(range(int(rng.integers(0, 3)))))
    palm, arm = _base(writer, hand)
    joints, tips = {}, {}
    names = list(hand.fingers)
    rng.shuffle(names)
    for name in names:
        joints[name], tips[name] = _write_finger(writer, palm, name, hand.fingers[name])
    path = folder / f"robot_{seed}.urdf"
    path.write_text(writer.text())
    ranked = [name for name in FINGERS if name in joints]
    return Truth(
        urdf=path,
        side=side,
        joints={name: joints[name] for name in ranked},
        tips={name: tips[name] for name in ranked},
        palm_link=palm,
        R_palm=writer.links[palm][0][:3, :3].T,
        arm=arm,
        style=style,
    )


def _which_fingers(rng: np.random.Generator, style: str) -> tuple[str, ...]:
    count = int(rng.integers(2, 6))
    others = list(FINGERS[1:count])
    if style in NAMED and rng.random() < 0.3:
        others = sorted(rng.choice(FINGERS[1:], count - 1, replace=False), key=FINGERS.index)
    return ("thumb", *map(str, others))


def _base(writer: _Writer, hand: RandomHand) -> tuple[str, int]:
    """The palm, alone, below a turned root, or on an arm; and the arm's joints."""
    rng = writer.rng
    length = hand.palm_length
    T_palm = _frame(np.zeros(3), _turned(rng))
    shape = ""
    if rng.random() < 0.6:
        box = _frame(np.array([0.0, 0.0, length / 2]), np.eye(3))
        shape = _box(np.linalg.inv(T_palm) @ box, (0.02, 0.07, length))
    if rng.random() < 0.5:
        palm, count = writer.link("palm", T_palm, shape), 0
        if rng.random() < 0.5:
            mount = _frame(rng.uniform(-0.05, 0.05, 3), _turned(rng))
            writer.fixed(writer.link("base", mount), palm)
    else:
        palm, count = _arm(writer, T_palm, shape), -1
    if rng.random() < 0.3:
        sensor = writer.link("sensor", T_palm @ _frame(rng.uniform(-0.02, 0.02, 3), np.eye(3)))
        writer.fixed(palm, sensor)
    count = sum('type="revolute"' in joint for joint in writer.joints)
    return palm, count


def _arm(writer: _Writer, T_palm: np.ndarray, shape: str) -> str:
    rng = writer.rng
    count = int(rng.integers(4, 8))
    places = [np.array([0.0, 0.0, -0.03])]
    for _ in range(count):
        places.append(places[-1] + rng.normal(0.0, 0.12, 3) + np.array([0.0, 0.0, -0.08]))
    at = writer.link("arm_base", _frame(places[-1] + np.array([0.0, 0.0, -0.2]), _turned(rng)))
    for place in places[-2::-1]:
        link = writer.link("arm_link", _frame(place, _turned(rng)))
        reach = float(rng.choice([1.9, 3.1, 6.28]))
        axis = _turned(rng)[:, 0]
        writer.moving(writer.name_joint("arm_joint"), at, link, axis, -reach, reach, "")
        at = link
    palm = writer.link("palm", T_palm, shape)
    if rng.random() < 0.5:
        flange = writer.link("flange", _frame(np.array([0.0, 0.0, -0.02]), _turned(rng)))
        writer.fixed(at, flange)
        at = flange
    writer.fixed(at, palm)
    return palm


def _write_finger(
    writer: _Writer, palm: str, name: str, finger: RandomFinger
) -> tuple[tuple[str, ...], tuple[str, np.ndarray]]:
    """Its links and joints; the joints' names, and the tip's link and place."""
    rng = writer.rng
    parent, before, called = palm, ("", 1.0), []
    ends = [joint.place for joint in finger.joints[1:]] + [finger.tip]
    marked = rng.choice(["link", "shape", "both"])
    shaped = marked != "link" or rng.random() < 0.5
    for number, (joint, end) in enumerate(zip(finger.joints, ends, strict=True)):
        T = _frame(joint.place, _turned(rng))
        shape = _phalanx(rng, T, joint.place, end) if shaped else ""
        child = writer.link(f"{name}_link", T, shape)
        sign = float(rng.choice([-1.0, 1.0]))
        lower, upper = sorted((sign * joint.lower, sign * joint.upper))
        title = writer.name_joint(f"{name}_joint")
        more = ""
        if joint.follows:
            ratio = joint.follows * sign * before[1]
            more = f'<mimic joint="{before[0]}" multiplier="{ratio:.6f}" offset="0"/>'
        writer.moving(title, parent, child, sign * joint.axis, lower, upper, more)
        called.append(title)
        before, parent = (title, sign), child
        last = number == len(ends) - 1
        if not last and rng.random() < 0.15:  # a bracket between two joints
            bracket = writer.link(
                f"{name}_bracket", _frame(0.6 * joint.place + 0.4 * end, _turned(rng))
            )
            writer.fixed(parent, bracket)
            parent = bracket
        if rng.random() < 0.15:  # a sensor half way
            half = writer.link(f"{name}_sensor", _frame((joint.place + end) / 2, _turned(rng)))
            writer.fixed(child, half)
    carrier = parent
    if marked != "shape":
        carrier = writer.link(f"{name}_tip", _frame(finger.tip, _turned(rng)))
        writer.fixed(parent, carrier)
    T = writer.links[carrier][0]
    return tuple(called), (carrier, T[:3, :3].T @ (finger.tip - T[:3, 3]))


def _phalanx(rng: np.random.Generator, T: np.ndarray, start: np.ndarray, end: np.ndarray) -> str:
    """A box or a cylinder from one joint to the next, in the link."""
    length = float(np.linalg.norm(end - start))
    if length < 1e-6:
        return ""
    z = (end - start) / length
    x = np.cross(z, np.eye(3)[np.abs(z).argmin()])
    x /= np.linalg.norm(x)
    local = np.linalg.inv(T) @ _frame((start + end) / 2, np.stack([x, np.cross(z, x), z], axis=1))
    thick = rng.uniform(0.008, 0.014)
    if rng.random() < 0.5:
        return _box(local, (thick, thick, length))
    return _shape(local, f'<cylinder radius="{thick / 2:.6f}" length="{length:.6f}"/>')


def _turned(rng: np.random.Generator) -> np.ndarray:
    """No turn, quarter turns, or any rotation."""
    kind = rng.random()
    if kind < 0.3:
        return np.eye(3)
    Q, R = np.linalg.qr(rng.normal(size=(3, 3)))
    Q = Q * np.sign(np.diag(R))
    if kind < 0.6:
        Q = np.eye(3)[rng.permutation(3)] * rng.choice([-1.0, 1.0], 3)
    return Q * np.linalg.det(Q)


def _frame(place: np.ndarray, R: np.ndarray) -> np.ndarray:
    T = np.eye(4)
    T[:3, :3], T[:3, 3] = R, place
    return T


def _box(T: np.ndarray, size: tuple[float, float, float]) -> str:
    return _shape(T, f'<box size="{_text(np.array(size))}"/>')


def _shape(T: np.ndarray, geometry: str) -> str:
    place = f'<origin xyz="{_text(T[:3, 3])}" rpy="{_text(np.array(rpy(T[:3, :3])))}"/>'
    return f"<visual>{place}<geometry>{geometry}</geometry></visual>"


def _text(numbers: np.ndarray) -> str:
    return " ".join(f"{float(number):.9g}" for number in numbers)
