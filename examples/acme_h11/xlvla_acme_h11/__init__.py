"""Acme H11: a hand of 11 joints with thumb index middle ring, as `xlvla new` found it."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from xlvla_sdk import HandSpec, Side, hookimpl
from xlvla_sdk.hookspecs import Register

PLUGIN_API = (1, 0)

# By side: joints with a motor in the URDF's order, velocity limits [rad/s, m/s] as <limit> of acme_right.urdf
# has them, tips, palm frame and postures [rad, m]. README.md says how sure each is, and why.
# Velocity limits are those of Acme H11 data sheet 1.0, table 2, too; maker and hand are invented.
HANDS: dict[Side, dict[str, Any]] = {
    side: {
        "wrist_link": "palm",
        "joints": (
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
        ),
        "velocity": 6.0,
        "tip_links": {
            "thumb": "thumb_tip",
            "index": "index_tip",
            "middle": "middle_tip",
            "ring": "ring_tip",
        },
        "palm_xyz": (0.0, 0.0, 0.0),
        "palm_rpy": (0.0, 0.0, 0.0),
        "postures": {
            "open": {},
            "fist": {
                "thumb_yaw": 1.25,
                "thumb_pitch": 0.5,
                "thumb_curl": 0.6,
                "index_spread": 0.315,
                "index_knuckle": 1.413,
                "index_curl": 1.53,
                "middle_knuckle": 1.413,
                "middle_curl": 1.53,
                "ring_spread": 0.315,
                "ring_knuckle": 1.413,
                "ring_curl": 1.53,
            },
            "pinch": {
                "thumb_yaw": 0.782,
                "thumb_pitch": 0.261,
                "thumb_curl": 0.433,
                "index_spread": 0.034,
                "index_knuckle": 0.251,
                "index_curl": 1.327,
            },
        },
    }
    for side in (Side.RIGHT, Side.LEFT)
}


def hand(side: Side) -> HandSpec:
    """The hand of one side."""
    return HandSpec(
        name="acme_h11",
        side=side,
        urdf=files(__name__) / "urdf" / f"acme_h11_{side}.urdf",
        source="acme_right.urdf, acme_left.urdf of the maker",
        license="Apache-2.0",
        **HANDS[side],
    )


@hookimpl
def xlvla_register_devices(register: Register) -> None:
    """Offers every side there is."""
    for side in HANDS:
        register(
            hand(side),
            drivers={"serial": "xlvla_acme_h11.driver:AcmeH11Driver"},
            emulators={"serial": "xlvla_acme_h11.emulator:AcmeH11Emulator"},
        )
