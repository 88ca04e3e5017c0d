"""The page in a real browser: it answers pointer and keys, asks for nothing, excludes nobody."""

import dataclasses
import shutil
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from azuraforge_core.report.compared_run import label_runs
from azuraforge_core.report.comparison import render_comparison
from azuraforge_core.report.facts import ReportFacts
from azuraforge_core.report.page import render_report

OpenPage = Callable[..., Page]
SHOWN = "#forecasts figure:not([hidden])"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return Debian's Chromium, started once."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        pytest.skip("Chromium is missing, so the page was not tried: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def pages(facts: ReportFacts, ridge_facts: ReportFacts, tmp_path: Path) -> dict[str, Path]:
    """Return a report and a comparison as files."""
    changed = dataclasses.replace(facts.settings[-1], value="0.01")
    other = dataclasses.replace(facts, settings=(*facts.settings[:-1], changed))
    runs = label_runs([("one", facts), ("two", other), ("ridge", ridge_facts)])
    content = {"report": render_report(facts), "comparison": render_comparison(runs)}
    for name, text in content.items():
        (tmp_path / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: tmp_path / f"{name}.html" for name in content}


@pytest.fixture
def open_page(browser: Browser, pages: dict[str, Path]) -> Iterator[OpenPage]:
    """Return a function that opens one of the pages; whatever it says or asks for is a failure."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def open_one(name: str, **settings: object) -> Page:
        context = browser.new_context(**settings)  # type: ignore[arg-type]  # passed through
        contexts.append(context)
        page = context.new_page()
        address = pages[name].as_uri()
        page.on("console", lambda message: troubles.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
        page.on(
            "request",
            lambda request: None if request.url == address else troubles.append(request.url),
        )
        page.goto(address)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.mark.parametrize("name", ["report", "comparison"])
def test_a_phone_shows_all_without_scrolling_sideways(name: str, open_page: OpenPage) -> None:
    """At 390 pixels the page is no wider than the screen."""
    page = open_page(name, viewport={"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_reader_picks_a_window(open_page: OpenPage) -> None:
    """One chart is shown at a time; the list, the buttons and Show all change which."""
    page = open_page("report")
    charts = page.locator(SHOWN)
    assert charts.count() == 1
    first = charts.locator("figcaption").inner_text()
    page.locator("#forecasts select").last.select_option(index=2)
    assert charts.locator("figcaption").inner_text().startswith("Largest error")
    for button in ("Previous", "Previous"):
        page.get_by_role("button", name=button).first.click()
    assert charts.locator("figcaption").inner_text() == first
    page.get_by_role("button", name="Show all").first.click()
    assert charts.count() == 4


def test_a_pointer_reads_values_out(open_page: OpenPage) -> None:
    """Over the plot the nearest point's time and values stand beside the pointer."""
    page = open_page("report")
    plot = page.locator(f"{SHOWN} .plot")
    plot.scroll_into_view_if_needed()
    plot.hover()
    tip = plot.locator(".tip")
    assert tip.is_visible()
    assert "°F" in tip.inner_text()
    page.mouse.move(1, 1)
    assert not tip.is_visible()


def test_keys_read_values_out_and_zoom(open_page: OpenPage) -> None:
    """The arrow keys walk along the points for ears and eyes; plus looks closer, Escape away."""
    page = open_page("report")
    scrub = page.locator(f"{SHOWN} .scrub")
    scrub.focus()
    before = scrub.get_attribute("aria-valuetext") or ""
    page.keyboard.press("ArrowRight")
    after = scrub.get_attribute("aria-valuetext") or ""
    assert before != after
    assert "PatchTST" in after
    assert "95 % interval" in after
    page.keyboard.press("+")
    figure = page.locator(SHOWN)
    assert "zoomed" in (figure.get_attribute("class") or "")
    page.keyboard.press("Escape")
    assert "zoomed" not in (figure.get_attribute("class") or "")


def test_the_horizon_is_looked_at_closely(open_page: OpenPage) -> None:
    """A button leaves the history out, and a drag along the plot does the same for any stretch."""
    page = open_page("report")
    near = page.get_by_role("button", name="Horizon only")
    near.click()
    figure = page.locator(SHOWN)
    assert "zoomed" in (figure.get_attribute("class") or "")
    assert figure.locator(".horizon").get_attribute("x") == "0%"
    near.click()
    assert "zoomed" not in (figure.get_attribute("class") or "")
    box = figure.locator(".plot").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 60, steps=4)
    page.mouse.up()
    assert "zoomed" in (figure.get_attribute("class") or "")
    figure.get_by_role("button", name="Show all of it").click()
    assert "zoomed" not in (figure.get_attribute("class") or "")


def test_without_scripts_all_is_there(open_page: OpenPage) -> None:
    """Every window and every table is reachable where scripts are switched off."""
    page = open_page("report", java_script_enabled=False)
    assert page.locator(SHOWN).count() == 4
    assert page.locator("#forecasts svg[role=img]").last.is_visible()
    page.locator("#forecasts summary").first.click()
    assert page.locator("#forecasts table").first.is_visible()
    assert page.get_by_role("button").count() == 0


def test_the_reader_chooses_light_or_dark(open_page: OpenPage) -> None:
    """The page follows the system until the reader switches."""
    page = open_page("report", color_scheme="dark")
    colour = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(colour) == "rgb(20, 23, 27)"
    page.get_by_role("button", name="Light").click()
    assert page.evaluate(colour) == "rgb(255, 255, 255)"
    assert page.get_by_role("button", name="Dark").is_visible()


@pytest.mark.parametrize("name", ["report", "comparison"])
def test_axe_finds_nothing(name: str, open_page: OpenPage) -> None:
    """Deque's axe finds no barrier in light or dark, folds opened, wide or narrow."""
    axe = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
    for scheme, width in (("light", 1280), ("dark", 390)):
        page = open_page(name, color_scheme=scheme, viewport={"width": width, "height": 900})
        page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
        page.evaluate(axe)
        found = page.evaluate("axe.run().then((result) => result.violations)")
        assert [(one["id"], [node["html"] for node in one["nodes"][:2]]) for one in found] == []


def test_paper_has_folds_open_and_no_controls(open_page: OpenPage, tmp_path: Path) -> None:
    """Printed, defaults are listed, every window is there, and nothing is left to click."""
    page = open_page("report", color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.get_by_text("Passes over the training windows").is_visible()
    assert page.locator("#forecasts svg[role=img]").last.is_visible()
    assert not page.get_by_role("button").first.is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    paper = tmp_path / "report.pdf"
    page.pdf(path=paper, format="A4")
    assert paper.read_bytes().startswith(b"%PDF")
