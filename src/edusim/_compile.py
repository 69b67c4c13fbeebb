"""How loops are compiled: one decorator, one cache folder that cannot go stale.

The same source runs in two ways: compiled by Numba, or, with ``NUMBA_DISABLE_JIT=1``, as plain
Python, which is the readable reference. Numba's own cache does not notice an edited callee in another
file, so the cache folder's name carries a hash of every kernel source, of the versions of Numba and
NumPy and of the processor. When no such folder can be written a temporary one is used.
"""

from __future__ import annotations

import hashlib
import os
import platform
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

_KERNELS = ("_compile.py", "draws.py", "equations")


def _source_hash() -> str:
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for name in _KERNELS:
        path = here / name
        files = sorted(path.glob("*.py")) if path.is_dir() else [path]
        for file in files:
            if file.exists():
                digest.update(file.name.encode())
                digest.update(file.read_bytes())
    for text in (version("numba"), version("numpy"), platform.machine(), _processor()):
        digest.update(text.encode())
    return digest.hexdigest()[:16]


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as lines:
            return "".join(line for line in lines if line.startswith(("model name", "flags")))[:4000]
    except OSError:
        return platform.processor()


def cache_folder() -> Path:
    """Return the folder that holds compiled loops, made if need be."""
    name = f"kernels-{_source_hash()}"
    roots = [
        os.environ.get("EDUSIM_CACHE"),
        os.environ.get("XDG_CACHE_HOME"),
        str(Path.home() / ".cache") if os.environ.get("HOME") else None,
    ]
    for root in roots:
        if not root:
            continue
        folder = Path(root) / "edusim" / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError:
            continue
    return Path(tempfile.mkdtemp(prefix="edusim-kernels-"))


def is_cold() -> bool:
    """Return True when the loops of this version have yet to be compiled on this machine."""
    return not any(Path(numba_config().CACHE_DIR).rglob("*.nbi"))


def numba_config() -> Any:
    """Return Numba's configuration, its cache folder set before any loop is declared."""
    import numba

    if not getattr(numba.config, "_edusim", False):
        if not os.environ.get("NUMBA_CACHE_DIR"):
            numba.config.CACHE_DIR = str(cache_folder())
        numba.config._edusim = True
    return numba.config


def compiled(function: F) -> F:
    """Compile a loop: cached, without the interpreter's lock, divisions as NumPy divides.

    Never with ``fastmath``: nothing would guarantee its bits.
    """
    config = numba_config()
    if config.DISABLE_JIT:
        # Draws wrap around in 64 bits, as they do when compiled.
        import numpy as np

        return np.errstate(over="ignore")(function)
    import numba

    return numba.njit(cache=True, nogil=True, error_model="numpy")(function)  # type: ignore[no-any-return]
