"""What the GPU check times: kernel launches, and training steps beside PyTorch's where it is."""

import dataclasses
import importlib
import importlib.util
from collections.abc import Callable
from typing import Any

from benchmarks.step_cases import CASES, StepCase, azuraforge_step
from benchmarks.timing import time_step

from azuraforge_core.device import Device
from azuraforge_core.gpu.trial import TRIAL_KERNELS

__all__ = ["time_launches", "time_steps"]

_NODES = 200
_THREADS = 256

StepOfCase = Callable[[StepCase], Callable[[], None]]


def time_launches(device: Device) -> dict[str, float]:
    """Return what one kernel costs, launched from Python and within a graph, in microseconds."""
    xp = device.xp
    kernel = xp.RawKernel(TRIAL_KERNELS, "scale_and_shift")
    values = xp.zeros(_THREADS, dtype=xp.float32)
    arguments = (values, xp.float32(1), xp.float32(0), xp.int32(_THREADS))
    stream = xp.cuda.Stream(non_blocking=True)

    def launch() -> None:
        kernel((1,), (_THREADS,), arguments)

    with stream:
        launch()
        stream.synchronize()
        stream.begin_capture()
        for _ in range(_NODES):
            launch()
        graph = stream.end_capture()
        one = time_step(launch, stream.synchronize)
        whole = time_step(lambda: graph.launch(stream), stream.synchronize)
    return {
        "kernel_from_python_microseconds": one.median_microseconds,
        "kernel_in_graph_microseconds": whole.median_microseconds / _NODES,
    }


def time_steps(device: Device) -> list[dict[str, Any]]:
    """Time every case in every way; print a table while it grows and return the rows."""
    rows = []
    for case in CASES:
        print(case.name)
        ours = time_step(azuraforge_step(case, device), device.xp.cuda.Device().synchronize)
        times = {"azuraforge": dataclasses.asdict(ours)}
        _print_time("azuraforge", times["azuraforge"])
        for name, way in _torch_ways().items():
            times[name] = _torch_time(way, case)
            _print_time(name, times[name])
        rows.append({"case": case.name, "times": times})
    return rows


def _print_time(name: str, measured: dict[str, Any]) -> None:
    median = measured.get("median_microseconds")
    print(f"  {name:16} {measured['error'] if median is None else f'{median:9.1f} µs'}", flush=True)


def _torch_ways() -> dict[str, StepOfCase]:
    """Return PyTorch's ways to run a step; none where it is not installed."""
    if importlib.util.find_spec("torch") is None:
        return {}
    ways: dict[str, StepOfCase] = importlib.import_module("benchmarks.torch_baselines").WAYS
    return ways


def _torch_time(way: StepOfCase, case: StepCase) -> dict[str, Any]:
    torch = importlib.import_module("torch")
    try:
        return dataclasses.asdict(time_step(way(case), torch.cuda.synchronize))
    except Exception as error:  # noqa: BLE001 - a way that fails must not hide the others' times
        return {"error": f"{type(error).__name__}: {error}"}
