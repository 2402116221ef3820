"""A URDF with links added for fingertips that have none."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import IO, Any, NoReturn


@dataclass(frozen=True)
class TipFrame:
    """A link at a fingertip: its name, the link that carries it, and its place there [m]."""

    name: str
    parent: str
    xyz: tuple[float, float, float]


def with_tip_frames(text: str, frames: Sequence[TipFrame]) -> str:
    """The URDF with a link and a fixed joint for each frame, put before its end.

    Args:
        text: The URDF; not a letter of it is changed.
        frames: What to add.
    """
    if not frames:
        return text
    lines = ["  <!-- Added by `xlvla new`: fingertips that the maker's file has no link for. -->"]
    for frame in frames:
        xyz = " ".join(f"{number:.6g}" for number in frame.xyz)
        lines += [
            f'  <link name="{frame.name}"/>',
            f'  <joint name="{frame.name}_joint" type="fixed">',
            f'    <parent link="{frame.parent}"/>',
            f'    <child link="{frame.name}"/>',
            f'    <origin xyz="{xyz}" rpy="0 0 0"/>',
            "  </joint>",
        ]
    before, end, after = text.rpartition("</robot>")
    return "\n".join([before.rstrip(), *lines, end]) + after


class UrdfText(Traversable):
    """A URDF that is not written yet, read as if it were a file.

    Args:
        origin: The maker's file, which messages name.
        text: What it says.
    """

    def __init__(self, origin: Path, text: str) -> None:
        self._origin = origin
        self._text = text

    def __str__(self) -> str:
        return str(self._origin)

    @property
    def name(self) -> str:
        return self._origin.name

    def read_bytes(self) -> bytes:
        return self._text.encode()

    def read_text(self, encoding: str | None = None) -> str:  # noqa: ARG002
        return self._text

    def open(self, mode: str = "r", *args: Any, **kwargs: Any) -> IO[Any]:  # noqa: ARG002
        return io.BytesIO(self.read_bytes()) if "b" in mode else io.StringIO(self._text)

    def is_file(self) -> bool:
        return True

    def is_dir(self) -> bool:
        return False

    def iterdir(self) -> Iterator[Traversable]:
        raise NotADirectoryError(str(self))

    def joinpath(self, *descendants: Any) -> NoReturn:  # noqa: ARG002
        raise NotADirectoryError(str(self))

    def __eq__(self, other: object) -> bool:
        mine = (self._origin, self._text)
        return isinstance(other, UrdfText) and mine == (other._origin, other._text)

    def __hash__(self) -> int:
        return hash((self._origin, self._text))
