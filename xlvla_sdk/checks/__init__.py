"""One function a check: of a URDF, of a spec, of a codec. None of them trains or opens a device."""

from xlvla_sdk.checks.result import CheckResult
from xlvla_sdk.checks.suite import check_device, check_file

__all__ = ["CheckResult", "check_device", "check_file"]
