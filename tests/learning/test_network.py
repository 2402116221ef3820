from __future__ import annotations

from dataclasses import fields

import numpy as np
import torch

from tests.learning.conftest import TINY
from tests.learning.demonstrations import HORIZON, ROWS, WIDTH
from xlvla_sdk.learning.batch import Batch
from xlvla_sdk.learning.network import FlowNetwork, counted_columns
from xlvla_sdk.learning.samples import ENDED, Samples
from xlvla_sdk.learning.seeing import Told
from xlvla_sdk.learning.seeing_things import ThingSight
from xlvla_sdk.learning.shape import Shape


def made(samples: Samples, shape: Shape = TINY) -> FlowNetwork:
    torch.manual_seed(1)
    sized = {**vars(shape), "width": WIDTH, "horizon": HORIZON, "words": len(samples.words.known)}
    return FlowNetwork(Shape(**{**sized, "arms": samples.arms}), samples.scales)


FIELDS = [one.name for one in fields(Told)]


def told(batch: Batch, **change: np.ndarray) -> Told:
    said = {key: getattr(batch, key) for key in FIELDS}
    return Told(**{key: torch.from_numpy(value) for key, value in {**said, **change}.items()})


class Straight(FlowNetwork):
    """Guesses the same rows, whatever it is given."""

    def guess(self, seen, noisy, time):
        return torch.full_like(noisy, 0.5)


def test_unfolding_follows_the_flow_to_its_end_and_begins_where_the_arm_is(samples: Samples):
    network = Straight(made(samples).shape, samples.scales)
    batch = samples.chunks(np.array([3]))
    rows = network.unfold(told(batch), torch.randn(1, HORIZON, WIDTH), 10)
    expected = 0.5 * samples.scales.action_std + samples.scales.action_mean
    expected[:, 32:] += batch.state[0, 32:]
    np.testing.assert_allclose(rows[0, :, 32:], expected[:, 32:], atol=1e-5)


def test_hands_stay_between_what_was_demonstrated(samples: Samples):
    """No hand moved in these demonstrations; the guess is half a deviation off."""
    network = Straight(made(samples).shape, samples.scales)
    told_of = told(samples.chunks(np.array([3])))
    rows = network.unfold(told_of, torch.randn(1, HORIZON, WIDTH), 10)
    assert not rows[..., :32].any()
    network.action_upper[:32] = 1.0
    free = network.unfold(told_of, torch.randn(1, HORIZON, WIDTH), 10)
    np.testing.assert_allclose(free[0, :, :32], 0.5 * samples.scales.action_std[:, :32], atol=1e-6)


def test_the_loss_of_a_guess_that_is_right_is_zero_and_ends_count_little(samples: Samples):
    batch = samples.chunks(np.array([ROWS - 2]))
    network = made(samples)
    rows = torch.from_numpy(batch.chunks - np.pad(batch.state[:, 32:], ((0, 0), (32, 0)))[:, None])
    rows = (rows - network.action_mean) / network.action_std

    def loss(off: slice) -> float:
        class Known(FlowNetwork):
            def guess(self, seen, noisy, time):
                found = rows.clone()
                found[:, off] += 1.0
                return found

        chunks, weights = torch.from_numpy(batch.chunks), torch.from_numpy(batch.weights)
        known = Known(network.shape, samples.scales)
        noise = torch.randn_like(chunks)
        return known.loss(told(batch), chunks, weights, noise, torch.tensor([0.3])).item()

    assert loss(slice(0, 0)) < 1e-10
    within, beyond = loss(slice(0, 1)), loss(slice(HORIZON - 1, HORIZON))
    np.testing.assert_allclose(beyond / within, ENDED, rtol=1e-4)


def test_arms_count_as_much_as_hands_in_all(samples: Samples):
    moved = made(samples).moved
    counted = counted_columns(moved)
    assert int(moved.sum()) != len(moved) / 2
    torch.testing.assert_close(counted[moved > 0.0].sum(), torch.tensor(0.5))
    torch.testing.assert_close(counted[moved == 0.0].sum(), torch.tensor(0.5))
    for alone in (torch.ones(4), torch.zeros(4)):
        torch.testing.assert_close(counted_columns(alone), torch.full((4,), 0.25))


def test_a_body_that_stands_elsewhere_with_its_things_goes_the_same_way(samples: Samples):
    """What is left of the place itself is in the tokens of things and rows; without them nothing."""
    network = made(samples)
    assert isinstance(network.sight, ThingSight)
    with torch.no_grad():
        network.sight.state.weight.zero_()
        network.sight.thing.weight[:, :3].zero_()
    batch, noise = samples.chunks(np.array([3])), torch.randn(1, HORIZON, WIDTH)
    state, things = batch.state.copy(), batch.things.copy()
    state[:, 32:35] += 0.1
    things[..., :3] += 0.1
    with torch.inference_mode():
        here = network.unfold(told(batch), noise, 2).numpy()
        there = network.unfold(told(batch, state=state, things=things), noise, 2).numpy()
    np.testing.assert_allclose(there[..., 32:35] - here[..., 32:35], 0.1, atol=1e-4)


def two_things(samples: Samples) -> dict[str, np.ndarray]:
    things = np.random.default_rng(0).normal(scale=0.1, size=(1, 2, 9)).astype(np.float32)
    return {"things": things, "names": np.array([[[1], [2]]]), "there": np.ones((1, 2), bool)}


def rows_of(samples: Samples, **change: np.ndarray) -> np.ndarray:
    network, noise = made(samples), torch.from_numpy(np.zeros((1, HORIZON, WIDTH), np.float32))
    with torch.inference_mode():
        return network.unfold(told(samples.chunks(np.array([0])), **change), noise, 2).numpy()


def test_the_order_of_things_does_not_matter_and_their_names_do(samples: Samples):
    said = two_things(samples)
    first = rows_of(samples, **said)
    swapped = {key: np.ascontiguousarray(value[:, ::-1]) for key, value in said.items()}
    np.testing.assert_allclose(first, rows_of(samples, **swapped), atol=1e-5)
    renamed = rows_of(samples, **{**said, "names": swapped["names"]})
    assert np.abs(first - renamed).max() > 1e-4


def test_an_absent_thing_is_as_none(samples: Samples):
    said = two_things(samples)
    alone = {key: value[:, :1] for key, value in said.items()}
    absent = {**said, "there": np.array([[True, False]])}
    np.testing.assert_allclose(rows_of(samples, **alone), rows_of(samples, **absent), atol=1e-5)
    assert np.abs(rows_of(samples, **said) - rows_of(samples, **absent)).max() > 1e-4


def test_its_size_is_a_laptops():
    network = FlowNetwork(Shape(41, 64, 40))
    assert 1e6 < sum(one.numel() for one in network.parameters()) < 2e6


def test_a_horizon_that_is_no_whole_number_of_tokens_is_answered_whole(samples: Samples):
    shape = made(samples).shape
    assert HORIZON % (shape.rows_per_point * shape.points_per_token)
    assert rows_of(samples).shape == (1, HORIZON, WIDTH)
