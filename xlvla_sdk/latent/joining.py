"""What a hand that joins a frozen space begins with: its postures, their codes as far as geometry says
them, and a decoder that begins as a founding hand's.

Its code is what the space's geometry encoder makes of its thumb-to-finger vectors, which stays as it
is, and what a small encoder of its own adds: what the vectors do not say. So the founding hands
understand it from the first step on, and never less than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from xlvla_sdk.codec import LatentSpace
from xlvla_sdk.codec.codec import Reads
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.latent import sampling
from xlvla_sdk.latent.losses import source_pairs
from xlvla_sdk.latent.networks import Gaussian, GeometryEncoder, Networks, scaled
from xlvla_sdk.latent.presets import Preset

POSTURES = 4
"""How many postures that are no pinches are drawn for every pinch in stock."""
RIDGE = 0.01
"""Of the least squares that begin a decoder's last layer, over the features' mean square of one."""
INSIDE = 0.9
"""Joints are kept this far inside [-1, 1] there: at the ends of tanh they would be infinite."""


@dataclass(frozen=True)
class Stock:
    """Postures of a new hand with what never changes of them.

    Attributes:
        others: How many of them, the first, are no pinches.
        postures: Normalised joints.
        vectors: Thumb-to-finger vectors [m].
        read: What an encoder is given.
        pairs: What losses need of the vectors, packed.
        mean: What the geometry encoder makes of the vectors; zeros where there is none.
        log_variance: See mean.
    """

    others: int
    postures: Float[Tensor, "rows D"]
    vectors: Float[Tensor, "rows 4 3"]
    read: Float[Tensor, "rows read"]
    pairs: Float[Tensor, "rows 4 6"]
    mean: Float[Tensor, "rows L"]
    log_variance: Float[Tensor, "rows L"]

    def drawn(self, count: int, share: float, generator: torch.Generator) -> Tensor:
        """Rows of the stock: first postures of any kind, then a share of pinches."""
        pinches = count - round((1.0 - share) * count)
        first = torch.randint(self.others, (count - pinches,), generator=generator)
        last = torch.randint(self.others, len(self.postures), (pinches,), generator=generator)
        return torch.cat([first, last])


@torch.no_grad()
def make_stock(
    model: TipModel,
    pinches: Float[Tensor, "rows D"],
    preset: Preset,
    geometry: GeometryEncoder | None,
    latent: int,
    reads: Reads,
    generator: torch.Generator,
) -> Stock:
    """A hand's stock.

    Args:
        model: The hand.
        pinches: Its pinches.
        preset: The recipe.
        geometry: The space's geometry encoder, where the hand's codes begin at its.
        latent: Width of the latent.
        reads: What its encoder is given.
        generator: What is drawn from.
    """
    other = sampling.edgy if preset.edges else sampling.uniform
    others = other(model, POSTURES * len(pinches), generator)
    postures = torch.cat([others, pinches])
    vectors = model.deltas(model.unnormalize(postures))
    if geometry is None:
        mean = log_variance = torch.zeros(len(postures), latent)
    else:
        mean, log_variance = geometry.encode(vectors, model.has[1:].expand(len(vectors), -1))
    read = postures
    if reads == "joints+deltas":
        read = torch.cat([postures, scaled(vectors, model.has[1:])], dim=1)
    pairs = source_pairs(vectors, preset.weights).packed()
    return Stock(len(others), postures, vectors, read, pairs, mean, log_variance)


def codes(networks: Networks, stock: Stock, rows: Tensor) -> Gaussian:
    """Codes of some rows of a stock: what geometry says, and what the hand's encoder adds."""
    mean, log_variance = networks.encode(stock.read[rows])
    return stock.mean[rows] + mean, stock.log_variance[rows] + log_variance


@torch.no_grad()
def begin_beside(
    space: LatentSpace,
    model: TipModel,
    stock: Stock,
    decoders: Sequence[nn.Sequential],
    preset: Preset,
) -> Networks:
    """Networks of a hand whose codes begin at the geometry encoder's.

    The encoder adds nothing yet. The decoder begins with the hidden layers of that founding hand
    whose features say most of this hand's joints, and the last layer that makes most of them.

    Args:
        space: The frozen space.
        model: The new hand.
        stock: Its postures.
        decoders: Those of the founding hands.
        preset: The recipe.
    """
    target = torch.atanh(stock.postures.clamp(-INSIDE, INSIDE))
    found = [_last_layer(decoder[:-1](stock.mean), target) for decoder in decoders]
    best = min(range(len(found)), key=lambda index: found[index][0])
    _, weight, bias = found[best]
    hidden = [layer.out_features for layer in decoders[best] if isinstance(layer, nn.Linear)][:-1]
    activation = next(iter(space.hands.values())).decoder.activation
    networks = Networks(
        model.joints, space.width, tuple(hidden), activation, "joints+deltas", preset.residual
    )
    mine, theirs = list(networks.decoder.parameters()), list(decoders[best].parameters())
    for parameter, value in zip(mine, [*theirs[:-2], weight, bias], strict=True):
        parameter.copy_(value)
    for parameter in list(networks.encoder.parameters())[-2:]:
        parameter.zero_()
    return networks


def _last_layer(
    features: Float[Tensor, "rows W"], target: Float[Tensor, "rows D"]
) -> tuple[float, Float[Tensor, "D W"], Float[Tensor, " D"]]:
    """The linear layer that brings features nearest to a target, and how near [squared]."""
    middle, centre = features.mean(dim=0), target.mean(dim=0)
    x, y = (features - middle).double(), (target - centre).double()
    gram = x.T @ x
    ridge = RIDGE * gram.diagonal().mean() * torch.eye(len(gram), dtype=gram.dtype)
    weight = torch.linalg.solve(gram + ridge, x.T @ y)
    error = float((y - x @ weight).square().mean())
    weight = weight.T.to(features.dtype)
    return error, weight, centre - weight @ middle
