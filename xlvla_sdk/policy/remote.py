"""RemotePolicy: a policy behind openpi's wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xlvla_sdk.errors import PolicyError
from xlvla_sdk.messages import ActionChunk, Observation
from xlvla_sdk.policy.client import OpenPIClient
from xlvla_sdk.policy.metadata import Metadata, parse_metadata
from xlvla_sdk.policy.policy import Policy
from xlvla_sdk.policy.wire import chunk_from_wire, observation_to_wire

__all__ = ["OpenPIClient", "RemotePolicy"]


class RemotePolicy(Policy):
    """Asks a server. Nothing is sent before it is first used.

    Args:
        client: The connection.
        assumed: What the user says the rows are. A plain openpi server, which does not say, is
            accepted only then; one that says something else is refused.
        patient: Waits for every answer as long as for the first: for simulated time, which stands
            still meanwhile.
    """

    def __init__(
        self, client: OpenPIClient, assumed: Metadata | None = None, *, patient: bool = False
    ) -> None:
        self._client = client
        self._assumed = assumed
        self._patient = patient
        self._answered = False

    @property
    def name(self) -> str:
        """The server's address."""
        return self._client.uri

    @property
    def metadata(self) -> Metadata:
        """What the server says, or what the user said in its place.

        Raises:
            PolicyError: No server, it does not say and nobody else does, or the two differ.
        """
        return self._agreed(parse_metadata(self._client.get_server_metadata(), self.name))

    def infer(self, observation: Observation) -> ActionChunk:
        """The server's rows.

        After the first answer, for which a policy may have to compile, the server has as long as a
        chunk lasts: rows older than that are not played. Then the connection is made anew.

        Raises:
            PolicyError: As the client says, when the answer holds no rows, or when the server came
                back as another one.
        """
        metadata = self.metadata
        waits = self._patient or not self._answered
        lasts_s = None if waits else metadata.horizon / metadata.rate_hz
        answer = self._client.infer(observation_to_wire(observation), lasts_s)
        if self.metadata != metadata:  # a new connection has new metadata
            raise PolicyError(
                f"{self.name} was restarted with other rows: {_words(self.metadata)}, where it was "
                f"{_words(metadata)}. Nothing of them was played. Start the run again."
            )
        self._answered = True
        return self._chunk(answer, metadata)

    def close(self) -> None:
        """Drops the connection; a question under way then fails."""
        self._client.close()

    def _chunk(self, answer: Mapping[str, Any], metadata: Metadata) -> ActionChunk:
        dt = 1.0 / metadata.rate_hz
        try:
            return chunk_from_wire(answer, metadata.layout, dt, self.name)
        except PolicyError as error:  # one bad answer; the next one may be whole
            raise PolicyError(error.message, again=True) from error

    def _agreed(self, said: Metadata | None) -> Metadata:
        assumed = self._assumed
        if said is None and assumed is None:
            raise PolicyError(
                f"{self.name} does not say what its rows are: it is a plain openpi server. Name them "
                "with --layout and --space if you know that the policy was trained on them."
            )
        if said is None:
            assert assumed is not None
            return assumed
        if assumed is not None and (said.layout, said.space) != (assumed.layout, assumed.space):
            raise PolicyError(
                f"{self.name} says layout {said.layout} in space {said.space}; you named "
                f"{assumed.layout} in {assumed.space}. Leave out --layout and --space."
            )
        return said


def _words(metadata: Metadata) -> str:
    sides = ", ".join(map(str, metadata.sides))
    return (
        f"{metadata.layout} in {metadata.space or 'no space'} at {metadata.rate_hz:g} Hz, {sides}"
    )
