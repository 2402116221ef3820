"""What is wrong with an encoded dataset: another space, another codec, rows that are not their joints'."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.episode import Episode
from xlvla_sdk.data.finding import Finding, fail, ok
from xlvla_sdk.data.rows import ACTION, ACTION_JOINTS, STATE, STATE_JOINTS
from xlvla_sdk.data.sidecar import Body, codec_hash
from xlvla_sdk.errors import LimitViolation
from xlvla_sdk.layouts import Layout

SAME = 1e-3
"""Rows and joints are kept in float32, so they agree to about 1e-6; a codec that was trained anew
differs by far more than this."""
_AGAIN = "Encode the dataset anew: `xlvla data encode` reads the joints beside the rows."


def check_rows(
    dataset: Dataset, layouts: Mapping[str, Layout], codecs: Mapping[str, LatentCodec]
) -> list[Finding]:
    """Checks that rows are what installed codecs make of the joints beside them.

    Args:
        dataset: Encoded.
        layouts: Of each of its bodies, by embodiment, without those that are not registered here.
        codecs: Of their hands, by id.

    Raises:
        DataError: A file is missing or damaged.
    """
    sidecar = dataset.sidecar
    assert sidecar is not None
    found: list[Finding] = []
    for number, body in enumerate(sidecar.bodies):
        layout = layouts.get(body.embodiment)
        if layout is None:
            found.append(
                fail("body", f"{body.embodiment} is not registered here.", "Install its plugin.")
            )
        elif layout.space != sidecar.space:
            found.append(
                fail(
                    "space",
                    f"rows are in {sidecar.space}, the space here is {layout.space}.",
                    f"Say --space {sidecar.space} if it is installed. {_AGAIN}",
                )
            )
        else:
            found += _codecs(body, codecs)
            found += _rows(dataset, layout, body, number)
    return found


def _codecs(body: Body, codecs: Mapping[str, LatentCodec]) -> list[Finding]:
    found = []
    for hand, noted in body.codecs.items():
        if hand in codecs and codec_hash(codecs[hand]) != noted:
            said = (
                f"{hand} was encoded by codec {noted[:8]}, here is {codec_hash(codecs[hand])[:8]}."
            )
            found.append(fail("codec", said, _AGAIN))
        else:
            found.append(ok("codec", f"{hand} is encoded by the codec that is here ({noted[:8]})"))
    return found


def _rows(dataset: Dataset, layout: Layout, body: Body, number: int) -> list[Finding]:
    """Every row of a body's episodes against its joints; the worst is told."""
    sidecar = dataset.sidecar
    assert sidecar is not None
    worst, where, rows = 0.0, "", 0
    for episode in dataset:
        if sidecar.episodes[episode.info.index] != number:
            continue
        for name, joints in ((STATE, STATE_JOINTS), (ACTION, ACTION_JOINTS)):
            try:
                apart = _apart(dataset, episode, layout, body, name, joints)
            except LimitViolation as error:
                return [fail("limits", f"episode {episode.info.index}: {error.message}", _AGAIN)]
            if apart.max() > worst:
                row, column = np.unravel_index(int(apart.argmax()), apart.shape)
                worst = float(apart.max())
                where = f"{name}[{column}] of episode {episode.info.index}, row {row}"
        rows += len(episode)
    if worst > SAME:
        said = (
            f"{body.embodiment}: rows are not what the codec makes of the joints beside them, by "
        )
        return [fail("rows", f"{said}{worst:.3g} at most ({where}).", _AGAIN)]
    return [ok("rows", f"{body.embodiment}: {rows} rows are their joints' within {worst:.1g}")]


def _apart(
    dataset: Dataset, episode: Episode, layout: Layout, body: Body, name: str, joints: str
) -> np.ndarray:
    kept = episode.numbers(joints, dataset.feature(joints))[:, : len(body.joints)]
    rows = episode.numbers(name, dataset.feature(name))
    return np.abs(layout.encode(kept.astype(float)) - rows)
