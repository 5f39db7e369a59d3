import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from kinefuse.evaluate.report import Embedding, Report, Result


def report(**changes):
    runs = [
        Result(
            method=method,
            modality="both",
            labels="1/class",
            accuracy=accuracy,
            macro_f1=accuracy,
            windows=4,
            label_seed=seed,
            per_subject={"2": accuracy},
            confusion=[[2, 0], [1, 1]],
        )
        for method, base in (("cmc", 0.8), ("supervised", 0.5))
        for seed, accuracy in enumerate([base, base + 0.1])
    ]
    values = {"title": "Demo", "dataset": "d", "protocol": "p", "classes": ("sit", "walk")}
    return Report(**{**values, "results": runs, **changes})


class Addresses(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found += [value for name, value in attrs if name in ("src", "href")]


def test_the_page_needs_no_other_file():
    page = report(
        embeddings=[
            Embedding(title="e", features=np.eye(6, dtype="f4"), labels=np.array([0, 1] * 3))
        ]
    ).to_html()
    addresses = Addresses()
    addresses.feed(page)
    assert len(addresses.found) == 4
    assert all(address.startswith("data:image/svg+xml;base64,") for address in addresses.found)
    assert "@import" not in page
    assert "url(" not in page


def test_the_table_holds_mean_and_deviation_of_each_method():
    page = report().to_html()
    assert "85.0 ± 7.1" in page
    assert "55.0 ± 7.1" in page


def test_text_from_outside_is_escaped():
    evil = "</script><script>alert(1)</script>"
    page = report(
        title=evil, notes=[evil], recipe=evil, classes=(evil, "b"), run={"command": evil}
    ).to_html()
    assert "<script>alert" not in page


def test_the_numbers_lie_in_the_page_and_beside_it(tmp_path):
    before = report(run={"command": "kinefuse demo"}, recipe='name = "x"')
    path = before.write(tmp_path / "new" / "report.html")
    beside = json.loads(path.with_suffix(".json").read_text())
    within = re.search(
        r'<script type="application/json" id="data">(.*?)</script>', path.read_text()
    )
    assert json.loads(within[1]) == beside == before.to_dict()
    assert sorted(p.name for p in path.parent.iterdir()) == ["report.html", "report.json"]


def test_a_report_that_cannot_be_made_leaves_the_old_one(tmp_path):
    path = report().write(tmp_path / "report.html")
    old = path.read_text()
    with pytest.raises(ValueError, match="finite"):
        report(
            embeddings=[
                Embedding(title="e", features=np.full((6, 2), np.nan), labels=np.zeros(6, int))
            ]
        ).write(path)
    assert path.read_text() == old


def test_a_report_without_results_says_so():
    assert "No result." in report(results=()).to_html()
