"""A discrete latent: the same hands and losses as ours, through a codebook.

UniVLA's kind of space, for comparison: a posture becomes a few tokens. The 32 numbers are
quantised in groups, each against entries of its own (`quantising`). docs/concepts/baselines.md says
what is whose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace

import torch
from torch import Tensor

from xlvla_sdk.codec import LatentCodec, LatentSpace
from xlvla_sdk.errors import CodecMismatch, XlvlaError
from xlvla_sdk.kinematics.screws import HandKinematics
from xlvla_sdk.latent.checkpoint import Checkpoint, watched
from xlvla_sdk.latent.founding import founding_space, frozen_hands, require_two
from xlvla_sdk.latent.losses import Pairs, Weights, retarget_loss, source_pairs
from xlvla_sdk.latent.presets import Preset
from xlvla_sdk.latent.pretraining import founding_hand
from xlvla_sdk.latent.quantising import Quantisation, Quantiser
from xlvla_sdk.latent.training import HandInTraining, Progress, run, seeded

METHOD = "vq"
"""What the card of a space trained so says."""

VQ = Preset(
    "vq",
    weights=Weights(contact=50.0, reconstruction=10.0),
    steps=4000,
    batch=256,
    cosine=True,
    pinches="closing",
    pool=8192,
    edges=True,
    own=True,
)
"""How a discrete space is trained: our sampling and losses, without a prior on the codes."""

VQ_FIT = Preset(
    "vq-fit",
    widths=(128, 256, 128),
    weights=VQ.weights,
    steps=1200,
    batch=256,
    rate=3e-3,
    cosine=True,
    pinches="closing",
    pool=4096,
    edges=True,
    own=True,
)
"""How a hand joins one."""


def pretrain_vq(
    hands: Mapping[str, HandKinematics],
    seed: int,
    name: str,
    progress: Progress | None = None,
    preset: Preset = VQ,
    how: Quantisation | None = None,
    checkpoint: Checkpoint | None = None,
) -> LatentSpace:
    """Trains a discrete space on its founding hands.

    Args:
        hands: Hand id to kinematics as the space sees them (`shared_kinematics`), two or more.
        seed: Of everything drawn. The same seed gives the same bits.
        name: What the space is called.
        progress: Told of every step.
        preset: The recipe.
        how: How codes are made discrete.
        checkpoint: Where the last good state is kept on the way; nowhere when left out.

    Returns:
        The space; every codec of it carries the codebook.

    Raises:
        XlvlaError: When there are fewer than two hands, the latent does not part into the groups,
            or the loss stops being finite.
    """
    require_two(hands, name)
    how = how or Quantisation()
    if preset.latent % how.groups:
        raise XlvlaError(
            f"space '{name}': a latent of {preset.latent} numbers does not part into {how.groups} "
            "equal groups. Take a number of groups that divides it."
        )
    with seeded(seed) as generator:
        founding = [founding_hand(hand, kin, preset, generator) for hand, kin in hands.items()]
        quantiser = Quantiser(how, generator)
        card = _card(preset, how, seed)
        first = max(1, round(how.start * preset.steps))

        def loss(step: int) -> Tensor:
            through = None if step < first else quantiser
            value = _loss(founding, 0, through, preset, generator, learning=True)
            if checkpoint is not None and quantiser.entries is not None:
                made = quantiser.codebook()
                checkpoint.keep(step, value, lambda n: founding_space(n, founding, card, made))
            return value

        parameters = [p for hand in founding for p in hand.networks.parameters()]
        with watched(founding, checkpoint):
            last = run(loss, parameters, preset, progress).loss
        if quantiser.entries is None:  # a run too short to have left its beginning
            quantiser.learn(torch.cat(_codes(founding, preset, generator)))
    return founding_space(name, founding, {**card, "final_loss": last}, quantiser.codebook())


def _card(preset: Preset, how: Quantisation, seed: int) -> dict[str, object]:
    return {
        "method": METHOD,
        "preset": asdict(preset),
        "quantisation": asdict(how),
        "seed": seed,
        "torch": str(torch.__version__),
    }


def fit_vq(
    space: LatentSpace,
    hand: str,
    kinematics: HandKinematics,
    seed: int = 7,
    progress: Progress | None = None,
    preset: Preset = VQ_FIT,
) -> LatentCodec:
    """Trains the codec of a new hand against a discrete space, whose codebook stays as it is.

    Raises:
        CodecMismatch: When the space has no codebook.
        XlvlaError: When the hand shares no finger with the space, or the loss stops being finite.
    """
    codebook = next(iter(space.hands.values())).codebook
    if codebook is None:
        raise CodecMismatch(f"{space.id} has no codebook, so it is no discrete space. Fit with xl.")
    groups, size, _ = codebook.entries.shape
    with seeded(seed) as generator:
        frozen = frozen_hands(space, hand, kinematics, preset, generator)
        new = founding_hand(hand, kinematics, replace(preset, latent=space.width), generator)
        entries = torch.from_numpy(codebook.entries.copy())
        quantiser = Quantiser(Quantisation(groups, size), generator, entries)

        def loss(_: int) -> Tensor:
            hands = [*frozen, new]
            return _loss(hands, len(frozen), quantiser, preset, generator, learning=False)

        run(loss, new.networks.parameters(), preset, progress)
    return LatentCodec(hand, space.id, kinematics, *new.networks.to_mlps(), codebook=codebook)


def _loss(
    hands: list[HandInTraining],
    first: int,
    quantiser: Quantiser | None,
    preset: Preset,
    generator: torch.Generator,
    learning: bool,
) -> Tensor:
    """The loss over every ordered pair with a hand that learns: those from `first` on."""
    postures = [hand.draw(preset.batch, generator) for hand in hands]
    codes = [hand.networks.encode(x)[0] for hand, x in zip(hands, postures, strict=True)]
    code, commitment = torch.cat(codes), torch.zeros(())
    if quantiser is not None:
        if learning:
            quantiser.learn(code.detach())
        code, commitment = quantiser(code)
    pairs, has = _sources(hands, postures, preset)
    reconstruction, alignment = [], []
    for index, (hand, x) in enumerate(zip(hands, postures, strict=True)):
        # A frozen hand hears of the learning ones only: of the others it has nothing to say.
        rows = slice(0 if index >= first else first * preset.batch, None)
        decoded = hand.networks.decode(code[rows])
        target = hand.model.deltas(hand.model.unnormalize(decoded))
        both = has[rows] & hand.model.has[1:]
        alignment.append(retarget_loss(_some(pairs, rows), target, both, preset.weights).mean())
        if index >= first:
            own = decoded[index * preset.batch : (index + 1) * preset.batch]
            reconstruction.append((own - x).square().mean())
    joints = preset.weights.reconstruction * torch.stack(reconstruction).mean()
    return joints + torch.stack(alignment).mean() + commitment


@torch.no_grad()
def _sources(
    hands: list[HandInTraining], postures: list[Tensor], preset: Preset
) -> tuple[Pairs, Tensor]:
    deltas = [h.model.deltas(h.model.unnormalize(x)) for h, x in zip(hands, postures, strict=True)]
    has = torch.cat([hand.model.has[1:].expand(preset.batch, -1) for hand in hands])
    return source_pairs(torch.cat(deltas), preset.weights), has


def _some(pairs: Pairs, rows: slice) -> Pairs:
    return Pairs(*(values[rows] for values in vars(pairs).values()))


@torch.no_grad()
def _codes(hands: list[HandInTraining], preset: Preset, generator: torch.Generator) -> list[Tensor]:
    return [hand.networks.encode(hand.draw(preset.batch, generator))[0] for hand in hands]
