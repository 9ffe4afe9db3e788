"""The figures of a run: medians over its rounds, ratios to pgbench, as JSON and as a table for people."""

import os
import platform
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks import market, pgbench
from benchmarks.load import Measured

# Leads a second for each transaction a second of pgbench: what is wanted now, and what later work wants.
AIMS = {"single": (0.3, 1.0), "batch": (1.0, 3.0)}
NOTES = (
    "The job worker does not run while this is measured: delivery jobs are written, not carried out.",
    "Database, web server and client share this machine; fsync and synchronous_commit are on.",
    "A round's ratio is to the mean of pgbench right before and right after it; all figures are medians of rounds.",
)


@dataclass(frozen=True, slots=True)
class Round:
    """One round: pgbench's transactions a second before and after, and the two loads between them."""

    before: float
    single: Measured
    batch: Measured
    after: float

    def ratio(self, name: str) -> float:
        """Leads a second of that load for each transaction a second of pgbench."""
        measured: Measured = getattr(self, name)
        return measured.leads_per_second / ((self.before + self.after) / 2)


def figures(rounds: Sequence[Round], settings: dict[str, Any], books: str) -> dict[str, Any]:
    """All that was measured, as JSON values."""
    tps = [rounds[0].before, *(r.after for r in rounds)]
    return {
        "machine": {
            "processors": os.cpu_count(),
            "system": platform.platform(),
            "python": platform.python_version(),
        },
        "settings": settings,
        "pgbench": {"tps": round(median(tps), 1), "runs": [round(one, 1) for one in tps]},
        "single": _load([r.single for r in rounds]) | _ratios("single", rounds),
        "batch": _load([r.batch for r in rounds]) | _ratios("batch", rounds),
        "books": books,
        "notes": list(NOTES),
    }


def table(told: dict[str, Any]) -> str:
    """The figures for a terminal."""
    settings = told["settings"]
    lines = [
        "",
        f"{settings['orders']:,} orders, {market.ADVERTISERS} advertisers, {len(market.FIELDS)} verticals, "
        f"{market.PUBLISHERS} publishers",
        f"PostgreSQL {settings['postgres']}, {told['machine']['processors']} processors",
        "",
        f"{'':34}{'per second':>12}{'p50 ms':>10}{'p99 ms':>10}{'ratio':>8}{'aim':>6}{'later':>7}",
        f"{'pgbench TPC-B, 32 connections':34}{told['pgbench']['tps']:>12,.0f}{'':20}{1:>8.2f}",
    ]
    for name in AIMS:
        load = told[name]
        title = f"{name}, {settings[name]['connections']} connections × {settings[name]['leads']:,}"
        lines.append(
            f"{title:34}{load['leads_per_second']:>12,.0f}{load['p50_ms']:>10,.1f}{load['p99_ms']:>10,.1f}"
            f"{load['ratio']:>8.2f}{load['aim']:>6.1f}{load['later_aim']:>7.1f}   {load['met']}"
        )
    lines.append("")
    for name in AIMS:
        mix = ", ".join(f"{verdict} {share:.1%}" for verdict, share in told[name]["verdicts"].items())
        lines.append(f"verdicts, {name}: {mix}")
    lines += ["", *told["notes"], f"books check: {told['books']}", ""]
    return "\n".join(lines)


def _load(runs: Sequence[Measured]) -> dict[str, Any]:
    verdicts: Counter[str] = sum((run.verdicts for run in runs), Counter())
    return {
        "leads_per_second": round(median(run.leads_per_second for run in runs), 1),
        "p50_ms": round(median(run.percentile(50) for run in runs), 2),
        "p99_ms": round(median(run.percentile(99) for run in runs), 2),
        "runs": [round(run.leads_per_second, 1) for run in runs],
        "leads": verdicts.total(),
        "verdicts": {verdict: round(count / verdicts.total(), 4) for verdict, count in verdicts.most_common()},
    }


def _ratios(name: str, rounds: Sequence[Round]) -> dict[str, Any]:
    ratio = round(median(r.ratio(name) for r in rounds), 3)
    aim, later = AIMS[name]
    met = "both aims met" if ratio >= later else "aim met" if ratio >= aim else "AIM MISSED"
    return {"ratio": ratio, "aim": aim, "later_aim": later, "met": met, "yardstick": f"pgbench -s {pgbench.SCALE}"}
