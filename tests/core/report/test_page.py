"""The page is one self-contained, accessible, harmless document."""

import base64
import dataclasses
import hashlib
import math
import re
from enum import Enum
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from azuraforge_core.report.facts import DeviceFacts, EpochFacts, ReportFacts, TargetScore
from azuraforge_core.report.page import render_report, write_report

VOID = {"meta", "link", "br", "img", "input", "hr"}
HOSTILE = """<script>alert("x")</script><img src=x onerror=alert(1)>'&{{ 7*7 }}"""


class _Page(HTMLParser):
    """Every element with its attributes and the text inside; fails on a wrong nesting."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.scripts: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] == ["script"]:
            self.scripts.append(data)
        elif self._open[-1:] != ["style"]:
            self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def words(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.text))


def test_the_page_shows_what_was_trained_and_the_verdict(facts: ReportFacts) -> None:
    """Name, verdict, scores, data quality, settings and machine are on the page."""
    words = _Page(render_report(facts)).words
    for expected in (
        "nyc-temperature",
        "6 % better than ridge",
        "0.083",
        "3.63 °F",
        "Seasonal naive",
        "all columns, λ 1000",
        "Median error",
        "best: epoch 14",
        "pressure lacks 9.3 %",
        "window.lookback",
        "58,328",
        "204 MiB",
        "Xeon",
        "2.4.6",
    ):
        assert expected in words


def test_the_page_needs_nothing_but_itself(facts: ReportFacts) -> None:
    """No link to another file or host, and a policy that forbids any request or foreign script."""
    text = render_report(facts)
    page = _Page(text)
    names = {name for name, _ in page.elements}
    assert names.isdisjoint({"link", "iframe", "img", "object", "embed", "base", "form"})
    references = [
        value or ""
        for _, attributes in page.elements
        for name, value in attributes.items()
        if name in {"href", "src", "srcset", "action", "xlink:href", "data"}
    ]
    assert all(reference.startswith("#") for reference in references)
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", text)
    assert not re.search(r"fetch\(|XMLHttp|WebSocket|eval\(|innerHTML|localStorage", text)
    policy = next(m for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
    (script,) = page.scripts
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    content = policy["content"] or ""
    assert "default-src 'none'" in content
    assert f"script-src 'sha256-{digest}';" in content
    assert len(script) < 15_000


def test_the_page_is_accessible(facts: ReportFacts) -> None:
    """Headings descend, tables have captions and scopes, pictures have texts, names are unique."""
    page = _Page(render_report(facts))
    identifiers = [a["id"] for _, a in page.elements if "id" in a]
    assert len(identifiers) == len(set(identifiers))
    targets = {(a.get("href") or "").removeprefix("#") for a in page.all("a")}
    labels = {i for _, a in page.elements for i in (a.get("aria-labelledby") or "").split()}
    assert (targets | labels) <= set(identifiers)
    assert len(page.all("h1")) == 1
    assert len(page.all("caption")) == len(page.all("table")) > 5
    assert {cell.get("scope") for cell in page.all("th")} == {"col", "row"}
    pictures = [svg for svg in page.all("svg") if svg.get("role") == "img"]
    assert len(pictures) == len(page.all("desc")) == len(page.all("figcaption")) - 3 == 13
    assert all(len((svg.get("aria-labelledby") or "").split()) == 2 for svg in pictures)
    assert page.all("html")[0]["lang"] == "en"


def test_hostile_text_is_text(facts: ReportFacts) -> None:
    """Whatever text comes from a person or a table, in any field, is shown and never run."""
    hostile, fields = _hostile(facts)
    assert fields > 150
    page = _Page(render_report(hostile))
    assert not page.all("img")
    assert len(page.all("script")) == 1
    assert HOSTILE not in page.scripts[0]
    assert not any(name.startswith("on") for _, a in page.elements for name in a)
    assert page.words.count(HOSTILE) > 100


KEPT = {"kind", "role", "unit", "time_zone", "history_times", "times", "first_time", "last_time"}
"""Fields whose values are ours: names of a closed list, and times in one form."""


def _hostile(value: Any, name: str = "") -> tuple[Any, int]:
    """Return the facts with every free text replaced, and how many there were."""
    if isinstance(value, str) and not isinstance(value, Enum):
        return (value, 0) if name in KEPT else (HOSTILE, 1)
    if isinstance(value, tuple):
        found = [_hostile(item, name) for item in value]
        return tuple(item for item, _ in found), sum(number for _, number in found)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        found = [_hostile(getattr(value, field), field) for field in names]
        changed = {field: item for field, (item, _) in zip(names, found, strict=True)}
        return type(value)(**changed), sum(number for _, number in found)
    if isinstance(value, BaseModel):
        changed = {
            field: _hostile(getattr(value, field), field) for field in type(value).model_fields
        }
        update = {field: item for field, (item, _) in changed.items()}
        return value.model_copy(update=update), sum(number for _, number in changed.values())
    return value, 0


def test_a_model_without_epochs_has_a_sentence_instead_of_curves(ridge_facts: ReportFacts) -> None:
    """A closed-form model's page names how its settings were chosen and draws no curve."""
    words = _Page(render_report(ridge_facts)).words
    assert "fitted in one pass" in words
    assert "λ 1000 had the least validation MSE." in words
    assert "41 % better than last value" in words


def test_a_diverged_run_still_has_a_report(facts: ReportFacts) -> None:
    """NaN scores and losses are shown as such; nothing is drawn from them."""
    score = dataclasses.replace(facts.score, mse=math.nan, mae=math.nan, mse_by_step=())
    epochs = (EpochFacts(1, math.nan, math.nan, 1e-3, 1.0, is_best=False),) * 2
    words = _Page(render_report(dataclasses.replace(facts, score=score, epochs=epochs))).words
    assert "Not usable: its test error is not a number" in words


def test_many_targets_have_a_table_of_their_own(facts: ReportFacts) -> None:
    """With several targets the scaled errors lead and the units follow by target."""
    targets = tuple(TargetScore(f"load_{index}", "MW", 4.0, 1.5) for index in range(20))
    score = dataclasses.replace(facts.score, targets=targets)
    words = _Page(render_report(dataclasses.replace(facts, score=score))).words
    assert "Errors in original units, by target (20)" in words
    assert "load_19 1.50 MW 2.00 MW" in words


def test_a_bare_run_renders(facts: ReportFacts) -> None:
    """A run without windows, baselines, phases or settings leaves no empty section."""
    bare = dataclasses.replace(
        facts,
        baselines=(),
        windows=(),
        settings=(),
        timing=dataclasses.replace(facts.timing, phases=(), samples_per_second=None, steps=0),
    )
    bare = dataclasses.replace(bare, findings=None)
    words = _Page(render_report(bare)).words
    assert "Forecast against truth" not in words
    assert "The job file sets nothing" in words
    assert "Not compared with any baseline" in words


def test_a_gpu_run_names_the_gpu(facts: ReportFacts) -> None:
    """A GPU's name, memory and capability stand in the environment."""
    gpu = DeviceFacts("gpu", "NVIDIA H200", 150_000_000_000, "CUDA 12.9", "9.0")
    ran = dataclasses.replace(
        facts,
        run=dataclasses.replace(facts.run, attempt=2, resumed_from_step=1200),
        environment=dataclasses.replace(facts.environment, device=gpu),
        memory=dataclasses.replace(facts.memory, peak_gpu_bytes=3 * 2**30),
    )
    words = _Page(render_report(ran)).words
    assert "GPU, NVIDIA H200, 140 GiB, compute capability 9.0, CUDA 12.9" in words
    assert "3, resumed from step 1,200" in words
    assert "Peak memory on the GPU 3 GiB" in words


def test_the_file_is_small_and_equal_for_equal_facts(facts: ReportFacts, tmp_path: Path) -> None:
    """Writing makes the folder, gives the path, and the bytes depend on the facts alone."""
    first = write_report(facts, tmp_path / "a" / "report")
    second = write_report(facts, tmp_path / "b")
    assert first == tmp_path / "a" / "report" / "report.html"
    assert first.read_bytes() == second.read_bytes()
    assert (tmp_path / "b" / "facts.json").exists()
    assert first.stat().st_size < 300_000


def test_the_fullest_page_is_below_its_limit(facts: ReportFacts) -> None:
    """As many points as a run shows at most, four targets and intervals: below 1.5 MB."""
    assert facts.findings is not None
    trace = facts.windows[0].traces[0]
    times = tuple(
        f"2024-{1 + i // 672:02d}-{1 + i // 24 % 28:02d}T{i % 24:02d}:00:00" for i in range(288)
    )
    values = tuple(20 + 11.37 * math.sin(i / 7.3) for i in range(288))
    band = facts.windows[0].traces[0].bands[0]
    long = dataclasses.replace(
        trace,
        history_times=times[:192],
        history=values[:192],
        times=times[192:],
        truth=values[192:],
        forecast=values[96:192],
        baseline=values[:96],
        bands=(dataclasses.replace(band, lower=values[:96], upper=values[192:]),) * 2,
    )
    traces = tuple(dataclasses.replace(long, target=f"target {i}") for i in range(4))
    windows = tuple(dataclasses.replace(facts.windows[0], traces=traces) for _ in range(3))
    findings = dataclasses.replace(facts.findings, residuals=facts.findings.residuals * 4)
    full = dataclasses.replace(facts, windows=windows, findings=findings)
    assert 400_000 < len(render_report(full).encode()) < 1_500_000
