"""The workers: one thread inside each, and none inherited by a forked process."""

from __future__ import annotations

import os

import pytest
import torch

from xlvla_sdk.latent.threads import one_thread, workers


def test_every_worker_works_on_one_thread():
    found = list(workers().map(lambda _: torch.get_num_threads(), range(8)))
    assert set(found) == {1}


def test_one_thread_inside_and_as_many_as_before_after():
    before = torch.get_num_threads()
    with one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_process_has_workers_of_its_own():
    assert list(workers().map(str, range(2))) == ["0", "1"]
    child = os.fork()
    if child == 0:  # a pool whose threads are gone would wait for ever
        answer = workers().submit(str, 3).result(timeout=20)
        os._exit(0 if answer == "3" else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
