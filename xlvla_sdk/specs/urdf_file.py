"""Reads a URDF file, with every refusal explained.

The file's order is kept, names are never changed, and nothing missing is filled in. Meshes are
named but not opened: kinematics needs none.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from math import asin, atan2, cos, isfinite, sin
from pathlib import Path
from types import MappingProxyType

import numpy as np

from xlvla_sdk.errors import SpecError
from xlvla_sdk.specs.urdf import (
    MOVING,
    Inertial,
    Mimic,
    Shape,
    UrdfJoint,
    UrdfLink,
    UrdfModel,
    near,
)

KNOWN_TYPES = (*MOVING, "fixed")


def load_urdf(urdf: Path | Traversable | str) -> UrdfModel:
    """Reads a URDF file.

    Args:
        urdf: A path, or a package resource.

    Raises:
        SpecError: When the file is missing, empty, not XML, or says something that cannot stand:
            an unknown joint type, a missing limit, a zero-width range, a cycle, two roots.
    """
    source = str(urdf)
    resource = Path(urdf) if isinstance(urdf, str) else urdf
    try:
        text = resource.read_bytes()
    except OSError as error:
        raise SpecError(f"{source}: cannot be read ({error.strerror or error}).") from error
    if not text.strip():
        raise SpecError(f"{source}: the file is empty. Write or export the URDF again.")
    return parse_urdf(text, source)


def parse_urdf(text: bytes | str, source: str = "urdf") -> UrdfModel:
    """Like `load_urdf`, from the text itself; `source` is what messages call it."""
    try:
        root = ET.fromstring(text)
    except (ET.ParseError, LookupError, ValueError) as error:  # the latter two: its encoding
        raise SpecError(
            f"{source}: is not well-formed XML: {error}. Write or export the URDF again."
        ) from error
    if root.tag != "robot":
        raise SpecError(
            f"{source}: the root element is <{root.tag}>, a URDF's is <robot>. Expand xacro or "
            "convert other formats first."
        )
    colours = {
        str(material.get("name")): colour
        for material in root.findall("material")
        if (colour := _rgba(material)) is not None
    }
    links: dict[str, UrdfLink] = {}
    for element in root.findall("link"):
        name = _name(element, source)
        if name in links:
            raise SpecError(f"{source}: two links are called '{name}'. Rename one.")
        links[name] = _link(element, name, source, colours)
    joints: dict[str, UrdfJoint] = {}
    for element in root.findall("joint"):
        name = _name(element, source)
        if name in joints:
            raise SpecError(f"{source}: two joints are called '{name}'. Rename one.")
        joints[name] = _joint(element, name, source, links)
    return _connected(root.get("name", ""), source, links, joints)


def _connected(
    name: str, source: str, links: dict[str, UrdfLink], joints: dict[str, UrdfJoint]
) -> UrdfModel:
    if not links:
        raise SpecError(f"{source}: has no links. Describe at least the palm and a finger.")
    parent_joint: dict[str, UrdfJoint] = {}
    for joint in joints.values():
        if joint.child in parent_joint:
            raise SpecError(
                f"{source}: link '{joint.child}' hangs on two joints, "
                f"'{parent_joint[joint.child].name}' and '{joint.name}'. Remove one."
            )
        parent_joint[joint.child] = joint
    roots = [link for link in links if link not in parent_joint]
    if not roots:
        raise SpecError(
            f"{source}: the links form a cycle: every link is some joint's child. Remove the joint "
            "that leads back to the root."
        )
    if len(roots) > 1:
        raise SpecError(
            f"{source}: has {len(roots)} roots ({', '.join(roots[:4])}). Join them with fixed joints."
        )
    _refuse_cycles(source, links, parent_joint)
    _refuse_bad_mimics(source, joints)
    return UrdfModel(
        name,
        source,
        MappingProxyType(links),
        MappingProxyType(joints),
        roots[0],
        MappingProxyType(parent_joint),
    )


def _refuse_cycles(
    source: str, links: Mapping[str, UrdfLink], parent_joint: Mapping[str, UrdfJoint]
) -> None:
    for start in links:
        seen, link = {start}, start
        while (joint := parent_joint.get(link)) is not None:
            link = joint.parent
            if link in seen:
                raise SpecError(
                    f"{source}: link '{start}' hangs in a cycle through '{link}'. Remove the joint "
                    f"'{parent_joint[link].name}' or give it another parent."
                )
            seen.add(link)


def _refuse_bad_mimics(source: str, joints: Mapping[str, UrdfJoint]) -> None:
    for name, joint in joints.items():
        if joint.mimic is None:
            continue
        seen, at = [name], joint
        while at.mimic is not None:
            if at.mimic.joint not in joints:
                raise SpecError(
                    f"{source}: joint '{at.name}' mimics '{at.mimic.joint}', which is not in the "
                    f"URDF. {near(at.mimic.joint, joints)}"
                )
            at = joints[at.mimic.joint]
            if at.name in seen:
                raise SpecError(
                    f"{source}: mimic joints form a cycle: {' -> '.join([*seen, at.name])}. "
                    "One of them has to be actuated: take its <mimic> out."
                )
            seen.append(at.name)
        if not at.moves:
            raise SpecError(
                f"{source}: joint '{name}' mimics '{at.name}', which is fixed. Name a joint that "
                "moves, or make it fixed too."
            )


def _joint(element: ET.Element, name: str, source: str, links: Mapping[str, UrdfLink]) -> UrdfJoint:
    kind = element.get("type", "")
    if kind not in KNOWN_TYPES:
        raise SpecError(
            f"{source}: joint '{name}' is of type '{kind}'. Known: {', '.join(KNOWN_TYPES)}; "
            "write it as one or more of them."
        )
    ends = {}
    for end in ("parent", "child"):
        tag = element.find(end)
        link = tag.get("link") if tag is not None else None
        if link is None or link not in links:
            raise SpecError(
                f"{source}: joint '{name}' has {end} link '{link}', which does not exist. "
                f"{near(link or '', links)}"
            )
        ends[end] = link
    where = f"{source}: joint '{name}'"
    axis = np.array([1.0, 0.0, 0.0])
    if (tag := element.find("axis")) is not None:
        axis = _numbers(tag.get("xyz"), 3, f"{where}: axis")
    if kind in MOVING:
        length = float(np.linalg.norm(axis))
        if length < 1e-9:
            raise SpecError(f"{where}: its axis is 0 0 0. Give it a direction.")
        axis = axis / length
    tag = element.find("limit")
    limit = {
        key: _numbers(tag.get(key), 1, f"{where}: limit {key}")[0]
        if tag is not None and tag.get(key) is not None
        else None
        for key in ("lower", "upper", "velocity", "effort")
    }
    return UrdfJoint(
        name=name,
        kind=kind,
        parent=ends["parent"],
        child=ends["child"],
        T_parent_joint=_origin(element, where),
        axis=axis,
        mimic=_mimic(element, where),
        **{k: None if v is None else float(v) for k, v in limit.items()},
    )


def _mimic(element: ET.Element, where: str) -> Mimic | None:
    tag = element.find("mimic")
    if tag is None:
        return None
    joint = tag.get("joint")
    if not joint:
        raise SpecError(f"{where}: <mimic> names no joint. Give it joint=... or remove it.")
    multiplier = _numbers(tag.get("multiplier", "1"), 1, f"{where}: mimic multiplier")[0]
    offset = _numbers(tag.get("offset", "0"), 1, f"{where}: mimic offset")[0]
    return Mimic(joint, float(multiplier), float(offset))


def _link(
    element: ET.Element, name: str, source: str, colours: Mapping[str, tuple[float, ...]]
) -> UrdfLink:
    where = f"{source}: link '{name}'"
    inertial = None
    if (tag := element.find("inertial")) is not None:
        mass, inertia = tag.find("mass"), tag.find("inertia")
        if mass is None or inertia is None:
            raise SpecError(
                f"{where}: <inertial> needs both <mass> and <inertia>. Add what lacks, or remove it."
            )
        xx, xy, xz, yy, yz, zz = (
            float(_numbers(inertia.get(key, "0"), 1, f"{where}: inertia {key}")[0])
            for key in ("ixx", "ixy", "ixz", "iyy", "iyz", "izz")
        )
        inertial = Inertial(
            float(_numbers(mass.get("value"), 1, f"{where}: mass")[0]),
            _origin(tag, where),
            np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]),
        )
    shapes = {
        kind: tuple(_shape(tag, f"{where}: {kind}", colours) for tag in element.findall(kind))
        for kind in ("visual", "collision")
    }
    return UrdfLink(name, inertial, shapes["visual"], shapes["collision"])


def _shape(element: ET.Element, where: str, colours: Mapping[str, tuple[float, ...]]) -> Shape:
    geometry = element.find("geometry")
    body = next(iter(geometry), None) if geometry is not None else None
    if body is None:
        raise SpecError(f"{where}: has no geometry. Add <geometry>, or remove the shape.")
    material = element.find("material")
    rgba = None
    if material is not None:
        rgba = _rgba(material) or colours.get(str(material.get("name")))
    T_link_shape = _origin(element, where)
    match body.tag:
        case "box":
            size = tuple(map(float, _numbers(body.get("size"), 3, f"{where}: box size")))
        case "cylinder":
            size = tuple(
                float(_numbers(body.get(key), 1, f"{where}: cylinder {key}")[0])
                for key in ("radius", "length")
            )
        case "sphere":
            size = (float(_numbers(body.get("radius"), 1, f"{where}: sphere radius")[0]),)
        case "mesh":
            x, y, z = map(float, _numbers(body.get("scale", "1 1 1"), 3, f"{where}: mesh scale"))
            return Shape("mesh", T_link_shape, (), body.get("filename", ""), rgba, (x, y, z))
        case other:
            raise SpecError(f"{where}: shape <{other}> is unknown: box, cylinder, sphere or mesh.")
    return Shape(body.tag, T_link_shape, size, None, rgba)


def _rgba(material: ET.Element) -> tuple[float, ...] | None:
    colour = material.find("color")
    if colour is None:
        return None
    return tuple(map(float, _numbers(colour.get("rgba"), 4, "material colour")))


def _name(element: ET.Element, source: str) -> str:
    name = element.get("name")
    if not name:
        raise SpecError(f"{source}: a <{element.tag}> has no name. Give it one.")
    return name


def _numbers(text: str | None, count: int, where: str) -> np.ndarray:
    try:
        numbers = [float(word) for word in (text or "").split()]
    except ValueError as error:
        raise SpecError(f"{where}: '{text}' is not {count} number(s). Mend it.") from error
    if len(numbers) != count or not all(map(isfinite, numbers)):
        raise SpecError(f"{where}: '{text}' is not {count} finite number(s). Mend it.")
    return np.array(numbers)


def _origin(element: ET.Element, where: str) -> np.ndarray:
    tag = element.find("origin")
    xyz, rpy = np.zeros(3), np.zeros(3)
    if tag is not None:
        xyz = _numbers(tag.get("xyz", "0 0 0"), 3, f"{where}: origin xyz")
        rpy = _numbers(tag.get("rpy", "0 0 0"), 3, f"{where}: origin rpy")
    return pose(xyz, rpy)


def pose(xyz: np.ndarray, rpy: np.ndarray) -> np.ndarray:
    """The 4x4 pose of URDF's `xyz` [m] and `rpy` [rad]: roll about x, then pitch, then yaw, fixed axes."""
    (cr, cp, cy), (sr, sp, sy) = (tuple(f(a) for a in rpy.tolist()) for f in (cos, sin))
    x, y, z = xyz.tolist()
    return np.array(
        [
            [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr, x],
            [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr, y],
            [-sp, cp * sr, cp * cr, z],
            [0.0, 0.0, 0.0, 1.0],
        ]
    )


def rpy(rotation: np.ndarray) -> tuple[float, float, float]:
    """URDF's roll, pitch and yaw [rad] of a rotation matrix; the reverse of `pose`."""
    R = rotation
    pitch = asin(float(np.clip(-R[2, 0], -1.0, 1.0))) + 0.0  # + 0.0 turns -0.0 into 0.0
    if abs(R[2, 0]) > 1.0 - 1e-12:  # roll and yaw turn about one line: all of it is called yaw
        return 0.0, pitch, atan2(-R[0, 1], R[1, 1])
    return atan2(R[2, 1], R[2, 2]), pitch, atan2(R[1, 0], R[0, 0])
