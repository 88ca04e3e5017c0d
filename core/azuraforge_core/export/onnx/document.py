"""The one place that touches the package ``onnx``: plain data becomes a checked file's bytes.

The package is an extra, ``azuraforge[export]``, since nobody who trains or forecasts needs it.
"""

from collections.abc import Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from azuraforge_contract.errors import InternalError, JobFileError
from azuraforge_core.export.onnx.forecaster import ForecastGraph
from azuraforge_core.export.onnx.graph import BATCH, Node
from azuraforge_core.export.onnx.ports import Port

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, ValueInfoProto

__all__ = ["IR_VERSION", "OPSET", "PRODUCER", "check_installed", "encode"]

OPSET: Final = 20
"""The newest that ONNX Runtime 1.17 and later read; GELU came with it."""
IR_VERSION: Final = 10
PRODUCER: Final = "azuraforge"
_TYPES: Final = {"float32": 1, "int64": 7}
"""ONNX's numbers of the types."""


def check_installed() -> None:
    """Make sure that the package ``onnx`` is there.

    Raises:
        JobFileError: it is not, or does not load.
    """
    try:
        import onnx  # noqa: F401, PLC0415 - an extra
    except ImportError as error:
        raise JobFileError(
            f"Exporting to ONNX needs the package onnx, which cannot be loaded: {error}.",
            remedy="Install it: pip install 'azuraforge[export]'",
        ) from error


def encode(built: ForecastGraph, *, name: str, properties: Mapping[str, str]) -> bytes:
    """Return the bytes of ``model.onnx``: a function of the model alone.

    Args:
        built: the graph.
        name: of the graph.
        properties: what the file says of itself, for whoever reads it by program.

    Raises:
        InternalError: the checker of ONNX finds fault with the graph.
    """
    import onnx  # noqa: PLC0415 - an extra

    model = _model(built, name)
    onnx.helper.set_model_props(model, dict(properties))
    try:
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise InternalError(f"The exported graph is not valid: {error}") from error
    return bytes(model.SerializeToString(deterministic=True))


def _model(built: ForecastGraph, name: str) -> "ModelProto":
    from onnx import helper, numpy_helper  # noqa: PLC0415 - an extra

    constants = built.graph.constants.items()
    graph = helper.make_graph(
        [_node(node) for node in built.graph.nodes],
        name,
        [_port(port) for port in built.inputs],
        [_port(port) for port in built.outputs],
        [numpy_helper.from_array(array, constant) for constant, array in constants],
    )
    return helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name=PRODUCER,
        producer_version=version("azuraforge"),
    )


def _node(node: Node) -> "NodeProto":
    from onnx import helper  # noqa: PLC0415 - an extra

    first = next(output for output in node.outputs if output)
    proto = helper.make_node(
        node.operator, list(node.inputs), list(node.outputs), name=f"{node.operator}:{first}"
    )
    proto.attribute.extend(
        helper.make_attribute(key, value) for key, value in node.attributes.items()
    )
    return proto


def _port(port: Port) -> "ValueInfoProto":
    from onnx import helper  # noqa: PLC0415 - an extra

    sizes = ["batch" if length == BATCH else length for length in port.sizes]
    return helper.make_tensor_value_info(port.name, _TYPES[port.type], sizes)
