"""Every way to bring a posture to another hand, measured alike.

    python -m bench.latent compare --recording teleop.npz --from inspire:right

Trains what is not shipped (LAD, VQ, preset paper) on the founding hands of the shipped space, and
measures all of it, raw joints and optimisers on the same test postures: quality, and time a row.
Given a recording, plays it through each and draws that into docs/images/compare.png. With
`--keep FOLDER` the spaces stay there, and are taken from there the next time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from time import perf_counter
from typing import Annotated

import torch
import typer

from bench.compare_rows import HEADER, compared
from bench.contestants import (
    Contestant,
    Optimised,
    Oracle,
    RawColumns,
    RawFingers,
    Refined,
    ThroughSpace,
)
from bench.dex import MISSING, DexRetargeting, available
from bench.paper_hands import SHARED, founding_hands
from bench.played import play_recording
from bench.results import machine, table, today, write_section
from xlvla_sdk.codec import LatentSpace, load_space
from xlvla_sdk.codec.space import read_space, save_space
from xlvla_sdk.kinematics import HandKinematics, shared_kinematics
from xlvla_sdk.latent.methods import RECIPES, Method, train_space
from xlvla_sdk.latent.presets import DEFAULT, PAPER, Preset
from xlvla_sdk.messages import Recording
from xlvla_sdk.onboarding.progress import training_bar
from xlvla_sdk.registry import registry
from xlvla_sdk.specs import HandSpec

HOW = {
    "ours": "encoder and decoder of the shared latent; `xlvla retarget --method latent`.",
    "preset paper": "the same networks and losses by the paper's recipe.",
    "LAD": "supervised by optimised pairs: contrastive encoders, regression decoders.",
    "VQ": "our losses through a codebook: 16 tokens of 64 a posture.",
}


def compare(
    recording: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Play this NPZ recording through each.")
    ] = None,
    source: Annotated[
        str, typer.Option("--from", metavar="HAND", help="Whose it is.")
    ] = "inspire:right",
    target: Annotated[
        str, typer.Option("--drawn", metavar="HAND", help="Which hand is drawn playing it.")
    ] = "xhand:right",
    paper_hands: Annotated[
        bool,
        typer.Option(
            "--paper-hands",
            help="On the hands published numbers were taken on; trains preset default too.",
        ),
    ] = False,
    keep: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where trained spaces stay.")
    ] = None,
    rows: Annotated[int, typer.Option(min=4, help="Test postures of a hand and set.")] = 512,
    few: Annotated[int, typer.Option(min=4, help="The same for what is slow.")] = 160,
    steps: Annotated[int | None, typer.Option(help="Fewer steps, to try the bench.")] = None,
    seed: int = 7,
    shared: Annotated[Path, typer.Option(help="Where the URDF data lies.")] = SHARED,
) -> None:
    """Ours, LAD, VQ, raw joints and optimisers: quality on RT and CP, time a row."""
    specs = _specs(paper_hands, shared)
    hands = {hand: shared_kinematics(spec) for hand, spec in specs.items()}
    notes: list[str] = []
    spaces = _spaces(hands, paper_hands, keep, steps, seed, notes)
    contestants = _contestants(spaces, hands, specs)
    notes += [f"{each.name}: {each.how}" for each in contestants]
    if not available():
        print(f"\n{MISSING}\n")
        notes.append(MISSING)
    found, test_hash = compared(contestants, hands, rows, few)
    whose = "The hands of the published numbers" if paper_hands else "The shipped founding hands"
    notes += [f"{whose}: {', '.join(hands)}; test postures {test_hash[:12]}, seed 7.", _where()]
    title = "Every method" if not paper_hands else "Every method, on the paper's hands"
    write_section("latent", title, table(HEADER, found), notes)
    if recording is not None:
        play_recording(Recording.load(recording), source, target, contestants, specs)


def _specs(paper_hands: bool, shared: Path) -> dict[str, HandSpec]:
    if paper_hands:
        return {spec.id: spec for spec in founding_hands(shared)}
    return {hand: registry().hand(hand) for hand in load_space().hands}


def _contestants(
    spaces: Mapping[str, LatentSpace],
    hands: Mapping[str, HandKinematics],
    specs: Mapping[str, HandSpec],
) -> list[Contestant]:
    ours = spaces["ours"].hands
    found: list[Contestant] = [
        ThroughSpace(name, HOW[name], space.hands) for name, space in spaces.items()
    ]
    found += [RawColumns(specs), RawFingers(hands), Refined("ours, refined", ours)]
    found += [Optimised(hands), Oracle(ours, contact=False), Oracle(ours, contact=True)]
    if available():
        found += [DexRetargeting(kind, specs) for kind in ("vector", "dexpilot")]
    return found


def _spaces(
    hands: Mapping[str, HandKinematics],
    paper_hands: bool,
    keep: Path | None,
    steps: int | None,
    seed: int,
    notes: list[str],
) -> dict[str, LatentSpace]:
    """By the name of their row; those that have to be trained are, unless they were kept."""
    wanted: dict[str, tuple[Method, Preset]] = {
        "ours": (Method.XL, DEFAULT),
        "preset paper": (Method.XL, PAPER),
        "LAD": (Method.LAD, RECIPES[Method.LAD]),
        "VQ": (Method.VQ, RECIPES[Method.VQ]),
    }
    spaces = {}
    for what, (method, preset) in wanted.items():
        if what == "ours" and not paper_hands:
            spaces[what] = load_space()
            notes.append(f"{what}: the shipped space {spaces[what].id}.")
            continue
        recipe = preset if steps is None else replace(preset, steps=steps)
        name = f"bench-{preset.name}{'-paper-hands' if paper_hands else ''}"
        spaces[what] = trained(name, method, recipe, hands, keep, seed, notes)
    return spaces


def trained(
    name: str,
    method: Method,
    preset: Preset,
    hands: Mapping[str, HandKinematics],
    keep: Path | None,
    seed: int,
    notes: list[str],
) -> LatentSpace:
    """A space of a method, taken from `keep` where it was made the same way of the same hands."""
    kept = _kept(name, preset, hands, keep, seed)
    if kept is not None:
        notes.append(f"{name}: {_recipe(preset)}, seed {seed}, {kept.card['seconds']:.0f} s.")
        return kept
    began = perf_counter()
    with training_bar(name) as told:
        space = train_space(method, hands, seed, name, told, preset)
    seconds = perf_counter() - began
    space = replace(space, card={**space.card, "seconds": seconds})
    if keep is not None:
        save_space(space, keep)
    notes.append(f"{name}: {_recipe(preset)}, seed {seed}, {seconds:.0f} s.")
    return space


def _kept(
    name: str, preset: Preset, hands: Mapping[str, HandKinematics], keep: Path | None, seed: int
) -> LatentSpace | None:
    """The space of an earlier run, where it was made the same way of the same hands."""
    path = None if keep is None else keep / f"{name}.safetensors"
    if path is None or not path.is_file():
        return None
    space = read_space(path)
    same = space.hands.keys() == hands.keys() and all(
        hands[hand].difference(codec.kinematics) is None for hand, codec in space.hands.items()
    )
    made_so = (space.card["seed"], space.card["preset"]) == (seed, _plain(preset))
    return space if same and made_so else None


def _plain(preset: Preset) -> dict[str, object]:
    """A preset as a card read from its file says it."""
    import json

    return json.loads(json.dumps(asdict(preset)))


def _recipe(preset: Preset) -> str:
    return f"{preset.steps} steps of {preset.batch}"


def _where() -> str:
    return f"{today()}, {machine()}, torch {torch.__version__}, one thread."
