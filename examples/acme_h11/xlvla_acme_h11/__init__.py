"""Acme H11: a thumb and three fingers, eleven motors, four joints that follow."""

from __future__ import annotations

from importlib.resources import files

from xlvla_sdk import HandSpec, Side, hookimpl
from xlvla_sdk.hookspecs import Register

PLUGIN_API = (1, 0)
FINGERS = ("thumb", "index", "middle", "ring")
JOINTS = (  # in the URDF's order; the four *_bend joints follow and are not listed
    "thumb_yaw",
    "thumb_pitch",
    "thumb_curl",
    "index_spread",
    "index_knuckle",
    "index_curl",
    "middle_knuckle",
    "middle_curl",
    "ring_spread",
    "ring_knuckle",
    "ring_curl",
)
FIST = {
    **{f"{finger}_knuckle": 1.4 for finger in FINGERS[1:]},
    **{f"{finger}_curl": 1.5 for finger in FINGERS[1:]},
    "thumb_yaw": 1.8,
    "thumb_pitch": -0.2,
    "thumb_curl": 0.9,
}
PINCH = {
    "thumb_yaw": 1.114,
    "thumb_pitch": 0.127,
    "thumb_curl": 0.339,
    "index_spread": 0.06,
    "index_knuckle": 0.677,
    "index_curl": 0.87,
    "middle_knuckle": 0.438,
    "middle_curl": 0.594,
    "ring_knuckle": 0.388,
    "ring_curl": 0.588,
}


def hand(side: Side) -> HandSpec:
    """The hand of one side; the left is the right's mirror image."""
    return HandSpec(
        name="acme_h11",
        side=side,
        urdf=files(__name__) / "urdf" / f"acme_h11_{side}.urdf",
        wrist_link="palm",
        joints=JOINTS,
        velocity=6.0,  # [rad/s], Acme H11 data sheet 1.0, table 2
        tip_links={finger: f"{finger}_tip" for finger in FINGERS},
        postures={"open": {}, "fist": FIST, "pinch": PINCH},
        source="Acme H11 data sheet 1.0; maker and hand are invented, see README.md",
        license="Apache-2.0",
    )


@hookimpl
def xlvla_register_devices(register: Register) -> None:
    """Offers both sides."""
    for side in Side:
        register(hand(side))
