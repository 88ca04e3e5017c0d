"""The engine loads on a machine without a GPU."""

import subprocess
import sys

PROBE = """
import importlib, pkgutil, sys
for name in ("autograd", "ops", "nn", "optim", "models"):
    package = importlib.import_module(f"azuraforge_core.{name}")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
print(sorted(name for name in sys.modules if name.partition(".")[0] in ("cupy", "cupyx", "torch")))
"""


def test_no_module_of_the_engine_imports_cupy() -> None:
    """Importing every module of the engine imports neither CuPy nor anything of CUDA."""
    found = subprocess.run(  # noqa: S603  # our own interpreter and text
        [sys.executable, "-c", PROBE], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
