"""Judge: looks at a scene now and then, and says when the task has been done."""

from __future__ import annotations

from xlvla_sdk.sim.scene_state import SceneState
from xlvla_sdk.sim.task import Task


class Judge:
    """Watches one episode of a task.

    Args:
        task: What should be done.

    Attributes:
        done_s: Since when the task has been done, in simulated seconds; None while it is not. It
            stays once `success` was true for the task's `hold_s` without a break.
    """

    def __init__(self, task: Task) -> None:
        self.done_s: float | None = None
        self._task = task
        self._since_s: float | None = None

    @property
    def done(self) -> bool:
        """Whether the task has been done."""
        return self.done_s is not None

    def look(self, state: SceneState) -> None:
        """Takes notice of one moment; moments come in the order of time."""
        if self.done:
            return
        if not self._task.success(state):
            self._since_s = None
            return
        if self._since_s is None:
            self._since_s = state.time_s
        if state.time_s - self._since_s >= self._task.hold_s - 1e-9:
            self.done_s = self._since_s
