"""The table of the benchmarks: reads pytest-benchmark's JSON, prints it, writes RESULTS.md.

    python benches/report.py runs/bench.json benches/RESULTS.md

Times are the shortest of a benchmark's rounds: whatever else a machine does can only add to them.
"""

import argparse
import json
from pathlib import Path
from typing import NamedTuple

OURS = "kinefuse"


class Timing(NamedTuple):
    """One benchmark: seconds for one item, and what it says about itself."""

    group: str
    by: str
    threads: int | None
    seconds: float
    median: float
    bytes: float | None
    context: bool
    rounds: int

    @property
    def name(self) -> str:
        if self.by != OURS or self.threads is None:
            return self.by
        return f"{self.by}, {self.threads} thread{'s' if self.threads > 1 else ''}"


class Row(NamedTuple):
    """One group: kinefuse on one thread and on all, its best peer."""

    group: str
    one: Timing | None
    many: Timing | None
    peer: Timing | None


def read_timing(entry: dict) -> Timing:
    """Read one benchmark of the JSON file."""
    info = entry["extra_info"]
    items = info.get("items", 1)
    return Timing(
        group=entry["group"] or entry["name"],
        by=info.get("by", entry["name"].partition("[")[0].rpartition("_")[2]),
        threads=info.get("threads"),
        seconds=entry["stats"]["min"] / items,
        median=entry["stats"]["median"] / items,
        bytes=info["bytes"] / items if "bytes" in info else None,
        context=info.get("context", False),
        rounds=entry["stats"]["rounds"],
    )


def group_timings(timings: list[Timing]) -> list[Row]:
    """Put the timings of each group side by side, in the order they ran."""
    rows = []
    for group in dict.fromkeys(t.group for t in timings):
        found = [t for t in timings if t.group == group]
        ours = sorted((t for t in found if t.by == OURS), key=lambda t: t.threads or 1)
        peers = sorted(
            (t for t in found if t.by != OURS and not t.context), key=lambda t: t.seconds
        )
        one = next((t for t in ours if (t.threads or 1) == 1), None)
        many = next((t for t in reversed(ours) if (t.threads or 1) > 1), None)
        rows.append(Row(group, one, many, peers[0] if peers else None))
    return rows


def format_seconds(seconds: float) -> str:
    """Three digits and a unit: ``2.87 ms``."""
    units = ((1, "s"), (1e3, "ms"), (1e6, "µs"), (1e9, "ns"))
    factor, unit = next((u for u in units if seconds * u[0] >= 1), units[-1])
    value = seconds * factor
    return f"{value:.{max(0, 2 - len(str(int(value))) + 1)}f} {unit}"


def format_ratio(ours: Timing | None, peer: Timing | None) -> str:
    """How many times as fast as the peer."""
    if ours is None or peer is None:
        return ""
    ratio = peer.seconds / ours.seconds
    return f"{ratio:.2f}×" if ratio < 3 else f"{ratio:.1f}×" if ratio < 100 else f"{ratio:.0f}×"


def format_share(timing: Timing | None, bandwidth: dict[str, float]) -> str:
    """Bytes a second, as a share of what a plain copy on as many threads reaches."""
    if timing is None or timing.bytes is None:
        return ""
    copy = bandwidth.get(str(timing.threads or 1), bandwidth["1"])
    return f"{100 * timing.bytes / timing.seconds / copy:.0f} %"


def table(header: list[str], rows: list[list[str]]) -> list[str]:
    """A Markdown table whose columns also line up as plain text."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]

    def line(cells: list[str]) -> str:
        first, *rest = zip(cells, widths, strict=True)
        padded = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]
        return f"| {' | '.join(padded)} |"

    rule = [("-" * w if i == 0 else "-" * (w - 1) + ":") for i, w in enumerate(widths)]
    return [line(header), f"| {' | '.join(rule)} |", *(line(row) for row in rows)]


def summarize(result: dict) -> list[str]:
    """One line for each group: what most readers want."""
    bandwidth = result["kinefuse"]["copy_bandwidth"]
    rows = group_timings([read_timing(entry) for entry in result["benchmarks"]])
    many = max((row.many.threads for row in rows if row.many), default=1)
    header = ["", "1 thread", f"{many} threads", "best peer", "", "× 1", f"× {many}", "copy"]
    lines = []
    for row in rows:
        ours = row.one or row.many
        if ours is None:
            continue
        lines.append(
            [
                row.group,
                format_seconds(row.one.seconds) if row.one else "",
                format_seconds(row.many.seconds) if row.many else "",
                row.peer.by if row.peer else "none",
                format_seconds(row.peer.seconds) if row.peer else "",
                format_ratio(row.one, row.peer),
                format_ratio(row.many, row.peer),
                format_share(ours, bandwidth),
            ]
        )
    return table(header, lines)


def list_all(result: dict) -> list[str]:
    """Every benchmark, peers that were not the best too."""
    bandwidth = result["kinefuse"]["copy_bandwidth"]
    timings = [read_timing(entry) for entry in result["benchmarks"]]
    lines = []
    for group in dict.fromkeys(t.group for t in timings):
        for i, t in enumerate(t for t in timings if t.group == group):
            times = [format_seconds(t.seconds), format_seconds(t.median), str(t.rounds)]
            copy = format_share(t, bandwidth)
            lines.append([group if i == 0 else "", t.name, *times, copy])
    return table(["", "by", "shortest", "median", "rounds", "copy"], lines)


def make_page(result: dict) -> str:
    """The whole of RESULTS.md."""
    about = result["kinefuse"]
    run = dict(about["run"])
    machine = [run.pop(key) for key in ("cpu", "cores", "instructions", "memory", "system")]
    others = {k: v for k, v in run.items() if k not in ("command", "date", "threads")}
    versions = ", ".join(f"{name} {version}" for name, version in others.items())
    copies = ", ".join(
        f"{value / 1e9:.1f} GB/s on {n} thread{'s' if n != '1' else ''}"
        for n, value in sorted(about["copy_bandwidth"].items())
    )
    absent = [f"- {a['group']}: {a['peer']} ({a['reason']})" for a in about["absent"]]
    lines = [
        "# Benchmarks",
        "",
        f"`{run['command']}` on {run['date']}: {machine[0]}, {machine[1]} cores, "
        f"{', '.join(machine[2:])}. {versions}.",
        "",
        "The shortest of several rounds; everybody on the same data in one run, float32 where",
        "nothing else is said, and checked to agree before anything was timed. `×` is how many",
        "times as fast as the best peer. `copy` is the share of the bandwidth of a plain copy in",
        f"memory (read and written: {copies}); above 100 % the data stayed in the caches.",
        "",
        *summarize(result),
        "",
        "## Everybody",
        "",
        *list_all(result),
        "",
    ]
    if absent:
        lines += ["## Not timed", "", *absent, ""]
    return "\n".join(lines)


def main() -> None:
    """Print the table; write the page where told to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("result", type=Path, help="what --benchmark-json wrote")
    parser.add_argument("page", type=Path, nargs="?", help="the page to write")
    options = parser.parse_args()
    result = json.loads(options.result.read_text())
    print("\n".join(summarize(result)))
    for a in result["kinefuse"]["absent"]:
        print(f"not timed in {a['group']}: {a['peer']} ({a['reason']})")
    if options.page:
        options.page.write_text(make_page(result))
        print(f"written to {options.page}")


if __name__ == "__main__":
    main()
