"""Runs a notebook from its first cell to its last, in a kernel of its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from edusim.errors import RunError
from edusim.notebook.building import require

#: Seconds that one cell may take before the run is given up.
PATIENCE = 600


def run(book: Any, folder: str | os.PathLike[str], lang: str = "en", patience: int = PATIENCE) -> Any:
    """Run a notebook and return it with its outputs.

    Parameters
    ----------
    book
        As :func:`edusim.notebook.building.read` gives it; it is changed.
    folder
        Working folder of its kernel.
    lang
        Language that its messages are in.
    patience
        Seconds that one cell may take.

    Raises
    ------
    RunError
        ``RUN-NOTEBOOK`` when a cell fails or takes too long; ``RUN-NO-NOTEBOOK`` without the extra.
    """
    require("nbclient", "ipykernel")
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    manager = AsyncKernelManager(kernel_name="python3")
    # This interpreter, whatever kernels a machine has besides; what it imports is what we import.
    manager._kernel_spec = _kernel()
    client = NotebookClient(book, km=manager, timeout=patience, resources={"metadata": {"path": str(Path(folder))}})
    known = {**os.environ, "EDUSIM_LANG": lang, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    try:
        client.execute(env=known)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as problem:
        last = str(problem).strip().splitlines()[-1][:200]
        raise RunError(
            "RUN-NOTEBOOK", f"笔记本的一个单元没有运行成功（{last}）", f"a cell of the notebook did not run ({last})",
            mend_zh="请在 JupyterLab 中打开它逐格运行", mend_en="open it in JupyterLab and run it cell by cell",
        ) from problem  # fmt: skip
    for cell in book.cells:
        cell.metadata.pop("execution", None)  # times of day
    return book


def _kernel() -> Any:
    from jupyter_client.kernelspec import KernelSpec

    words = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--log-level=ERROR"]
    return KernelSpec(argv=words, display_name="Python 3", language="python")
