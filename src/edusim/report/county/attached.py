"""What other studies of the same county found, as it is attached to a report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from edusim.report.document.blocks import Picture

#: What must hold for a mode to win; what outcomes depend on.
Study = Literal["discover", "sensitivity"]


@dataclass(frozen=True)
class Attached:
    """The findings of another study, in the reader's language.

    Parameters
    ----------
    kind
        ``discover`` (what must hold for a mode to win) or ``sensitivity`` (what outcomes depend on).
    paragraphs
        What it found, as the study itself tells it; plain text with ``**bold**``.
    names
        Inputs that matter most, in words, the first first.
    pictures
        Its figures.
    paths
        Paths of the parameters behind ``names``, where they are parameters.
    """

    kind: Study
    paragraphs: tuple[str, ...]
    names: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    paths: tuple[str, ...] = ()


def of_kind(attached: tuple[Attached, ...] | list[Attached], kind: Study) -> list[Attached]:
    """Return the findings of one kind."""
    return [one for one in attached if one.kind == kind]
