"""The table of `make bench`, from a file such as pytest-benchmark writes."""

import importlib.util
from pathlib import Path

import pytest

FILE = Path(__file__).parent.parent / "benches" / "report.py"


@pytest.fixture(scope="module")
def report():
    spec = importlib.util.spec_from_file_location("benches_report", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def entry(group, shortest, **info):
    stats = {"min": shortest, "median": 2 * shortest, "rounds": 7}
    return {"name": "test_x[1]", "group": group, "stats": stats, "extra_info": info}


RESULT = {
    "benchmarks": [
        entry("sort", 0.002, by="kinefuse", threads=1, bytes=10_000_000),
        entry("sort", 0.001, by="kinefuse", threads=4, bytes=10_000_000),
        entry("sort", 0.030, by="slow peer"),
        entry("sort", 0.020, by="best peer"),
        entry("sort", 0.001, by="another method", context=True),
        entry("load", 0.5, by="kinefuse", threads=1, items=100),
        entry("load", 2.0, by="peer", items=4),
        entry("alone", 3e-8, by="kinefuse", threads=1),
    ],
    "kinefuse": {
        "run": {
            "command": "make bench",
            "date": "2026-01-01 00:00 UTC",
            "cpu": "a CPU",
            "cores": "4",
            "threads": "4",
            "instructions": "avx2",
            "memory": "8 GiB",
            "system": "Linux",
            "numpy": "2.4",
        },
        "copy_bandwidth": {"1": 10e9, "4": 20e9},
        "absent": [{"group": "sort", "peer": "no_such_peer", "reason": "not installed"}],
    },
}


def cells(lines):
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_a_line_for_each_group_with_its_best_peer(report):
    header, _, *rows = cells(report.summarize(RESULT))
    assert header == ["", "1 thread", "4 threads", "best peer", "", "× 1", "× 4", "copy"]
    sort = ["sort", "2.00 ms", "1.00 ms", "best peer", "20.0 ms", "10.0×", "20.0×", "50 %"]
    load = ["load", "5.00 ms", "", "peer", "500 ms", "100×", "", ""]
    assert rows == [sort, load, ["alone", "30.0 ns", "", "none", "", "", "", ""]]


def test_the_page_names_everybody_the_machine_and_who_is_absent(report):
    page = report.make_page(RESULT)
    for part in (
        "a CPU",
        "numpy 2.4",
        "slow peer",
        "another method",
        "kinefuse, 4 threads",
        "- sort: no_such_peer",
    ):
        assert part in page
    assert "10.0 GB/s on 1 thread, 20.0 GB/s on 4 threads" in page
