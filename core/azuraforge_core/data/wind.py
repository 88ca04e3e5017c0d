"""Wind as a vector: components instead of a direction that jumps from 360° to 0°.

Called by `build_table`. Meteorological convention: the direction says where the wind comes from,
so u (towards east) is -speed·sin(direction) and v (towards north) is -speed·cos(direction).
"""

from collections.abc import Sequence

import numpy as np

from azuraforge_core.data.config import WindVector
from azuraforge_core.data.raw_table import RawSeries
from azuraforge_core.data.roles import vector_columns, vector_inputs

__all__ = ["add_wind_columns"]


def add_wind_columns(series: Sequence[RawSeries], vectors: Sequence[WindVector]) -> None:
    """Add the components of every vector whose two inputs are there.

    Calm air has no direction, so that its components are 0 even where the direction is missing.
    """
    for part in series:
        for vector in vectors:
            if not set(vector_inputs(vector)) <= part.columns.keys():
                continue
            direction, speed = (part.columns[name] for name in vector_inputs(vector))
            angle = np.deg2rad(np.where(speed == 0, 0.0, direction))
            u, v = vector_columns(vector)
            part.columns[u] = -speed * np.sin(angle)
            part.columns[v] = -speed * np.cos(angle)
