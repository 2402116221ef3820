"""How shared a space is, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlvla_sdk.cli.output import columns

if TYPE_CHECKING:
    from xlvla_sdk.latent.interpolation import Gaps, Interpolation
    from xlvla_sdk.latent.prior import Prior
    from xlvla_sdk.latent.sharing import Sharing
    from xlvla_sdk.latent.smoothness import Smoothness


def sharing_tables(sharing: Sharing) -> str:
    """Matched codes, the prior and its samples, ways between pinches: three tables."""
    parts = (_matched(sharing), _prior(sharing.prior), _interpolation(sharing.interpolation))
    return "\n\n".join(parts)


def smoothness_table(smoothness: Smoothness) -> str:
    """A row for each target hand."""
    refined = smoothness.refined
    rows = [["ACCELERATION OVER SOURCE", "latent", *(["refined"] if refined is not None else [])]]
    for hand, ratio in smoothness.latent.items():
        rows.append([hand, f"{ratio:.2f}", *([f"{refined[hand]:.2f}"] if refined else [])])
    told = f"source: {smoothness.rows} rows of {smoothness.source}"
    return f"{columns(rows, right=(1, 2))}\n{told}"


def _matched(sharing: Sharing) -> str:
    keys = ("gap_matched", "gap_centred", "gap_unmatched", "distance", "read")
    keys += ("probe_matched", "probe_unmatched")
    rows, chance = [["SET", "matched", "of", *keys]], 0.0
    for name, found in sharing.sets.items():
        values = found.to_json()
        chance = values["chance"]
        cells = [_number(values[key]) for key in keys]
        rows.append([name, str(found.rows), str(found.asked), *cells])
    told = f"a probe that learnt nothing scores {chance:.3f}"
    return f"{columns(rows, right=range(1, 10))}\n{told}"


def _prior(prior: Prior) -> str:
    rows = [["PRIOR SAMPLES", "outside limits", "at limits", "tips_mm", "RT tips_mm", "ratio"]]
    for hand, decoded in prior.hands.items():
        spread = (f"{decoded.tips_mm:.1f}", f"{decoded.tips_rt_mm:.1f}", f"{decoded.ratio:.2f}")
        rows.append([hand, str(decoded.outside), f"{decoded.at_limits:.3f}", *spread])
    low, high = min(prior.mean), max(prior.mean)
    told = (
        f"{prior.samples} samples; means {low:.2f} to {high:.2f}, stds {min(prior.std):.2f} to "
        f"{max(prior.std):.2f}; codes spread over {prior.dimensions:.1f} of {len(prior.mean)} "
        "dimensions"
    )
    return f"{columns(rows, right=range(1, 6))}\n{told}"


def _interpolation(found: Interpolation) -> str:
    header = ["BETWEEN PINCHES", "ways", "ends_mm", "median_mm", "within_10mm", "worst_mm", "where"]
    rows = [
        header,
        _ways("the same hand", found.same),
        _ways("other hands", found.others),
        _ways("joints instead", found.joints),
    ]
    return columns(rows, right=range(1, 6))


def _ways(name: str, gaps: Gaps | None) -> list[str]:
    if gaps is None:
        return [name, "0", "-", "-", "-", "-", "-"]
    worst = gaps.worst
    on = "" if worst.source == worst.target else f" on {worst.target}"
    return [
        name,
        str(gaps.ways),
        f"{gaps.end_median_mm:.2f}",
        f"{gaps.median_mm:.2f}",
        f"{gaps.within_10mm:.3f}",
        f"{worst.gap_mm:.1f}",
        f"{worst.finger} of {worst.source}{on}; an end {worst.end_mm:.1f}",
    ]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
