"""The verbs together, and how a command ends."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from xlvla_sdk import __version__
from xlvla_sdk.cli.bridge import bridge
from xlvla_sdk.cli.calibrate import calibrate
from xlvla_sdk.cli.cameras import cameras
from xlvla_sdk.cli.check import check
from xlvla_sdk.cli.data import app as data
from xlvla_sdk.cli.demo import demo
from xlvla_sdk.cli.devices import devices
from xlvla_sdk.cli.doctor import doctor
from xlvla_sdk.cli.emulate import emulate
from xlvla_sdk.cli.eval import evaluate as evaluate_codecs
from xlvla_sdk.cli.evaluate import evaluate
from xlvla_sdk.cli.export import export
from xlvla_sdk.cli.look import look
from xlvla_sdk.cli.move import move
from xlvla_sdk.cli.new import new
from xlvla_sdk.cli.onboard import onboard
from xlvla_sdk.cli.output import note, say
from xlvla_sdk.cli.plugins import plugins
from xlvla_sdk.cli.pretrain import pretrain
from xlvla_sdk.cli.read import read
from xlvla_sdk.cli.release import release
from xlvla_sdk.cli.retarget import retarget
from xlvla_sdk.cli.run import run
from xlvla_sdk.cli.scan import scan
from xlvla_sdk.cli.serve import serve
from xlvla_sdk.cli.tasks import tasks
from xlvla_sdk.cli.train import train
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.leaving import forget, listen

app = typer.Typer(
    name="xlvla",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> bool:
    if asked:
        say(f"xlvla-sdk {__version__}")
        raise typer.Exit
    return asked


@app.callback()
def xlvla(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """One language for every dexterous robot hand.

    Results go to stdout, progress and logs to stderr. Exit status: 0 done, 1 refused or a check
    failed, 2 the command line was not understood, 130 and 143 after Ctrl-C and SIGTERM.

    \b
    Environment:
      XLVLA_DATA             Folder of codecs, spaces and hands kept for you.
      XLVLA_PLUGINS          Names of the plugins to load; empty for none.
      XLVLA_STRICT_PLUGINS   1 stops at a plugin that cannot be used.
      XLVLA_TRAIN            0 forbids training a codec at first use.
    """


for name, verb in (
    ("devices", devices),
    ("plugins", plugins),
    ("new", new),
    ("doctor", doctor),
    ("check", check),
    ("onboard", onboard),
    ("export", export),
    ("retarget", retarget),
    ("run", run),
    ("serve", serve),
    ("bridge", bridge),
    ("tasks", tasks),
    ("evaluate", evaluate),
    ("scan", scan),
    ("cameras", cameras),
    ("look", look),
    ("read", read),
    ("move", move),
    ("release", release),
    ("calibrate", calibrate),
    ("emulate", emulate),
    ("demo", demo),
    ("eval", evaluate_codecs),
    ("pretrain", pretrain),
    ("train", train),
):
    app.command(name)(verb)
app.add_typer(data, name="data")


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Runs a command line and exits.

    Args:
        args: The words after `xlvla`; the process's own when left out.
    """
    listen()
    logging.basicConfig(stream=sys.stderr, format="%(message)s", force=True)
    logging.getLogger("xlvla_sdk").setLevel(logging.INFO)
    try:
        app(None if args is None else list(args), prog_name="xlvla")
    except XlvlaError as error:
        note(f"{type(error).__name__}: {error.message}")
    except OSError as error:
        note(f"DataError: {error.filename or 'a file'}: {error.strerror or error}.")
    finally:
        forget()
    sys.exit(1)
