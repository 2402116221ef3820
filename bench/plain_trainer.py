"""A plain trainer of the paper's recipe, to be timed beside ours.

Written as the method reads: forward kinematics of every link by pytorch_kinematics, and one pass
for each ordered pair of hands. Networks, sampling and losses are those of preset `paper`; on the
same batch its loss is ours.
"""

from __future__ import annotations

import contextlib
import io
import logging
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from xlvla_sdk.kinematics import shared_kinematics
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.kinematics.reference import without_mujoco
from xlvla_sdk.kinematics.screws import joint_drives
from xlvla_sdk.latent.networks import Networks
from xlvla_sdk.latent.presets import Preset
from xlvla_sdk.latent.training import HandInTraining, pinch_stock
from xlvla_sdk.specs import FINGERS, HandSpec, Side


class PlainKinematics:
    """A right hand's fingertips by `pytorch_kinematics.forward_kinematics`.

    It ignores <mimic>, so the joints that follow are filled in here. The wrist link has to be the
    URDF's root.
    """

    def __init__(self, spec: HandSpec) -> None:
        if spec.side is not Side.RIGHT or spec.wrist_link != spec.model.root:
            raise SystemExit(f"{spec.id}: the plain trainer takes right hands from their root on.")
        self.chain = _chain(spec)
        drives = joint_drives(spec.model, spec.joints)
        follows = [drives.get(n, (0, 0.0, 0.0)) for n in self.chain.get_joint_parameter_names()]
        self.columns = torch.tensor([column for column, _, _ in follows])
        self.multiplier = torch.tensor([multiplier for _, multiplier, _ in follows])
        self.offset = torch.tensor([offset for _, _, offset in follows])
        self.links = [spec.tip_links[finger] for finger in spec.fingers]
        self.frames = self.chain.get_frame_indices(*self.links)
        T = torch.tensor(spec.T_wrist_palm, dtype=torch.float64).inverse().float()
        self.rotation, self.shift = T[:3, :3], T[:3, 3]
        self.fingers = tuple(spec.fingers)
        self.lower, self.upper = (torch.tensor(limit).float() for limit in spec.limits)

    def tips(self, normalized: Tensor) -> dict[str, Tensor]:
        """Fingertips in the palm frame [m], each (batch, 3), by finger."""
        qpos = self.lower + (normalized + 1.0) / 2.0 * (self.upper - self.lower)
        all_joints = qpos[:, self.columns] * self.multiplier + self.offset
        poses = self.chain.forward_kinematics(all_joints, self.frames)
        return {
            finger: poses[link].get_matrix()[:, :3, 3] @ self.rotation.T + self.shift
            for finger, link in zip(self.fingers, self.links, strict=True)
        }


def _chain(spec: HandSpec):
    logging.getLogger("pytorch_kinematics").setLevel(logging.CRITICAL)
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        without_mujoco(),
    ):
        import pytorch_kinematics

        chain = pytorch_kinematics.build_chain_from_urdf(spec.urdf.read_bytes())
    return chain.to(dtype=torch.float32)


@dataclass
class PlainHand:
    """A hand: where its tips are, its networks, and what its postures are drawn from."""

    kinematics: PlainKinematics
    networks: Networks
    stock: HandInTraining


def plain_hand(spec: HandSpec, preset: Preset, generator: torch.Generator) -> PlainHand:
    """A hand with fresh networks, drawn as pretraining draws them."""
    kinematics = shared_kinematics(spec)
    model = TipModel(kinematics)  # for the stock of pinches alone, which is made before training
    networks = Networks(model.joints, preset.latent, preset.widths)
    stock = pinch_stock(model, preset, generator)
    sampled = HandInTraining(spec.id, kinematics, model, networks, stock, preset.edges)
    return PlainHand(PlainKinematics(spec), networks, sampled)


class PlainTrainer:
    """One optimiser over all hands, a pass for each ordered pair."""

    def __init__(self, hands: list[PlainHand], preset: Preset, generator: torch.Generator) -> None:
        self.hands, self.preset, self.generator = hands, preset, generator
        weights = [p for hand in hands for p in hand.networks.parameters()]
        self.optimiser = torch.optim.AdamW(weights, lr=preset.rate)

    def step(self) -> float:
        """One optimiser step; returns its loss."""
        self.optimiser.zero_grad()
        loss = self.loss()
        loss.backward()
        self.optimiser.step()
        return loss.item()

    def loss(self) -> Tensor:
        """The paper's loss of a fresh batch."""
        weights = self.preset.weights
        batches = [hand.stock.draw(self.preset.batch, self.generator) for hand in self.hands]
        codes = [h.networks.encode(x) for h, x in zip(self.hands, batches, strict=True)]
        latents = [self._sample(mean, log_variance) for mean, log_variance in codes]
        reconstruction = torch.zeros(())
        prior = torch.zeros(())
        alignment = []
        for hand, x, latent, (mean, log_variance) in zip(
            self.hands, batches, latents, codes, strict=True
        ):
            reconstruction = reconstruction + functional.mse_loss(hand.networks.decode(latent), x)
            divergence = -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum(dim=1)
            prior = prior + divergence.mean()
            source = hand.kinematics.tips(x)
            for other in self.hands:
                if other is not hand:
                    target = other.kinematics.tips(other.networks.decode(latent))
                    alignment.append(self._pair_loss(source, target))
        count = len(self.hands)
        total = weights.reconstruction * reconstruction / count + weights.prior * prior / count
        return total + torch.stack(alignment).mean()

    def _sample(self, mean: Tensor, log_variance: Tensor) -> Tensor:
        noise = torch.randn(mean.shape, generator=self.generator)
        return mean + torch.exp(0.5 * log_variance) * noise

    def _pair_loss(self, source: dict[str, Tensor], target: dict[str, Tensor]) -> Tensor:
        weights = self.preset.weights
        fingers = [f for f in FINGERS[1:] if f in source and f in target]
        terms = []
        for finger in fingers:
            wanted = source["thumb"] - source[finger]
            reached = target["thumb"] - target[finger]
            apart = wanted.norm(dim=1)
            distance = (reached.norm(dim=1) - apart) ** 2
            direction = 1 - functional.cosine_similarity(wanted, reached, dim=1)
            tight = torch.exp(-weights.tightness * apart)
            terms.append(tight * (weights.distance * distance + weights.direction * direction))
        return torch.stack(terms).mean()
