"""Templates to one self-contained HTML document, with styles and script within.

Used by ``page`` and ``comparison``. The page's policy forbids every request and admits one script,
by its digest: text that came from a person or a table could not run even if it were not escaped.
"""

import base64
import hashlib
from typing import Any

import jinja2
from markupsafe import Markup

__all__ = ["render_document"]

_SCRIPT = "report.js"


def render_document(template: str, content: dict[str, Any]) -> str:
    """Return a template drawn with its content; every value in it is escaped.

    Args:
        template: name of a file in ``templates`` that extends ``shell.html.j2``.
        content: what the template asks for.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("azuraforge_core.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    script = _source(environment, _SCRIPT)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return environment.get_template(template).render(
        content,
        script=Markup(script),  # noqa: S704 - our own file, not a value
        script_digest=f"sha256-{digest}",
    )


def _source(environment: jinja2.Environment, name: str) -> str:
    if environment.loader is None:
        raise RuntimeError("the templates' environment has a loader")
    return environment.loader.get_source(environment, name)[0]
