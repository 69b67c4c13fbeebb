"""What an environment takes on disk, library by library, without pip and without compiled caches (`__pycache__`), which come and go.

    .venv/bin/python tools/size.py            # of this environment, as the table of docs/install.md
    .venv/bin/python tools/size.py --json
"""

from __future__ import annotations

import json
import os
import sys
from importlib.metadata import distributions

APART = ("pip", "setuptools", "wheel")


def sizes() -> tuple[dict[str, float], float]:
    """Return bytes by distribution, the largest first, and bytes of compiled caches."""
    seen: set[str] = set()
    found: dict[str, float] = {}
    caches = 0.0
    for one in distributions():
        name = one.metadata["Name"].lower()
        for file in one.files or ():
            place = os.path.realpath(str(file.locate()))
            if name in APART or place in seen or not os.path.isfile(place):
                continue
            seen.add(place)
            size = os.stat(place).st_size
            if place.endswith(".pyc"):
                caches += size
            else:
                found[name] = found.get(name, 0.0) + size
    return dict(sorted(found.items(), key=lambda pair: -pair[1])), caches


def main() -> int:
    found, caches = sizes()
    whole = sum(found.values())
    if "--json" in sys.argv[1:]:
        print(json.dumps({"bytes": whole, "caches": caches, "distributions": found}))
        return 0
    print("| library | MB |\n|---|---:|")
    large = {name: size for name, size in found.items() if size >= 5e6}
    for name, size in large.items():
        print(f"| {name} | {size / 1e6:.0f} |")
    print(f"| {len(found) - len(large)} others | {(whole - sum(large.values())) / 1e6:.0f} |\n| all | {whole / 1e6:.0f} |")
    print(f"\ncompiled caches: {caches / 1e6:.0f} MB", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
