"""The worlds that a dataset's episodes were simulated in, built again."""

from __future__ import annotations

from functools import lru_cache

from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.rows import PHYSICS
from xlvla_sdk.data.simulated import Simulated
from xlvla_sdk.errors import DataError
from xlvla_sdk.registry import registry
from xlvla_sdk.sim import World, build_world
from xlvla_sdk.sim.physics import engine_name, model_hash
from xlvla_sdk.sim.tasks import find_task
from xlvla_sdk.specs import Station


class Worlds:
    """Builds worlds once; a dataset has few, and they follow one another."""

    def __init__(self) -> None:
        self._built = lru_cache(4)(_built)

    def of(self, place: Simulated, where: str) -> World:
        """The world that an episode took place in.

        Args:
            place: What the dataset notes of it.
            where: What messages call the episode.

        Raises:
            UnknownDevice, SpecError: No such body or task any more.
            DataError: What is built now is another world.
        """
        world, hashed = self._built(place.embodiment, place.task, _station(place))
        if hashed != place.model:
            raise DataError(
                f"{where}: was simulated in another world than {place.embodiment} at {place.task} is "
                f"now (model {place.model[:8]} then, {hashed[:8]} now; {place.engine} then, "
                f"{engine_name()} now): a device, the scene or its cameras have changed. Install "
                "the SDK and the plugins that made it, or run `xlvla data synth` again.",
                model=hashed,
            )
        return world


def simulated_place(dataset: Dataset, index: int) -> Simulated:
    """Where an episode took place; DataError when it was not simulated."""
    place = dataset.simulated(index)
    if place is None:
        raise DataError(
            f"{dataset.root}, episode {index}: was not simulated, or nobody noted where "
            "(meta/xlvla.json). `xlvla data synth` makes datasets that say it, and encode, merge, "
            "convert and decode keep it.",
            episode=index,
        )
    return place


def require_physics(dataset: Dataset) -> None:
    """Refuses a dataset without the states of a simulation; DataError."""
    if PHYSICS not in dataset.info.features:
        raise DataError(
            f"{dataset.root}: holds no states of a simulation (column '{PHYSICS}'), so nothing can be "
            "drawn. `xlvla data synth` makes datasets with them; decoding to another body, or "
            "merging several, leaves them out: render before that.",
            column=PHYSICS,
        )


def _station(place: Simulated) -> str:
    return Station.model_validate(dict(place.station)).model_dump_json()


def _built(embodiment: str, task: str, station: str) -> tuple[World, str]:
    lab = Station.model_validate_json(station)
    world = build_world(registry().embodiment(embodiment), lab, find_task(task).scene)
    return world, model_hash(world.model)
