"""ONNX models opened the same way everywhere: on the processor, with a fixed number of threads."""

from __future__ import annotations

from typing import Any

from jianwei.errors import DamagedModelError, MissingExtraError
from jianwei.models.locate import Located

__all__ = ["open_session"]


def open_session(located: Located, *, extra: str, threads: int = 1) -> Any:
    """An `onnxruntime.InferenceSession` over a model that was found.

    Args:
        located: the model's bytes.
        extra: the extra of Jianwei that brings onnxruntime to whoever asks.
        threads: of one call.

    Raises:
        MissingExtraError: onnxruntime is not installed.
        DamagedModelError: the file is no ONNX model, or one that cannot be run.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtraError.named(located.entry.name, extra) from error

    onnxruntime.set_default_logger_severity(3)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.add_session_config_entry(
        "session.intra_op.allow_spinning", "0"
    )  # waiting threads leave the processor alone
    try:
        return onnxruntime.InferenceSession(located.data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # what is wrong with a file, onnxruntime tells by a dozen classes of its own
        what = f"is no ONNX model that can be run ({str(error).splitlines()[0][:200]})"
        raise DamagedModelError(located.where, what, "pull or export it again") from None
