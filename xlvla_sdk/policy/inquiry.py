"""Inquiry: one question at a time to a policy, never waited for."""

from __future__ import annotations

import logging
from collections import deque
from math import ceil

from xlvla_sdk.errors import PolicyError, XlvlaError
from xlvla_sdk.layouts import Layout
from xlvla_sdk.messages import ActionChunk, Observation
from xlvla_sdk.policy.clock import Answer, Clock
from xlvla_sdk.policy.playback import Playback
from xlvla_sdk.policy.policy import Policy, check_chunk

logger = logging.getLogger(__name__)

RETRY_S = 0.2
"""Between a question that failed and the next [s]: a server that is gone refuses at once."""
REMEMBERED, QUANTILE = 16, 0.9
"""How many answers' times are looked at, and which of them is expected next. One answer in ten may
take longer: the margin and the fade are there for it, and a single slow one is soon forgotten."""


class Inquiry:
    """Asks a policy through a clock and takes only answers that may be played.

    Attributes:
        forgiving: Whether a question that failed is asked again where that may help (the server
            is gone, or answers what cannot be read); else it is an error at once.
        ages_s: How old each answer was when it was taken [s].
        outdated: How many of them were older than their horizon, and were not handed out.
        failures: How many questions failed and were forgiven.
    """

    def __init__(self, policy: Policy, layout: Layout, clock: Clock) -> None:
        self.forgiving = False
        self.ages_s: list[float] = []
        self.outdated = 0
        self.failures = 0
        self._policy = policy
        self._layout = layout
        self._clock = clock
        self._answer: Answer[ActionChunk] | None = None
        self._asked_s = 0.0
        self._wanted = True
        self._not_before_s = -float("inf")
        self._failure: XlvlaError | None = None  # the last, when nothing came after it
        self._recent: deque[float] = deque(maxlen=REMEMBERED)

    @property
    def idle(self) -> bool:
        """Whether a question may be put: none is under way, and none has just failed."""
        return self._answer is None and self._clock.now() >= self._not_before_s

    @property
    def expected_s(self) -> float:
        """How long the next answer is expected to take, by what the last ones took [s]."""
        ordered = sorted(self._recent)
        return ordered[ceil(QUANTILE * (len(ordered) - 1))] if ordered else 0.0

    def ask(self, observation: Observation) -> None:
        """Puts a question; only when idle."""
        assert self.idle
        self._asked_s, self._wanted = self._clock.now(), True
        self._answer = self._clock.ask(lambda: self._policy.infer(observation))

    def forget(self) -> None:
        """What is being answered is not wanted any more."""
        self._wanted = False

    def poll(self) -> Playback | None:
        """The answer when it is there, checked; None while it travels, or when it came too late.

        Raises:
            PolicyError: When the policy failed and that is not forgiven, or its answer is of
                another layout or width.
        """
        if self._answer is None or not self._answer.ready():
            return None
        answer, self._answer = self._answer, None
        now = self._clock.now()
        try:
            playback = Playback(self._result(answer), self._asked_s, len(self.ages_s))
        except PolicyError as error:
            self._forgive(error, now)
            return None
        self._failure = None
        self._remember(now - self._asked_s)
        if playback.outdated(now):
            self.outdated += 1
            return None
        return playback if self._wanted else None

    def silence(self, limit_s: float) -> PolicyError:
        """The error of a policy from which nothing new came in `limit_s`."""
        name, body = self._policy.name, self._layout.embodiment.name
        if self._failure is not None:
            return PolicyError(
                f"{_sentence(self._failure.message)} Nothing better came in {limit_s:g} s; "
                f"{body} was stopped.",
                **self._failure.values,
            )
        if self.outdated:
            return PolicyError(
                f"{name}: its answers came {self.ages_s[-1]:.2g} s old, older than the rows they "
                f"hold; {body} was stopped. Serve it on a faster computer, or with longer chunks."
            )
        return PolicyError(
            f"{name} did not answer in {limit_s:g} s; {body} was stopped. Is the server running?"
        )

    def _remember(self, age_s: float) -> None:
        """The first answer counts until there is another: a policy may have compiled for it."""
        if len(self.ages_s) == 1:
            self._recent.clear()
        self.ages_s.append(age_s)
        self._recent.append(age_s)

    def _forgive(self, error: PolicyError, now: float) -> None:
        if not (self.forgiving and getattr(error, "again", False)):
            raise error
        if self._failure is None or self._failure.message != error.message:
            logger.warning("%s It is asked again.", _sentence(error.message))
        self._failure, self._not_before_s = error, now + RETRY_S
        self.failures += 1

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


def _sentence(words: str) -> str:
    """With a full stop; a server's own words may have none."""
    return words if words.endswith((".", "?", "!")) else f"{words}."
