"""The command `xlvla`: one file a verb, no logic of its own."""

from xlvla_sdk.cli.app import app, main

__all__ = ["app", "main"]
