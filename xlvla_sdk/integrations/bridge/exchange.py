"""Exchange: what clients say, in their threads, and the loop that moves the body, in its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from xlvla_sdk.errors import PolicyError, XlvlaError

ANSWER_S = 5.0
"""How long the loop may take for an action [s]; a device that hangs has a deadline of its own."""


class Action:
    """A client's target, and what became of it."""

    def __init__(self, numbers: np.ndarray) -> None:
        self.numbers = numbers
        self.sent: np.ndarray | None = None
        self.error: XlvlaError | None = None
        self.done = threading.Event()

    def settle(self, sent: np.ndarray | None, error: XlvlaError | None = None) -> None:
        """Ends the client's waiting."""
        self.sent, self.error = sent, error
        self.done.set()


class Exchange:
    """One seat, and one action at a time from whoever sits there.

    Args:
        now: Gives the time [s].
        seat_s: A sitting client that says nothing for longer makes room when another comes [s].
    """

    def __init__(self, now: Callable[[], float], seat_s: float) -> None:
        self._now = now
        self._seat_s = seat_s
        self._changed = threading.Condition()
        self._client: object | None = None
        self._heard_s = now()
        self._left = False  # since the loop looked
        self._action: Action | None = None
        self._owed: XlvlaError | None = None  # to the client that sits
        self._over: XlvlaError | None = None

    def hear(self, client: object) -> None:
        """A client said something; the free seat is its own from here on.

        Raises:
            PolicyError: Another client sits there.
            XlvlaError: Why this client's last action was given up, or why the bridge ended.
        """
        with self._changed:
            if self._over is not None:
                raise self._over
            now = self._now()
            if self._client is not client:
                if self._client is not None and now - self._heard_s <= self._seat_s:
                    raise PolicyError(
                        "the bridge serves another client, and one at a time. End that one first."
                    )
                self._client, self._owed, self._left = client, None, True
            self._heard_s = now
            self._pay()

    def leave(self, client: object) -> None:
        """A client is gone."""
        with self._changed:
            if self._client is client:
                self._client, self._left = None, True
                self._drop(PolicyError("the client left before its action was taken."))
                self._changed.notify_all()

    def act(self, client: object, numbers: np.ndarray) -> np.ndarray:
        """Hands an action to the loop; what was sent for it, in the client's numbers.

        Raises:
            XlvlaError: As `hear` says, and why this action was refused.
        """
        self.hear(client)
        action = Action(numbers)
        with self._changed:
            if self._over is not None:
                raise self._over
            self._pay()  # refused since it was heard: this action was meant for another posture
            self._action = action
            self._changed.notify_all()
        if not action.done.wait(ANSWER_S):
            raise PolicyError(f"the bridge did not take the action in {ANSWER_S:g} s. Is it busy?")
        if action.error is not None:
            raise action.error
        assert action.sent is not None
        return action.sent

    def next(self, timeout_s: float) -> Action | None:
        """The action that waits, or the first that comes within the time [s]."""
        with self._changed:
            if self._action is None:
                self._changed.wait(max(0.0, timeout_s))
            action, self._action = self._action, None
            return action

    def quiet(self, watchdog_s: float) -> str | None:
        """Why nobody is there to move for, in words; None while a client speaks."""
        with self._changed:
            left, self._left = self._left, False
            if left or self._client is None:
                return "waits for a client"
            silent_s = self._now() - self._heard_s
            return f"the client is silent for {silent_s:.1f} s" if silent_s > watchdog_s else None

    def refuse(self, error: XlvlaError) -> None:
        """Says what became of a client's last action: at the one that waits, else at its next message."""
        with self._changed:
            if self._action is None:
                self._owed = error
            else:
                self._drop(error)

    def end(self, error: XlvlaError) -> None:
        """Says at every message from here on why there is no more bridge."""
        with self._changed:
            self._over = error
            self._drop(error)

    def _pay(self) -> None:
        owed, self._owed = self._owed, None
        if owed is not None:
            raise owed

    def _drop(self, error: XlvlaError) -> None:
        if self._action is not None:
            self._action.settle(None, error)
        self._action = None
