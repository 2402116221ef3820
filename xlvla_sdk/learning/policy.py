"""TrainedPolicy: a policy that `xlvla train` wrote, asked as any other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from xlvla_sdk.errors import DataError, PolicyError
from xlvla_sdk.latent.threads import one_thread
from xlvla_sdk.learning.batch import UNMOVED
from xlvla_sdk.learning.files import load_policy
from xlvla_sdk.learning.network import FlowNetwork
from xlvla_sdk.learning.seeing import Told
from xlvla_sdk.learning.shape import read_shape
from xlvla_sdk.learning.variants import parse_variant
from xlvla_sdk.learning.words import Words, padded
from xlvla_sdk.messages import ActionChunk, Observation
from xlvla_sdk.policy import Metadata, Policy
from xlvla_sdk.policy.metadata import parse_metadata

STEPS = 10
"""Steps from noise to rows, as pi0 takes them."""


class TrainedPolicy(Policy):
    """Rows for what is seen and told, by the observation alone: they unfold from the middle of all noise,
    which is zero, not from some that is drawn. What is drawn once speaks for one way of several in every
    answer, whatever is seen, and what is drawn anew speaks for another way in each.

    It works on one thread: several save little on so small a network, and wait for one another, a hundred
    times as long, while anything else has the processor.

    Args:
        folder: What `xlvla train` wrote.
        drawn: Seed of noise that is drawn once, to begin in that; in the middle when left out.

    Raises:
        DataError: There is no whole policy in the folder.
    """

    def __init__(self, folder: Path, *, drawn: int | None = None) -> None:
        card, weights = load_policy(folder)
        self._name = f"policy of {folder.resolve().name}"
        try:
            metadata = parse_metadata(card, self._name)
            if metadata is None:
                raise ValueError("it says nothing of its rows")
            self._variant = parse_variant(card)
            self._words = Words(tuple(card["words"]))
            self._network = FlowNetwork(read_shape(card["shape"]), sight=self._variant.sight)
            self._network.load_state_dict(weights)
        except (LookupError, TypeError, ValueError, RuntimeError) as error:
            raise DataError(
                f"{folder}: its policy is damaged ({error}). Train it again."
            ) from error
        self._metadata = metadata
        self._network.eval()
        shape = self._network.shape
        begin = np.zeros((1, shape.horizon, shape.width))
        if drawn is not None:
            begin = np.random.default_rng(drawn).standard_normal(begin.shape)
        self._begin = torch.from_numpy(begin.astype(np.float32))

    @property
    def name(self) -> str:
        """Its folder."""
        return self._name

    @property
    def metadata(self) -> Metadata:
        """The rows of the dataset that it learned from; it asks for what it sees by."""
        return self._metadata

    def infer(self, observation: Observation) -> ActionChunk:
        """The rows from now on.

        Raises:
            PolicyError: The observation has another width, does not show what the policy sees by,
                says nothing of what to do, or says it in words of which none is known.
        """
        self._check(observation)
        assert observation.prompt is not None
        shown = self._variant.look(observation, self._words, self._name)
        prompt = padded([self._words.numbers(observation.prompt, self._name)])
        told = Told(
            state=torch.from_numpy(observation.state[None].astype(np.float32)),
            prompts=torch.from_numpy(prompt),
            frame=torch.from_numpy(UNMOVED[None]),
            **{name: torch.from_numpy(value) for name, value in vars(shown).items()},
        )
        with one_thread(), torch.inference_mode():
            rows = self._network.unfold(told, self._begin, STEPS)[0].double().numpy()
        return ActionChunk(rows, self._metadata.layout, 1.0 / self._metadata.rate_hz)

    def _check(self, observation: Observation) -> None:
        width = self._network.shape.width
        if observation.state.shape != (width,):
            raise PolicyError(
                f"{self._name}: the observation's state is {len(observation.state)} wide; it was "
                f"trained on rows of {self._metadata.layout}, {width} wide."
            )
        self._metadata.require_cameras(observation.images, self._name)
        if not observation.prompt:
            raise PolicyError(f"{self._name} was not told what to do. Give the run a prompt.")
