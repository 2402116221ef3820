"""All that a hand has to keep to before others are given it: docs/guides/ship.md of xlvla-sdk."""

from __future__ import annotations

from xlvla_sdk.testing import HandKit

import xlvla_acme_h11


class TestAcmeH11(HandKit):
    """Manifest, description, kinematics, wire, safety, codec, docs; every side."""

    device = "acme_h11"
    plugin = xlvla_acme_h11
