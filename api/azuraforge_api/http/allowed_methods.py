"""Which methods an address takes: several routes may have it, each with some of them."""

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import compile_path

__all__ = ["allowed_methods"]


def allowed_methods(app: FastAPI, path: str) -> list[str]:
    """Return the methods that an application takes at a path, sorted."""
    found: set[str] = set()
    for route in iter_route_contexts(app.routes):
        if route.path and route.methods and compile_path(route.path)[0].match(path):
            found |= route.methods
    return sorted(found)
