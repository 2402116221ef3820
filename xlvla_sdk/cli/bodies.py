"""From the words of a command line to bodies, layouts and policies, for `run` and `serve`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xlvla_sdk.cli.output import note
from xlvla_sdk.errors import PolicyError
from xlvla_sdk.specs import ArmSpec, Embodiment, Station

if TYPE_CHECKING:
    from xlvla_sdk.layouts import Layout
    from xlvla_sdk.messages import Recording
    from xlvla_sdk.policy import ReplayPolicy

From = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="EMBODIMENT",
        help="Whose columns a replayed file holds. Left out: the hand whose joints are all in it.",
    ),
]
Array = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="Replay qpos or action. Left out: action where there is one."
    ),
]
Mirror = Annotated[bool, typer.Option("--mirror", help="Replay on the other side.")]
LayoutName = Annotated[
    str | None,
    typer.Option(
        "--layout", metavar="NAME", help="xl-1 (the latent), raw-1 (joints) or arm-1 (arms alone)."
    ),
]
FromStation = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Where the recorded robot stood, TOML; left out: where the arm's plugin says.",
    ),
]

REPLAY = "replay:"


def body_layout(
    embodiment: Embodiment, layout: str | None, space: str | None, station: Station | None = None
) -> Layout:
    """The rows of a body, with its codecs found, or trained when there are none yet."""
    from xlvla_sdk.codec import DEFAULT_SPACE, load_space
    from xlvla_sdk.layouts import XL1, default_layout, make_layout
    from xlvla_sdk.onboarding import find_codec

    named = layout or default_layout(embodiment)
    if named != XL1.name:
        return make_layout(named, embodiment, {}, station)
    loaded = load_space(space or DEFAULT_SPACE)
    codecs = {hand.id: find_codec(hand, loaded) for hand in embodiment.hands}
    return make_layout(XL1.name, embodiment, codecs, station)


def replay(
    policy: str,
    recorded: str | None,
    array: str | None,
    mirror: bool,
    layout: str | None,
    space: str | None,
    rate_hz: float | None = None,
    horizon: int | None = None,
    station: Station | None = None,
) -> ReplayPolicy:
    """The policy that `replay:FILE` names; the station says where the recorded robot stood.

    Raises:
        DataError: When the file or its columns do not fit.
        PolicyError: When the text names no file.
    """
    from xlvla_sdk.messages import Recording
    from xlvla_sdk.policy import ReplayPolicy
    from xlvla_sdk.policy.metadata import HORIZON, RATE_HZ

    if not policy.removeprefix(REPLAY):
        raise PolicyError("replay: names no file. Write it as in --policy replay:motion.npz.")
    recording = Recording.load(Path(policy.removeprefix(REPLAY)))
    rows = body_layout(_recorded(recording, recorded), layout, space, station)
    return ReplayPolicy(
        recording,
        rows,
        array=array,
        mirror=mirror,
        rate_hz=rate_hz or RATE_HZ,
        horizon=horizon or HORIZON,
    )


def _recorded(recording: Recording, named: str | None) -> Embodiment:
    from xlvla_sdk.policy import recorded_hand
    from xlvla_sdk.registry import registry

    if named is not None:
        return registry().embodiment(named)
    devices = registry().devices.values()
    hand = recorded_hand(recording, [d.spec for d in devices if not isinstance(d.spec, ArmSpec)])
    note(f"{recording.source}: reads the columns of {hand.id}.")
    return registry().embodiment(hand.id)
