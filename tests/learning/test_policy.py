from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.learning.demonstrations import HORIZON, PROMPT, WIDTH
from xlvla_sdk.errors import DataError, PolicyError
from xlvla_sdk.learning.files import CARD, WEIGHTS
from xlvla_sdk.learning.network import FlowNetwork
from xlvla_sdk.learning.policy import TrainedPolicy
from xlvla_sdk.learning.samples import Samples
from xlvla_sdk.messages import Observation
from xlvla_sdk.policy import OpenPIClient, PolicyServer, RemotePolicy

CAN = np.array([0.1, -0.1, 0.05, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0])


def asked(**change: object) -> Observation:
    said = {"state": np.zeros(WIDTH), "time_s": 0.0, "prompt": PROMPT, "things": {"can": CAN}}
    return Observation(**{**said, **change})


def test_its_rows_are_those_that_it_learned_from(trained: Path, samples: Samples):
    policy = TrainedPolicy(trained)
    chunk = policy.infer(asked())
    assert (chunk.rows.shape, chunk.layout, chunk.dt) == ((HORIZON, WIDTH), "xl-1", 0.05)
    assert np.isfinite(chunk.rows).all()
    assert policy.metadata == samples.metadata
    np.testing.assert_array_equal(policy.infer(asked()).rows, chunk.rows)
    elsewhere = policy.infer(asked(things={"can": np.array([-0.2, *CAN[1:]])})).rows
    assert np.abs(elsewhere - chunk.rows).max() > 1e-4


def test_answers_begin_in_the_middle_of_noise_or_in_what_is_drawn(
    trained: Path, monkeypatch: pytest.MonkeyPatch
):
    begun: list[torch.Tensor] = []
    whole = FlowNetwork.unfold

    def unfold(network: FlowNetwork, told: Any, noise: torch.Tensor, steps: int) -> torch.Tensor:
        begun.append(noise.clone())
        return whole(network, told, noise, steps)

    monkeypatch.setattr(FlowNetwork, "unfold", unfold)
    answers = [TrainedPolicy(trained, drawn=drawn).infer(asked()).rows for drawn in (None, 1, 1, 2)]
    assert not begun[0].any()
    assert 0.8 < begun[1].std() < 1.2
    assert torch.equal(begun[1], begun[2])
    assert not torch.equal(begun[1], begun[3])
    np.testing.assert_array_equal(answers[1], answers[2])
    assert np.abs(answers[0] - answers[1]).max() > 1e-4


def test_it_answers_on_one_thread_and_leaves_its_caller_as_many_as_before(
    trained: Path, monkeypatch: pytest.MonkeyPatch
):
    policy, seen = TrainedPolicy(trained), []
    whole = FlowNetwork.unfold

    def unfold(*told: Any) -> torch.Tensor:
        seen.append(torch.get_num_threads())
        return whole(*told)

    monkeypatch.setattr(FlowNetwork, "unfold", unfold)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        policy.infer(asked())
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert seen == [1]


def test_it_is_served_as_it_is(trained: Path):
    policy = TrainedPolicy(trained)
    with (
        PolicyServer(policy, port=0) as server,
        RemotePolicy(OpenPIClient(server.uri), patient=True) as remote,
    ):
        assert remote.metadata == policy.metadata
        rows = remote.infer(asked()).rows
    np.testing.assert_allclose(rows, policy.infer(asked()).rows, atol=1e-5)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"state": np.zeros(32)}, "is 32 wide; it was trained on rows of xl-1, 41 wide"),
        ({"things": {}}, "sees by where things are"),
        ({"things": {"can": np.nan * CAN}}, "wanted are nine"),
        ({"prompt": None}, "was not told what to do"),
        ({"prompt": "open sesame"}, "knows no word"),
    ],
)
def test_what_it_cannot_answer_is_refused(trained: Path, change: dict, words: str):
    with pytest.raises(PolicyError, match=words):
        TrainedPolicy(trained).infer(asked(**change))


def test_a_folder_without_a_whole_policy_is_refused(trained: Path, tmp_path: Path):
    with pytest.raises(DataError, match="holds no policy"):
        TrainedPolicy(tmp_path)
    for name in (CARD, WEIGHTS):
        shutil.copy(trained / name, tmp_path / name)
    card = json.loads((tmp_path / CARD).read_text())
    (tmp_path / CARD).write_text(json.dumps({**card, "weights": "0" * 64}))
    with pytest.raises(DataError, match="are not the weights that"):
        TrainedPolicy(tmp_path)
    (tmp_path / CARD).write_text(json.dumps({**card, "shape": {}}))
    with pytest.raises(DataError, match="is damaged"):
        TrainedPolicy(tmp_path)
