"""Onboarding that leaves a page, also of a hand that is refused for being poor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from xlvla_sdk.codec import LatentSpace
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.onboarding import OnboardReport, onboard
from xlvla_sdk.reporting.page import check_can_write, write_page
from xlvla_sdk.specs import HandSpec


def onboard_with_page(page: Path, spec: HandSpec, space: LatentSpace, **how: Any) -> OnboardReport:
    """Onboards a hand and writes the page of what came of it.

    Args:
        page: Where the page goes.
        spec: The hand.
        space: The space it is to join.
        how: As `onboard` takes it.

    Raises:
        XlvlaError: As `onboard` does. Of a poor hand, which it does not save, the page is written
            all the same: it shows why. Before anything is trained when a page cannot be made.
    """
    check_can_write(page)
    try:
        report = onboard(spec, space, **how)
    except XlvlaError as error:
        if isinstance(poor := error.values.get("report"), OnboardReport):
            write_page(page, poor, spec, space)
        raise
    write_page(page, report, spec, space)
    return report
