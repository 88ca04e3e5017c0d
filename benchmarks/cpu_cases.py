"""The training steps measured on a CPU: the sizes of `step_cases`, batch 32 throughout."""

from benchmarks.step_cases import StepCase

from azuraforge_core.models.dlinear import DLinearConfig
from azuraforge_core.models.gru import GruConfig
from azuraforge_core.models.itransformer import ITransformerConfig
from azuraforge_core.models.lstm import LstmConfig
from azuraforge_core.models.patchtst import PatchTstConfig
from azuraforge_core.models.shape import WindowShape
from azuraforge_core.models.tcn import TcnConfig
from azuraforge_core.nn.revin import WindowNormalization

__all__ = ["CASES"]

CASES = {
    "dlinear": StepCase(
        "DLinear, batch 32, 7 columns, 336 to 96",
        32,
        WindowShape(336, 96, 7, 7),
        DLinearConfig(),
    ),
    "lstm64": StepCase(
        "LSTM-64, batch 32, 8 columns, 60 to 24",
        32,
        WindowShape(60, 24, 1, 8),
        LstmConfig(hidden=64, normalization=WindowNormalization.NONE),
    ),
    "gru64": StepCase(
        "GRU-64, batch 32, 8 columns, 60 to 24",
        32,
        WindowShape(60, 24, 1, 8),
        GruConfig(hidden=64, normalization=WindowNormalization.NONE),
    ),
    "tcn32": StepCase(
        "TCN-32, 6 levels, batch 32, 8 columns, 168 to 24",
        32,
        WindowShape(168, 24, 1, 8),
        TcnConfig(normalization=WindowNormalization.NONE),
    ),
    "itransformer128": StepCase(
        "iTransformer-128, 2 layers, batch 32, 7 columns, 336 to 96",
        32,
        WindowShape(336, 96, 7, 7),
        ITransformerConfig(),
    ),
    "patchtst16": StepCase(
        "PatchTST-16, 3 layers, batch 32, 7 columns, 336 to 96",
        32,
        WindowShape(336, 96, 7, 7),
        # PyTorch's fused attention keeps no scores, so neither side hands them on
        PatchTstConfig(residual_attention=False),
    ),
}
