"""Loads the example vendor package: a hand that no installed plugin has."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from xlvla_sdk.errors import PluginError

MODULE = "xlvla_acme_h11"
PLACES = (
    Path(__file__).with_name(MODULE),  # in a wheel: package data
    Path(__file__).parents[2] / "examples" / "acme_h11" / MODULE,  # in a checkout
)


def load_example_plugin(places: tuple[Path, ...] = PLACES) -> ModuleType:
    """The example vendor's module, as if its distribution were installed.

    Args:
        places: Folders of the package; the first that is there is taken.

    Raises:
        PluginError: When the package is in none of the places, or cannot be imported.
    """
    if MODULE in sys.modules:
        return sys.modules[MODULE]
    return _imported(_found(places))


def _found(places: tuple[Path, ...]) -> Path:
    for folder in places:
        if (folder / "__init__.py").is_file():
            return folder
    raise PluginError(
        f"the example hand's package '{MODULE}' is not in {' or '.join(map(str, places))}. "
        "Install xlvla-sdk again, or run from a whole checkout.",
        places=places,
    )


def _imported(folder: Path) -> ModuleType:
    file = folder / "__init__.py"
    spec = spec_from_file_location(MODULE, file, submodule_search_locations=[str(folder)])
    assert spec is not None  # a .py file always has a loader
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[MODULE] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[MODULE]
        raise PluginError(
            f"the example hand's package {folder} cannot be imported: "
            f"{type(error).__name__}: {error}. Mend it, or install xlvla-sdk again."
        ) from error
    return module
