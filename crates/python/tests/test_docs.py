"""Code of the documents and docstrings runs."""

import doctest
import importlib
import pkgutil
import re
import subprocess
import sys

import pytest
from conftest import ROOT

import seamount


def test_the_page_runs_from_top_to_bottom(tmp_path, monkeypatch):
    page = (ROOT / "docs" / "python.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", page, re.S)
    assert len(blocks) >= 5
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    for number, block in enumerate(blocks):
        exec(compile(block, f"docs/python.md, block {number}", "exec"), names)


@pytest.mark.parametrize(
    "name", [m.name for m in pkgutil.iter_modules(seamount.__path__) if m.name != "_seamount"]
)
def test_docstrings_run(name):
    module = importlib.import_module(f"seamount.{name}")
    assert module.__doc__
    assert doctest.testmod(module).failed == 0


def test_every_public_name_is_documented():
    assert doctest.testmod(seamount).failed == 0
    bare = []
    for name in seamount.__all__:
        item = getattr(seamount, name)
        if not (item.__doc__ or "").strip():
            bare.append(name)
        if isinstance(item, type):
            members = vars(item).items()
            bare += [
                f"{name}.{member}"
                for member, value in members
                if not member.startswith("_")
                and (callable(value) or isinstance(value, property))
                and not (value.__doc__ or "").strip()
            ]
    assert not bare


def test_the_page_of_sweeps_is_a_module_and_a_program(tmp_path):
    page = (ROOT / "docs" / "sweeps.md").read_text()
    blocks = re.findall(r"```python\n# (\S+\.py)\n(.*?)```", page, re.S)
    assert [name for name, _ in blocks] == ["spiking.py", "sweep.py"]
    for name, text in blocks:
        (tmp_path / name).write_text(text)
    for _ in range(2):
        program = [sys.executable, "sweep.py"]
        ran = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, check=True)
        assert ran.stdout.endswith("18 points, 0 failed\n")
    assert len((tmp_path / "points.jsonl").read_text().splitlines()) == 18
