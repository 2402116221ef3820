"""A hand joins the latent space: found if it already has, trained if not. torch loads on training."""

from xlvla_sdk.onboarding.finding import find_codec, locate_codec
from xlvla_sdk.onboarding.onboard import onboard
from xlvla_sdk.onboarding.registering import register
from xlvla_sdk.onboarding.report import OnboardReport

__all__ = ["OnboardReport", "find_codec", "locate_codec", "onboard", "register"]
