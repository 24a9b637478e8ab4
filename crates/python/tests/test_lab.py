"""Published systems: the same reports as the command's."""

import pytest

import seamount as sm


def test_a_published_system_runs_and_writes_its_files(tmp_path):
    curve = tmp_path / "curve.svg"
    found = sm.lab("eprop-pattern", sequences=3, seed=2, svg=curve)
    assert found.report["source"] == "drawn from seed 2" and found.passed
    assert curve.read_text().startswith("<svg")
    page = found.report(tmp_path / "lab.html").read_text()
    assert "eprop-pattern" in page and found.charts()
    again = sm.lab("eprop-pattern", sequences=3, seed=2)
    assert again.report["losses"] == found.report["losses"] != []
    other = sm.lab("eprop-pattern", sequences=3, seed=3)
    assert other.report["losses"] != found.report["losses"]
    assert "eprop-pattern" in repr(found) and "untrained" in str(found)


def test_every_system_has_a_purpose():
    names = sm.labs()
    assert {"lsnn-smnist", "eprop-evidence", "all"} <= set(names)
    assert all(names.values())


def test_wrong_options_are_named(tmp_path):
    with pytest.raises(sm.UsageError, match="eprop-pattern"):
        sm.lab("nothing")
    with pytest.raises(sm.UsageError, match="colour"):
        sm.lab("eprop-pattern", colour=3)
    with pytest.raises(sm.UsageError, match="sequences"):
        sm.lab("eprop-pattern", sequences="many")
    with pytest.raises(sm.UsageError, match="seed"):
        sm.lab("eprop-pattern", seed={})
    with pytest.raises(sm.FileError):
        sm.lab("eprop-pattern", sequences=1, svg=tmp_path / "gone" / "curve.svg")
    assert list(tmp_path.iterdir()) == []
