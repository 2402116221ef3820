"""Datasets that no robot recorded: made by simulation, drawn later, played again."""

from xlvla_sdk.synthesis.rendering import RenderPlan, render
from xlvla_sdk.synthesis.replaying import Replayed, replay, replay_decoded
from xlvla_sdk.synthesis.synthesizing import Synthesized, SynthPlan, synthesize

__all__ = [
    "RenderPlan",
    "Replayed",
    "SynthPlan",
    "Synthesized",
    "render",
    "replay",
    "replay_decoded",
    "synthesize",
]
