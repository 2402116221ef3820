"""examine: every look, one after the other; none keeps the others from being taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from xlvla_sdk.doctor import codecs, machine, plugins, versions
from xlvla_sdk.doctor.health import Health
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.registry import Registry

Look = Callable[[], Health | Iterable[Health]]


def examine(found: Registry) -> Iterator[Health]:
    """Everything that a doctor looks at, in the order in which it is best mended.

    Args:
        found: The devices of this process.
    """
    looks: list[tuple[str, Look]] = [
        ("python", versions.look_at_python),
        ("packages", versions.look_at_packages),
        ("extras", versions.look_at_extras),
        ("computing", machine.look_at_computing),
        ("drawing", machine.look_at_drawing),
        ("ports", machine.look_at_ports),
        ("data folder", machine.look_at_data_folder),
        ("plugins", lambda: plugins.look_at_plugins(found)),
        ("codecs", lambda: codecs.look_at_codecs(found)),
    ]
    for name, look in looks:
        yield from taken(name, look)


def taken(name: str, look: Look) -> Iterator[Health]:
    """What a look finds; one that ends in an error is a failure, and says so."""
    try:
        found = look()
        yield from [found] if isinstance(found, Health) else list(found)
    except XlvlaError as error:
        what, _, mend = error.message.partition(". ")
        yield Health(name, "fail", what.rstrip("."), mend or None)
    except (OSError, ImportError) as error:
        text = f"{type(error).__name__}: {error}"
        yield Health(name, "fail", text, "Install xlvla-sdk again: `pip install xlvla-sdk`.")
