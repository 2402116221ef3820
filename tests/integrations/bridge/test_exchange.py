"""The exchange: an action that crosses a refusal on its way is refused with it, not carried out."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from xlvla_sdk.errors import PolicyError
from xlvla_sdk.integrations.bridge.exchange import Exchange

REFUSAL = PolicyError("too fast; the body holds.")


@pytest.fixture
def exchange() -> Exchange:
    return Exchange(time.monotonic, seat_s=30.0)


def test_what_was_refused_is_said_at_the_next_message(exchange: Exchange):
    client = object()
    exchange.hear(client)
    exchange.refuse(REFUSAL)
    with pytest.raises(PolicyError, match="too fast"):
        exchange.hear(client)
    exchange.hear(client)  # once


def test_an_action_heard_before_a_refusal_is_not_carried_out_after_it(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
):
    hear = exchange.hear

    def heard_then_refused(client: object) -> None:
        hear(client)
        exchange.refuse(REFUSAL)

    monkeypatch.setattr(exchange, "hear", heard_then_refused)
    with pytest.raises(PolicyError, match="too fast"):
        exchange.act(object(), np.zeros(2))
    assert exchange.next(0.0) is None


def test_an_action_that_waits_is_refused_too(exchange: Exchange):
    raised: list[Exception] = []

    def act() -> None:
        try:
            exchange.act(object(), np.zeros(2))
        except PolicyError as error:
            raised.append(error)

    client = threading.Thread(target=act)
    client.start()
    while client.is_alive():
        exchange.refuse(REFUSAL)
        client.join(0.001)
    assert raised == [REFUSAL]
    assert exchange.next(0.0) is None


def test_another_client_owes_nothing(exchange: Exchange):
    first, second = object(), object()
    exchange.hear(first)
    exchange.refuse(REFUSAL)
    exchange.leave(first)
    exchange.hear(second)
