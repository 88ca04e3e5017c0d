"""The Python that a README shows: a forecast from a CSV file, without AzuraForge.

Put together from the model's own columns, step and sizes, so that it runs as it stands; a test
takes it out of the README and runs it where AzuraForge cannot be imported.
"""

from collections.abc import Iterator
from typing import Final

from azuraforge_core.export.onnx.ports import FUTURE, LOWER, TIME, Port
from azuraforge_core.store.model_manifest import ModelManifest, TimeStep

__all__ = ["AHEAD_FILE", "NEWEST_FILE", "example_lines"]

NEWEST_FILE: Final = "newest.csv"
AHEAD_FILE: Final = "ahead.csv"
_SECONDS: Final = '.astype("datetime64[s]").astype(np.int64)'
_READ: Final = 'np.loadtxt("{file}", delimiter=",", skiprows=1, dtype=str, ndmin=2)'


def example_lines(
    manifest: ModelManifest, inputs: tuple[Port, ...], outputs: tuple[Port, ...]
) -> tuple[str, ...]:
    """Return the lines of a program that uses ``model.onnx``.

    Args:
        manifest: the model.
        inputs: of the file.
        outputs: of the file.
    """
    has_bands = any(port.name == LOWER for port in outputs)
    names = [port.name for port in outputs]
    called = ", ".join(names) if has_bands else f"({names[0]},)"
    shown = (
        "forecast[0, step], lower[0, step], upper[0, step]" if has_bands else "forecast[0, step]"
    )
    wanted = ", ".join(f'"{name}"' for name in names)
    return (
        "import numpy as np",
        "import onnxruntime",
        "",
        *_reading(manifest, {port.name for port in inputs}),
        "",
        'session = onnxruntime.InferenceSession("model.onnx")',
        f"{called} = session.run([{wanted}], inputs)",
        'for step, moment in enumerate(ahead.astype("datetime64[s]")):',
        f"    print(moment, {shown})",
    )


def _reading(manifest: ModelManifest, given: set[str]) -> Iterator[str]:
    lookback, horizon = manifest.window.lookback, manifest.window.horizon
    yield f"newest = {_READ.format(file=NEWEST_FILE)}[-{lookback}:]"
    yield f"time = newest[:, 0]{_SECONDS}"
    if FUTURE in given:
        yield f"known = {_READ.format(file=AHEAD_FILE)}[:{horizon}]"
        yield f"ahead = known[:, 0]{_SECONDS}"
    else:
        yield from _times_ahead(manifest.step, horizon)
    given_time = ', "time": np.concatenate([time, ahead])[None]' if TIME in given else ""
    yield f'inputs = {{"history": newest[None, :, 1:].astype("float32"){given_time}}}'
    if FUTURE in given:
        yield 'inputs["future"] = known[None, :, 1:].astype("float32")'


def _times_ahead(step: TimeStep, horizon: int) -> Iterator[str]:
    """Yield what continues the time stamps, as `data.steps.Step.times` does."""
    rows = f"np.arange(1, {horizon + 1})"
    rows = rows if step.count == 1 else f"{step.count} * {rows}"
    match step.unit:
        case "second":
            yield f"ahead = time[-1] + {rows}"
        case "business_day":
            yield f"days = np.busday_offset(newest[-1, 0][:10], {rows})"
            yield f"ahead = days{_SECONDS} + time[-1] % 86400"
        case "month":
            yield 'month = np.datetime64(newest[-1, 0][:7], "M")'
            yield f"ahead = time[-1] + (month + {rows}){_SECONDS} - month{_SECONDS}"
        case _:
            yield 'month = np.datetime64(newest[-1, 0][:7], "M") + 1'
            yield f"ahead = (month + {rows}){_SECONDS} - 86400 + time[-1] % 86400"
