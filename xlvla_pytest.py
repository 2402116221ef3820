"""What a package's tests share under pytest: where a real device stands, for those that need one.

pytest loads this module wherever xlvla-sdk is installed (entry point group `pytest11`), in runs that are
not about it, too. It stands outside the package and imports nothing but pytest, so that it costs
nothing there, and measures of coverage and hooks of imports still see the package being imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from xlvla_sdk.drivers import Address

MODULE = "_with_device"
"""How the files end that hold a device's hardware tests: `test_ability_with_device.py`."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--device-address",
        action="append",
        default=[],
        metavar="DEVICE=ADDRESS",
        help="A real device for its hardware tests, which move it: "
        "ability:right=serial:/dev/ttyUSB0. Once a device.",
    )


@pytest.fixture
def real_device(request: pytest.FixtureRequest) -> tuple[str, str]:
    """The device's id and its address, as given; skipped without one for this file's device."""
    name = request.path.stem.removeprefix("test_").removesuffix(MODULE)
    for text in request.config.getoption("--device-address") or []:
        device, equals, address = text.partition("=")
        if not equals or "/" in device:
            raise pytest.UsageError(f"--device-address {text}: write DEVICE=ADDRESS.")
        if device.partition(":")[0] == name:
            return device, address
    pytest.skip(f"moves a real device; give --device-address {name}:right=ADDRESS")


@pytest.fixture
def device_id(real_device: tuple[str, str]) -> str:
    """The real device's id, such as `ability:right`."""
    return real_device[0]


@pytest.fixture
def device_address(real_device: tuple[str, str]) -> Address:
    """The real device's address; the test is skipped unless `--device-address` gives one."""
    from xlvla_sdk.drivers import Address

    return Address.parse(real_device[1])
