"""Block codecs give back what their kind can say, and losses are what a hand's fingertips miss."""

from __future__ import annotations

import numpy as np
import pytest

from bench import policy_block_codecs
from bench.policy_block_codecs import ROWS, BlockCodec, Blocks, Linear, Splines, Squeezed
from bench.policy_blocks import away, lost
from bench.policy_layouts import body_layout


def swings(count: int, seed: int, width: int = 3) -> Blocks:
    """Blocks of two motions, each by an amount of its own."""
    rng = np.random.default_rng(seed)
    time = np.linspace(0.0, 1.0, ROWS)
    shapes = np.stack([np.sin(3.0 * time), time**2])[:, :, None] * np.arange(1.0, width + 1.0)
    return np.einsum("ns,shw->nhw", rng.standard_normal((count, 2)), shapes)


@pytest.mark.parametrize("codec", [Linear(2), Splines(8, 3)])
def test_what_a_codec_can_say_comes_back(codec: BlockCodec):
    codec.learn(swings(50, 0))
    unseen = swings(20, 1)
    assert np.abs(codec.through(unseen) - unseen).max() < 5e-3 * np.abs(unseen).max()


def test_what_it_cannot_say_does_not():
    rng = np.random.default_rng(2)
    noise = rng.standard_normal((20, ROWS, 3))
    codec = Splines(8, 3)
    # The part of white noise that a spline of 8 points can say is 8 of 64.
    left = (noise - codec.through(noise)).var() / noise.var()
    assert left == pytest.approx(1.0 - 8 / ROWS, abs=0.03)
    few = Linear(1)
    few.learn(swings(50, 0))
    assert np.abs(few.through(swings(20, 1)) - swings(20, 1)).max() > 0.1


def test_a_network_learns_blocks_of_others(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy_block_codecs, "STEPS", 200)
    codec, unseen = Squeezed(4), swings(20, 1)
    codec.learn(swings(200, 0))
    assert (codec.through(unseen) - unseen).var() < 0.05 * unseen.var()


def test_loss_is_how_far_fingertips_are_off():
    (codec,) = body_layout("push-cans", "xhand", "xl-1")[1].values()
    spec = body_layout("push-cans", "xhand", "xl-1")[0].embodiment.hands[0]
    wanted, said = (codec.encode(spec.posture(name))[None, None] for name in ("open", "fist"))
    assert away(codec, wanted, wanted).tips.max() == 0.0
    off = away(codec, wanted, said)
    assert 0.05 < off.tips.max() < 0.25  # a finger's length
    assert len(off.tips) == 5
    assert len(off.joints) == 12


def test_the_hand_that_is_asked_is_not_learned_from():
    learned: list[Blocks] = []

    class Watched(Splines):
        def learn(self, blocks: Blocks) -> None:
            learned.append(blocks)

    found = {hand: np.full((4, ROWS, 32), k * 0.01) for k, hand in enumerate(("xhand", "ability"))}
    found["ability"][1::2] += 0.5
    unseen, seen = lost(Watched(8, 32), "xhand", found)
    np.testing.assert_array_equal(learned[0], found["ability"][::2])
    assert unseen.tips.size == 4 * ROWS * 5
    assert seen.tips.size == 2 * ROWS * 5
