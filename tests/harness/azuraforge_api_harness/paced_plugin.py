"""A plugin whose trainers tell a step at a steady pace for as long as a file is there.

A real distribution in a folder that ``PYTHONPATH`` names; what it trains then is a real model.
"""

from pathlib import Path

__all__ = ["PIPELINE", "write_paced_plugin"]

PIPELINE = "paced"


def write_paced_plugin(site: Path, *, while_there: Path, events_per_second: float) -> None:
    """Write the plugin.

    Args:
        site: a folder for the process's path.
        while_there: training ends when this file is gone.
        events_per_second: the pace.
    """
    information = site / "paced_plugin-1.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: paced\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text(
        f"[azuraforge.pipelines]\n{PIPELINE} = paced_plugin:Paced\n"
    )
    source = _SOURCE.format(path=str(while_there), pause=1.0 / events_per_second, name=PIPELINE)
    (site / "paced_plugin.py").write_text(source)


_SOURCE = """
import pathlib
import time

from azuraforge_core.pipelines.forecast import ForecastPipeline
from azuraforge_core.pipelines.forecast_run import ForecastRun
from azuraforge_core.training.facts import StepFacts


class PacedRun(ForecastRun):
    def fit(self):
        context = self._setup.context
        go_on = pathlib.Path({path!r})
        began = time.monotonic()
        step = 0
        while go_on.exists():
            step += 1
            context.observer.step_finished(
                StepFacts(
                    epoch=1,
                    step=step,
                    loss=1.0 / step,
                    learning_rate=0.001,
                    samples_per_second=1.0,
                    eta_seconds=None,
                    percentage=50.0,
                )
            )
            time.sleep(max(0.0, began + step * {pause!r} - time.monotonic()))
        super().fit()


class Paced(ForecastPipeline):
    name = {name!r}
    title = "Paced"
    description = "Tells a step at a steady pace."

    def open_run(self, config, dataset, context):
        return PacedRun(super().open_run(config, dataset, context)._setup)
"""
