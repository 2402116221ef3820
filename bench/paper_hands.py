"""The hands that published numbers were taken on, each from a URDF, a tip map and nothing else.

Founding four: the right hands of the paper's released code, limits as in their files. New ones:
Allegro and LEAP. The files are not part of this project; `--shared` says where they lie.
"""

from __future__ import annotations

from pathlib import Path

from xlvla_sdk import HandSpec, Side, hand_from_urdf

SHARED = Path(__file__).resolve().parents[2] / "shared"
FINGERS = ("thumb", "index", "middle", "ring", "pinky")

_PLAIN = {finger: f"{finger}_tip" for finger in FINGERS}
_FOUR = {finger: f"{finger}_tip" for finger in FINGERS[:4]}
_XHAND = {
    "thumb": "right_hand_thumb_rota_tip",
    "index": "right_hand_index_rota_tip",
    "middle": "right_hand_mid_tip",
    "ring": "right_hand_ring_tip",
    "pinky": "right_hand_pinky_tip",
}
_LEAP = {finger: f"{finger}_tip_head" for finger in FINGERS[:4]}
_ALLEGRO = {
    "thumb": "link_15.0_tip",
    "index": "link_3.0_tip",
    "middle": "link_7.0_tip",
    "ring": "link_11.0_tip",
}

FOUNDING = {  # in the order the test sets are drawn
    "xhand": ("xhand/dexlatent/xhand_right.urdf", _XHAND),
    "ability": ("ability/dexlatent/ability_hand_right.urdf", _PLAIN),
    "inspire": ("inspire/dexlatent/inspire_hand_right.urdf", _PLAIN),
    "paxini": ("paxini/dexlatent/dexh13_hand_right_description.urdf", _FOUR),
}
NEW = {
    "allegro": ("allegro/allegro_hand_right.urdf", _ALLEGRO),
    "leap": ("leap/leap_hand_right.urdf", _LEAP),
}


def founding_hands(shared: Path = SHARED) -> list[HandSpec]:
    """The four right hands of the paper's released code."""
    return [_hand(name, *FOUNDING[name], shared) for name in FOUNDING]


def new_hands(shared: Path = SHARED) -> list[HandSpec]:
    """Allegro and LEAP, right."""
    return [_hand(name, *NEW[name], shared) for name in NEW]


def _hand(name: str, relative: str, tips: dict[str, str], shared: Path) -> HandSpec:
    urdf = shared / "hardware" / "urdf" / relative
    if not urdf.is_file():
        raise SystemExit(
            f"{urdf.name} is not there. Give the folder of the URDF data with --shared."
        )
    return hand_from_urdf(urdf, Side.RIGHT, tips, name)
