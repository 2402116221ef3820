"""One page about a hand that joined, for whoever is to use it; needs the extra `sim`."""

from xlvla_sdk.reporting.onboarding import onboard_with_page
from xlvla_sdk.reporting.page import write_page

__all__ = ["onboard_with_page", "write_page"]
