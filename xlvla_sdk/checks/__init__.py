"""One function a check: of a URDF, a spec, a package, a codec. None of them trains or opens a device."""

from xlvla_sdk.checks.declared import Declared, Exchange, declared_by
from xlvla_sdk.checks.plan import other_side, plan
from xlvla_sdk.checks.result import Check, CheckResult, Group
from xlvla_sdk.checks.suite import check_device, check_file

__all__ = [
    "Check",
    "CheckResult",
    "Declared",
    "Exchange",
    "Group",
    "check_device",
    "check_file",
    "declared_by",
    "other_side",
    "plan",
]
