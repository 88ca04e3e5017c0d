"""How Sphinx builds the documentation: `make docs`."""

import sys
from importlib.metadata import version as installed_version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

project = "AzuraForge"
author = "The AzuraForge authors"
copyright = f"2026, {author}"  # noqa: A001 - Sphinx's name
release = installed_version("azuraforge")
version = release

extensions = ["myst_parser", "reference_tables"]
exclude_patterns = ["_build", "_extensions", "changes"]
nitpicky = True

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"AzuraForge {release}"
html_static_path = ["_static"]
html_css_files = ["azuraforge.css"]
html_show_sourcelink = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1a56c4", "color-brand-content": "#1a56c4"},
    "dark_css_variables": {"color-brand-primary": "#86b3ff", "color-brand-content": "#86b3ff"},
}
