"""The real data sets that some tests read, and that are never part of the project."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1].parent / "shared" / "data"


def real_data(name: str) -> Path:
    """Return the path of a shared data file; skip the test, and say so, where it is absent."""
    path = ROOT / name
    if not path.exists():
        pytest.skip(f"REAL DATA ABSENT: {name} is not in {ROOT.name}/ beside the project")
    return path
