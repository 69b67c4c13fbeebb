"""What a command line answers where an extra is not installed: `make test` has none of those that only pages need."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.util import find_spec

#: Verb -> a library of its extra.
NEEDED = {"app": "voila", "notebooks": "jupytext", "map": "solara"}


def is_answered(words: Sequence[str], status: int, told: str) -> bool:
    """Whether a command ended well; one that needs an extra, well or refused in one kind line where the extra is missing."""
    library = NEEDED.get(words[0])
    if status == 0 or library is None or find_spec(library) is not None:
        return status == 0
    return status == 1 and bool(re.search(r"\[RUN-NO-(NOTEBOOK|VIZ)\]", told)) and len(told.strip().splitlines()) == 1
