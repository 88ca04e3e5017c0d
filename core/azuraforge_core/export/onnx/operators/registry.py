"""Which translation each operation has; a test holds it complete.

Losses have none, since no forecast contains one, and neither has dropout, which a finished model
leaves out.
"""

from collections.abc import Mapping
from typing import Final

from azuraforge_core.export.onnx.applied import Translation
from azuraforge_core.export.onnx.operators.attention import translate_attention
from azuraforge_core.export.onnx.operators.convolution import translate_convolution
from azuraforge_core.export.onnx.operators.decomposition_linear import (
    translate_decomposition_linear,
)
from azuraforge_core.export.onnx.operators.elementwise import of_one, of_two
from azuraforge_core.export.onnx.operators.feed_forward import translate_feed_forward
from azuraforge_core.export.onnx.operators.layout import (
    translate_concatenate,
    translate_narrow,
    translate_patches,
    translate_reshape,
    translate_transpose,
)
from azuraforge_core.export.onnx.operators.linear import translate_linear
from azuraforge_core.export.onnx.operators.normalization import (
    translate_batch_norm,
    translate_layer_norm,
    translate_rms_norm,
)
from azuraforge_core.export.onnx.operators.recurrent import translate_gru, translate_lstm
from azuraforge_core.export.onnx.operators.window_level import (
    translate_last_value_level,
    translate_normalize,
    translate_restore,
    translate_window_level,
)

__all__ = ["TRANSLATIONS"]

TRANSLATIONS: Final[Mapping[str, Translation]] = {
    "add": of_two("Add"),
    "attention": translate_attention,
    "batch_norm": translate_batch_norm,
    "concatenate": translate_concatenate,
    "convolution": translate_convolution,
    "decomposition_linear": translate_decomposition_linear,
    "feed_forward": translate_feed_forward,
    "gelu": of_one("Gelu", approximate="tanh"),
    "gru": translate_gru,
    "last_value_level": translate_last_value_level,
    "layer_norm": translate_layer_norm,
    "linear": translate_linear,
    "lstm": translate_lstm,
    "multiply": of_two("Mul"),
    "narrow": translate_narrow,
    "normalize": translate_normalize,
    "patches": translate_patches,
    "relu": of_one("Relu"),
    "reshape": translate_reshape,
    "restore": translate_restore,
    "rms_norm": translate_rms_norm,
    "sigmoid": of_one("Sigmoid"),
    "tanh": of_one("Tanh"),
    "transpose": translate_transpose,
    "window_level": translate_window_level,
}
