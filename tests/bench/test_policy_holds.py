"""Where a hand holds what it lifts is read when that has risen, in the palm's axes."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from bench import policy_holds
from bench.policy_holds import offsets


def test_the_thing_that_rises_is_measured_when_it_has_risen(monkeypatch: pytest.MonkeyPatch):
    rows, wide = 6, 4
    things = np.zeros((rows, 2, 9))
    things[:, 1, :3] = (0.3, 0.2, 0.05)
    things[2:, 1, 2] += 0.006
    things[4:, 1, 2] += 0.006  # only now by more than a centimetre
    state = np.zeros((rows, wide + 9))
    state[:, wide + 3 :] = (0.0, 1.0, 0.0, -1.0, 0.0, 0.0)  # a quarter turn about the vertical
    state[:, wide : wide + 3] = (9.0, 9.0, 9.0)
    state[4, wide : wide + 3] = (0.2, 0.2, 0.062)
    samples = SimpleNamespace(
        things=np.tile(things, (2, 1, 1)),
        state=np.tile(state, (2, 1)),
        arms=(wide,),
        last=np.repeat([rows - 1, 2 * rows - 1], rows),
    )
    monkeypatch.setattr(policy_holds.Samples, "of", lambda *_: samples)
    found = offsets(None)  # type: ignore[arg-type]
    np.testing.assert_allclose(found, [[0.0, -0.1, 0.0]] * 2, atol=1e-9)
