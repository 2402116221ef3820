"""only_below: a URDF without the arm, the robot and the other hand that its hand hangs on."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from xlvla_sdk.specs.urdf import UrdfModel

PROLOG = re.compile(r"(?:\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>]*>)*", re.DOTALL)
"""What stands before the first element."""


def only_below(text: str, model: UrdfModel, wrist: str) -> str:
    """The URDF of what hangs on a link, which becomes its root.

    What stands before `<robot>` stays to the letter, and so do comments and the elements that are
    kept; transmissions and simulators' extensions go with the links and joints that they are about.

    Args:
        text: The URDF.
        model: The same, read; it may lack links that were added below the wrist.
        wrist: The link.
    """
    links = set(model.links) - model.below(wrist)
    joints = {name for name, joint in model.joints.items() if joint.parent in links}
    if not links:
        return text
    head = PROLOG.match(text)
    parser = ElementTree.XMLParser(target=ElementTree.TreeBuilder(insert_comments=True))
    robot = ElementTree.fromstring(text, parser)
    for element in list(robot):
        if _is_about(element, links, joints):
            robot.remove(element)
    assert head is not None, "an empty prolog is one"
    return (
        head.group() + ElementTree.tostring(robot, encoding="unicode", xml_declaration=False) + "\n"
    )


def _is_about(element: ElementTree.Element, links: set[str], joints: set[str]) -> bool:
    """Whether a part of the robot is one of these, or says something of one."""
    if element.tag == "link":
        return element.get("name") in links
    if element.tag == "joint":
        return element.get("name") in joints
    named = {str(inner.get("name")) for inner in element.iter("joint")}
    return bool(named & joints) or element.get("reference") in links | joints
