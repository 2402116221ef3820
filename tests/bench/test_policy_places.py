from __future__ import annotations

import numpy as np
import torch

from bench.policy_places import Places, _taught
from tests.learning.blobs import picture
from xlvla_sdk.data.pictures import squared


def test_where_a_blob_is_can_be_taught():
    sides = np.random.default_rng(0).uniform(-1.0, 1.0, 60)
    seen = np.stack([squared(picture(side), 16) for side in sides])[:, None]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = Places(1, 1)
        _taught(network, seen, sides[:, None].astype(np.float32), 60, 16)
        with torch.inference_mode():
            missed = network(torch.from_numpy(seen))[:, 0].numpy() - sides
    assert np.abs(missed).mean() < 0.25
