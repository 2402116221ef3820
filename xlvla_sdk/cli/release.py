"""`xlvla release`: a device without control."""

from __future__ import annotations

from xlvla_sdk.cli.hardware import AddressOf, DeviceName, Places, SdkPython, StationFile, driver_of
from xlvla_sdk.cli.output import note


def release(
    device: DeviceName,
    address: AddressOf = None,
    station: StationFile = None,
    sdk_python: SdkPython = None,
) -> None:
    """Stop a device and give up control of it.

    What that means is the device's: a hand leaves its programming mode or goes limp, the G1's arms
    go back, slowly, to the robot's own controller. Support what could fall.

    \b
    Examples:
      xlvla release ability:right --address serial:/dev/ttyUSB0
    """
    from xlvla_sdk.drivers import SafeDriver
    from xlvla_sdk.policy import WallClock

    safe = SafeDriver(driver_of(device, Places(address, station, sdk_python)), WallClock().now)
    try:
        safe.open()
        safe.release()
    finally:
        safe.close()
    note(f"{device}: released")
