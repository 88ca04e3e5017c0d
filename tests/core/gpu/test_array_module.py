"""What the core asks of an array module is there in NumPy and in CuPy; no GPU is needed to see."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import azuraforge_core

cupy = pytest.importorskip("cupy", reason="CuPy is not installed (extra `gpu`)")

CORE = Path(azuraforge_core.__file__).parent
NAMES_OF_THE_MODULE = frozenset({"xp", "_xp"})
ONLY_ON_THE_GPU = frozenset({"asnumpy", "get_default_memory_pool"})
"""What NumPy lacks and is asked for only behind a look at the device."""
KEYWORDS_OF_CUPY_UFUNCS = frozenset({"out", "dtype", "casting"})


class Use(NamedTuple):
    """One use of the array module: `xp.name`, with a call's keywords where it is called."""

    place: str
    name: str
    keywords: frozenset[str]


def _is_array_module(node: ast.expr) -> bool:
    if isinstance(node, ast.Name):
        return node.id in NAMES_OF_THE_MODULE
    if isinstance(node, ast.Attribute):
        return node.attr in NAMES_OF_THE_MODULE
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "array_module"
    )


def _dotted_use(node: ast.expr) -> str | None:
    """Return `lib.stride_tricks.x` for `xp.lib.stride_tricks.x`, None for anything else."""
    if not isinstance(node, ast.Attribute):
        return None
    if _is_array_module(node.value):
        return node.attr
    before = _dotted_use(node.value)
    return None if before is None else f"{before}.{node.attr}"


def uses_in(source: str, place: str) -> Iterator[Use]:
    """Yield every use of the array module in a file's source."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and (name := _dotted_use(node.func)) is not None:
            keywords = frozenset(word.arg for word in node.keywords if word.arg is not None)
            yield Use(f"{place}:{node.lineno}", name, keywords)
        elif isinstance(node, ast.Attribute) and (name := _dotted_use(node)) is not None:
            yield Use(f"{place}:{node.lineno}", name, frozenset())


def refusal(use: Use, module: Any) -> str | None:
    """Return why a module does not serve a use, or None."""
    if module is np and use.name in ONLY_ON_THE_GPU:
        return None
    found = module
    for part in use.name.split("."):
        if not hasattr(found, part):
            return f"{use.place}: {module.__name__} has no {use.name}"
        found = getattr(found, part)
    unknown = sorted(use.keywords - _keywords_of(found, use.keywords))
    if unknown:
        return f"{use.place}: {module.__name__}.{use.name} takes no {', '.join(unknown)}"
    return None


def _keywords_of(function: Any, otherwise: frozenset[str]) -> frozenset[str]:
    if isinstance(function, cupy.ufunc):
        return KEYWORDS_OF_CUPY_UFUNCS
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):  # NumPy's built-in functions tell no signature
        return otherwise
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return otherwise
    return frozenset(parameters)


def test_every_use_of_the_array_module_is_served_by_both() -> None:
    """A function or keyword that only NumPy has fails here and not on the first GPU."""
    uses = [
        use
        for path in sorted(CORE.rglob("*.py"))
        for use in uses_in(path.read_text(encoding="utf-8"), str(path.relative_to(CORE)))
    ]
    assert len(uses) > 100
    assert [why for use in uses for module in (np, cupy) if (why := refusal(use, module))] == []


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("xp.nanargmax_of(x)", "here:1: cupy has no nanargmax_of"),
        ("device.xp.add(x, y, where=z)", "here:1: cupy.add takes no where"),
        ("array_module(x).zeros(3, order='C', like=x)", "here:1: cupy.zeros takes no like"),
        ("self._xp.lib.stride_tricks.no(x)", "here:1: cupy has no lib.stride_tricks.no"),
    ],
)
def test_what_cupy_lacks_is_found(source: str, why: str) -> None:
    """The check itself finds a missing function, a missing keyword and a missing submodule's."""
    assert why in [refusal(use, cupy) for use in uses_in(source, "here")]
