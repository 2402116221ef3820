"""Inquiry: one question at a time to a policy, never waited for."""

from __future__ import annotations

from xlvla_sdk.errors import PolicyError, XlvlaError
from xlvla_sdk.layouts import Layout
from xlvla_sdk.messages import ActionChunk, Observation
from xlvla_sdk.policy.clock import Answer, Clock
from xlvla_sdk.policy.playback import Playback
from xlvla_sdk.policy.policy import Policy, check_chunk


class Inquiry:
    """Asks a policy through a clock and takes only answers that may be played.

    Attributes:
        ages_s: How old each answer was when it was taken [s].
        outdated: How many of them were older than their horizon, and were not handed out.
    """

    def __init__(self, policy: Policy, layout: Layout, clock: Clock) -> None:
        self.ages_s: list[float] = []
        self.outdated = 0
        self._policy = policy
        self._layout = layout
        self._clock = clock
        self._answer: Answer[ActionChunk] | None = None
        self._asked_s = 0.0

    @property
    def idle(self) -> bool:
        """Whether no question is under way."""
        return self._answer is None

    def ask(self, observation: Observation) -> None:
        """Puts a question; only when idle."""
        assert self.idle
        self._asked_s = self._clock.now()
        self._answer = self._clock.ask(lambda: self._policy.infer(observation))

    def poll(self) -> Playback | None:
        """The answer when it is there, checked; None while it travels, or when it came too late.

        Raises:
            PolicyError: When the policy failed, or its answer cannot be played.
        """
        if self._answer is None or not self._answer.ready():
            return None
        answer, self._answer = self._answer, None
        playback = Playback(self._result(answer), self._asked_s)
        now = self._clock.now()
        self.ages_s.append(now - self._asked_s)
        if playback.outdated(now):
            self.outdated += 1
            return None
        return playback

    def silence(self, limit_s: float) -> PolicyError:
        """The error of a policy from which nothing new came in `limit_s`."""
        name, body = self._policy.name, self._layout.embodiment.name
        if self.outdated:
            return PolicyError(
                f"{name}: its answers came {self.ages_s[-1]:.2g} s old, older than the rows they "
                f"hold; {body} was stopped. Serve it on a faster computer, or with longer chunks."
            )
        return PolicyError(
            f"{name} did not answer in {limit_s:g} s; {body} was stopped. Is the server running?"
        )

    def _result(self, answer: Answer[ActionChunk]) -> ActionChunk:
        try:
            chunk = answer.result()
        except XlvlaError:
            raise
        except Exception as error:
            raise PolicyError(
                f"{self._policy.name} failed: {type(error).__name__}: {error}."
            ) from error
        check_chunk(chunk, self._layout, self._policy.name)
        return chunk
