"""Where the files of the repository, and data of others, are."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The folder of vectors and files from elsewhere."""
    return ROOT / "fixtures"


@pytest.fixture(scope="session")
def data() -> Path:
    """The data of others; without them a test is skipped, and fails where CI=true."""
    folder = Path(os.environ.get("SEAMOUNT_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        reason = f"no data in {folder}: set SEAMOUNT_DATA"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder
