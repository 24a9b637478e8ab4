"""Records of silicon: the same report as the command's."""

import pytest

import seamount as sm


def test_records_beside_the_emulator(data):
    found = sm.records(data, only="nir-lif", threads=1)
    assert found.equal and found.data["values"] == 2000 and found.data["mismatches"] == 0
    assert len(found) == len(found.records) >= 1
    assert found.records[0]["name"].startswith("nir-lif") and "Loihi" in str(found)
    assert "2000" in repr(found) and "<td>" in found._repr_html_()


def test_records_that_are_not_there_are_named(tmp_path):
    found = sm.records(tmp_path, only=["nir-lif"])
    assert {one["result"]["kind"] for one in found.records} == {"absent"}
    assert found.data["values"] == 0
    with pytest.raises(sm.UsageError, match="only"):
        sm.records(tmp_path, only="nobody")
    with pytest.raises(sm.UsageError, match="threads"):
        sm.records(tmp_path, threads=0)
