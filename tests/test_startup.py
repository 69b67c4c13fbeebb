"""`import edusim` and help stay light: judged by what is imported, since times depend on the machine."""

from __future__ import annotations

import subprocess
import sys

import pytest

import edusim

HEAVY = {"matplotlib", "mesa", "numba", "pandas", "pyarrow", "pydantic", "rich", "ruamel", "scipy", "openpyxl", "SALib"}
LOADED = "; import sys; print(*sorted({m.partition('.')[0] for m in sys.modules}))"


def loaded_by(code: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", code + LOADED], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    "code",
    [
        "import edusim",
        "import edusim; edusim.errors; edusim.__version__; dir(edusim)",
        "from edusim.cli import main; main(['--help'])",
        "from edusim.cli import main; main(['compare', '--help'])",
        "from edusim.cli import main; main(['run', '--lang', 'zh', '-h'])",
        "from edusim.cli import main; main(['comprae'])",
    ],
)
def test_nothing_heavy_is_imported(code: str) -> None:
    found = loaded_by(code)
    assert "edusim" in found
    assert not found & (HEAVY | {"numpy"})


def test_reading_a_scenario_imports_no_tables() -> None:
    assert not loaded_by("import edusim; edusim.load('small')") & {"matplotlib", "mesa", "numba", "pandas", "pyarrow"}


def test_every_public_name_is_there() -> None:
    for name in edusim.__all__:
        assert getattr(edusim, name) is not None
    assert set(edusim.__all__) <= set(dir(edusim))
    with pytest.raises(AttributeError, match="no attribute 'comparison'"):
        edusim.comparison  # noqa: B018
