"""Address: where a device is, as one text that a person writes and a driver reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from urllib.parse import parse_qsl, urlencode

from xlvla_sdk.errors import DriverError

EXAMPLES = "serial:/dev/ttyUSB0?baud=115200&id=1, or modbus-tcp://192.168.11.210:6000"

ON, OFF = ("on", "yes", "true", "1"), ("off", "no", "false", "0")
"""What an option that switches something may be, in small letters or large ones."""


@dataclass(frozen=True)
class Address:
    """`wire:place?option=value&...`; `wire://host:port` for what is on a network.

    Attributes:
        wire: How the device is spoken to, as its plugin names it: `serial`, `modbus-tcp`.
        place: A port (`/dev/ttyUSB0`), or a host with or without its port number.
        options: The rest, as written; each driver says which it knows.
    """

    wire: str
    place: str
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @staticmethod
    def parse(text: str) -> Address:
        """Reads an address; DriverError when it is none."""
        wire, colon, rest = text.partition(":")
        place, _, query = rest.removeprefix("//").partition("?")
        if not colon or not wire or not place:
            raise DriverError(f"'{text}' is no address. Write one such as {EXAMPLES}.")
        try:
            pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
        except ValueError as error:
            raise DriverError(f"'{text}': after '?' come options, as in {EXAMPLES}.") from error
        if len(dict(pairs)) < len(pairs):
            raise DriverError(f"'{text}': an option is given twice. Leave one out.")
        return Address(wire, place, MappingProxyType(dict(pairs)))

    def __str__(self) -> str:
        slashes = "" if self.place.startswith("/") else "//"
        query = f"?{urlencode(self.options, safe='/:')}" if self.options else ""
        return f"{self.wire}:{slashes}{self.place}{query}"

    def having(self, key: str, value: str) -> Address:
        """With an option more, unless it has that already."""
        return replace(self, options=MappingProxyType({key: value, **self.options}))

    @property
    def host(self) -> str:
        """The place without its port number."""
        return self.place.rpartition(":")[0] or self.place

    def port(self, default: int) -> int:
        """The place's port number; DriverError when it is none."""
        _, colon, number = self.place.rpartition(":")
        return self._integer("the port number", number) if colon else default

    def integer(
        self, key: str, default: int, least: int | None = None, most: int | None = None
    ) -> int:
        """An option that is a whole number, from least to most; DriverError when it is none."""
        if key not in self.options:
            return default
        value = self._integer(f"'{key}'", self.options[key])
        if (least is not None and value < least) or (most is not None and value > most):
            ends = f"{'' if least is None else least} to {'' if most is None else most}".strip()
            raise self._refusal(key, f"Give {ends}.")
        return value

    def number(self, key: str, default: float, mend: str = "Give a number, above zero.") -> float:
        """An option that is a number above zero; DriverError, ending with `mend`, when it is none."""
        if key not in self.options:
            return default
        try:
            value = float(self.options[key])
        except ValueError:
            value = float("nan")
        if not 0.0 < value < float("inf"):
            raise self._refusal(key, mend)
        return value

    def seconds(self, key: str, default: float) -> float:
        """An option that is a time above zero [s]; DriverError when it is none."""
        return self.number(key, default, "Give seconds, above zero.")

    def flag(self, key: str, default: bool = False) -> bool:
        """An option that is on or off, in one of the words for that; DriverError for another."""
        if key not in self.options:
            return default
        text = self.options[key].lower()
        if text not in ON + OFF:
            raise self._refusal(key, "Give on or off.")
        return text in ON

    def choice(self, key: str, default: str, known: Sequence[str]) -> str:
        """An option that is one of some words; DriverError, naming them, for another."""
        value = self.options.get(key, default)
        if value not in known:
            raise self._refusal(key, f"Give {', '.join(known[:-1])} or {known[-1]}.")
        return value

    def only(self, *keys: str) -> None:
        """DriverError, naming what there is, for an option that the driver does not know."""
        if unknown := [key for key in self.options if key not in keys]:
            known = f"It knows {', '.join(keys)}" if keys else "It knows none"
            raise DriverError(f"{self}: there is no option '{unknown[0]}' on this wire. {known}.")

    def _refusal(self, key: str, mend: str) -> DriverError:
        return DriverError(f"{self}: '{key}' is {self.options[key]!r}. {mend}", option=key)

    def _integer(self, what: str, text: str) -> int:
        try:
            return int(text, 0)
        except ValueError as error:
            raise DriverError(f"{self}: {what} is {text!r}. Give a whole number.") from error
