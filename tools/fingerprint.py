"""Make the fingerprints of the policy texts: `python tools/fingerprint.py [FOLDER]` (default ../shared/policies).

The texts themselves are not shipped; `configs/fingerprints/` holds hashes of short runs of characters, so that a
fresh clone can still tell whether a quotation stands in its document. `--check` only says which are stale.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))
TEXTS = ROOT.parent / "shared" / "policies"
#: Key of a document in law.yaml -> words that only its text has.
KNOWN_BY = {
    "nanyang-2023": "南阳市职教园区建设发展中心管理委员会",
    "kunshan-2019": "昆政办发〔2019〕132号",
    "ninghe-2023": "宁河区集团化办学实施意见",
    "community-2021": "城乡义务教育共同体建设实施方案",
    "gangkou-2016": "港口区义务教育学区制管理改革",
}


def texts(folder: Path = TEXTS) -> dict[str, str]:
    """Return the texts of a folder by key of the document."""
    from edusim.fingerprints import normalise

    found: dict[str, str] = {}
    for file in sorted(folder.glob("*.txt")) if folder.is_dir() else ():
        text = file.read_text(encoding="utf-8-sig")
        keys = [key for key, words in KNOWN_BY.items() if words in normalise(text)]
        if len(keys) != 1 or keys[0] in found:
            raise SystemExit(f"{file.name}: is it one of {', '.join(KNOWN_BY)}?")
        found[keys[0]] = text
    return found


def main() -> int:
    from edusim import fingerprints

    parser = argparse.ArgumentParser(description="make the fingerprints of the policy texts")
    parser.add_argument("folder", nargs="?", type=Path, default=TEXTS)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when one is stale")
    options = parser.parse_args()
    found = texts(options.folder)
    if set(found) != set(KNOWN_BY):
        raise SystemExit(f"not found: {', '.join(sorted(set(KNOWN_BY) - set(found)))}")
    stale = 0
    for key, text in found.items():
        file, new = ROOT / "configs" / "fingerprints" / f"{key}.txt", fingerprints.encode(text)
        if file.exists() and file.read_text(encoding="ascii") == new:
            continue
        stale += 1
        if not options.check:
            file.parent.mkdir(exist_ok=True)
            file.write_text(new, encoding="ascii")
        print(f"{'stale' if options.check else 'written'}: {file.relative_to(ROOT)}")
    return int(options.check and stale > 0)


if __name__ == "__main__":
    sys.exit(main())
