"""From `--policy URI` to a policy and its rows, for the verbs that run one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from xlvla_sdk.cli.bodies import REPLAY, body_layout, replay
from xlvla_sdk.cli.hardware import station_of
from xlvla_sdk.cli.output import note
from xlvla_sdk.errors import PolicyError

if TYPE_CHECKING:
    from xlvla_sdk.layouts import Layout
    from xlvla_sdk.policy import Policy
    from xlvla_sdk.specs import Embodiment, Station


def policy_uri(policy: str | None) -> str:
    """The URI, when it is one; PolicyError saying what to write."""
    if policy is None:
        raise PolicyError(
            "no policy is given. Write --policy ws://host:port for a server, or --policy "
            "replay:FILE for a recording."
        )
    if not policy.startswith(("ws://", "wss://", REPLAY)):
        raise PolicyError(f"'{policy}' is no policy. Write ws://host:port, or replay:FILE.")
    return policy


def trained_policy(policy: str | None) -> Policy | None:
    """The policy in a folder that `xlvla train` wrote; None when no folder is named."""
    if policy is None or "://" in policy or not Path(policy).is_dir():
        return None
    from xlvla_sdk.learning.policy import TrainedPolicy

    return TrainedPolicy(Path(policy))


@dataclass(frozen=True)
class PolicyWords:
    """What the command line says of a policy that moves a body; see `xlvla run`."""

    uri: str | None
    layout: str | None
    space: str | None
    recorded: str | None
    from_station: Path | None
    array: str | None
    mirror: bool = False


def moving_policy(
    words: PolicyWords, body: Embodiment, station: Station, *, patient: bool
) -> tuple[Policy, Layout]:
    """A recording's policy or a server's, and the rows that this body speaks with it.

    Args:
        words: See PolicyWords.
        body: Who is moved.
        station: Where it stands.
        patient: Whether time stands still while a server answers.

    Raises:
        PolicyError: No policy, or no server.
    """
    from xlvla_sdk.policy import without_arms

    uri, layout, space = policy_uri(words.uri), words.layout, words.space
    if uri.startswith(REPLAY):
        stood = station_of(words.from_station)
        chosen = replay(
            uri, words.recorded, words.array, words.mirror, layout, space, station=stood
        )
        rows = body_layout(body, layout, space, station)
    else:
        chosen, rows = remote_policy(uri, body, layout, space, station, patient=patient)
    narrower = without_arms(chosen, rows)
    if narrower is None:
        return chosen, rows
    note(f"{chosen.name}: has rows of arms; {body.name} takes the hands' columns.")
    return narrower, rows


def remote_policy(
    uri: str,
    body: Embodiment,
    layout: str | None,
    space: str | None,
    station: Station | None = None,
    *,
    patient: bool = False,
) -> tuple[Policy, Layout]:
    """A server's policy, and the rows that this body speaks with it; PolicyError without a server."""
    from xlvla_sdk.policy import Metadata, OpenPIClient, RemotePolicy

    client = OpenPIClient(uri)
    client.get_server_metadata()  # a dead server is said before a hand is trained for it
    rows = body_layout(body, layout, space, station)
    named = layout is not None and (space is not None or rows.space is None)
    assumed = Metadata.of(rows) if named else None
    return RemotePolicy(client, assumed, patient=patient), rows
