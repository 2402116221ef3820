"""Everything the SDK raises: what was wrong, where, and how to mend it."""

from __future__ import annotations


class XlvlaError(Exception):
    """The parent of every error of the SDK; the values it speaks of are attributes too.

    Args:
        message: What was wrong, where, and how to mend it.
        values: The values named in the message, kept as attributes.
    """

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.values = values

    def __getattr__(self, name: str) -> object:
        values = self.__dict__.get("values", {})
        if name in values:
            return values[name]
        raise AttributeError(name)


class UnknownDevice(XlvlaError):
    """No registered device has this name."""


class SpecError(XlvlaError):
    """A hand or arm is described wrongly: its URDF, limits, links, or fields."""


class LimitViolation(XlvlaError):
    """A joint stands, or was told to go, outside its limits."""


class CodecMismatch(XlvlaError):
    """A codec or a space does not fit: another hand, another space, or a damaged file."""


class DriverError(XlvlaError):
    """A device did not do what it was told, or did not answer."""


class PolicyError(XlvlaError):
    """A policy or its server failed, or speaks of another layout or space."""


class DataError(XlvlaError):
    """A recording or dataset cannot be used as it is."""


class PluginError(XlvlaError):
    """A plugin cannot be loaded, or registers something that cannot stand."""
