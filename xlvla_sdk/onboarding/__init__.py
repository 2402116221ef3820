"""A hand joins the latent space: found if it already has, trained if not. torch loads on training."""

from xlvla_sdk.onboarding.finding import find_codec, locate_codec
from xlvla_sdk.onboarding.mapping import LearnedMap, learn_map
from xlvla_sdk.onboarding.onboard import onboard
from xlvla_sdk.onboarding.registering import register
from xlvla_sdk.onboarding.report import OnboardReport
from xlvla_sdk.onboarding.task import TaskGain, TaskRecording, task_recording

__all__ = [
    "LearnedMap",
    "OnboardReport",
    "TaskGain",
    "TaskRecording",
    "find_codec",
    "learn_map",
    "locate_codec",
    "onboard",
    "register",
    "task_recording",
]
