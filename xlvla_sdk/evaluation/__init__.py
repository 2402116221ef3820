"""A policy on tasks: success rates, counted in simulation."""

from xlvla_sdk.evaluation.evaluating import evaluate
from xlvla_sdk.evaluation.interval import wilson_interval
from xlvla_sdk.evaluation.judge import Judge
from xlvla_sdk.evaluation.report import EpisodeResult, EvaluationReport
from xlvla_sdk.evaluation.trial import EvaluationSettings

__all__ = [
    "EpisodeResult",
    "EvaluationReport",
    "EvaluationSettings",
    "Judge",
    "evaluate",
    "wilson_interval",
]
