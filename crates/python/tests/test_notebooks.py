"""The notebooks run, and are notebooks."""

import re

import pytest
from conftest import ROOT

NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.md"))
CELL = re.compile(r"^```python\n(.*?)^```$", re.M | re.S)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(path, monkeypatch):
    monkeypatch.chdir(path.parent)
    before = set(path.parent.iterdir())
    cells = CELL.findall(path.read_text())
    assert len(cells) >= 5
    names: dict = {}
    for number, cell in enumerate(cells, 1):
        exec(compile(cell, f"{path.name}, cell {number}", "exec"), names)
    assert set(path.parent.iterdir()) == before, "a notebook leaves no files"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_jupytext_reads_the_same_cells(path):
    jupytext = pytest.importorskip("jupytext")
    notebook = jupytext.read(path)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert code == [cell.rstrip("\n") for cell in CELL.findall(path.read_text())]


def test_there_are_notebooks():
    assert len(NOTEBOOKS) >= 3
