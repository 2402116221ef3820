"""Encoded rows are held against the joints beside them, by the codec that is here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.codecs import SPACE, layout_of, small_codec
from tests.datasets import encoded_dataset
from tests.small_hand import small_hand
from xlvla_sdk.data.arrow import pq
from xlvla_sdk.data.checking_rows import check_rows
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.finding import Verdict


def test_rows_as_they_were_encoded_are_right(tmp_path: Path):
    hand = small_hand(tmp_path)
    codecs, layout = {hand.id: small_codec(hand)}, layout_of(hand)
    made = encoded_dataset(tmp_path, layout, codecs)
    found = check_rows(made, {layout.embodiment.name: layout}, codecs)
    assert [(one.check, one.verdict) for one in found] == [
        ("codec", Verdict.OK),
        ("rows", Verdict.OK),
    ]


def test_rows_that_are_not_their_joints_are_placed(tmp_path: Path):
    hand = small_hand(tmp_path)
    codecs, layout = {hand.id: small_codec(hand)}, layout_of(hand)
    made = encoded_dataset(tmp_path, layout, codecs)
    path = made.episodes[1].path
    table = pq.read_table(path)
    rows = np.array(table.column("action").to_pylist())
    rows[made.episodes[1].start + 5, 1] += 0.25
    at = table.schema.get_field_index("action")
    pq.write_table(table.set_column(at, "action", [rows.tolist()]), path)
    (wrong,) = (
        one
        for one in check_rows(Dataset.open(made.root), {layout.embodiment.name: layout}, codecs)
        if one.verdict is Verdict.FAIL
    )
    assert wrong.check == "rows"
    assert "by 0.25 at most (action[1] of episode 1, row 5)" in wrong.what


def test_another_codec_space_or_body_is_named(tmp_path: Path):
    hand = small_hand(tmp_path)
    codecs, layout = {hand.id: small_codec(hand)}, layout_of(hand)
    made = encoded_dataset(tmp_path, layout, codecs)
    name = layout.embodiment.name
    changed = replace(codecs[hand.id], space="toy@99999999")
    found = check_rows(made, {name: layout}, {hand.id: changed})
    assert [one.check for one in found if one.verdict is Verdict.FAIL] == ["codec"]
    other = layout_of(hand, space="toy@99999999")
    (space,) = check_rows(made, {name: other}, codecs)
    assert f"rows are in {SPACE}, the space here is toy@99999999" in space.what
    (body,) = check_rows(made, {}, codecs)
    assert body.what == f"{name} is not registered here."
