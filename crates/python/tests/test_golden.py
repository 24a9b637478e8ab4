"""The same bits as everywhere: recorded results, once more through Python."""

import json

import numpy as np
import pytest

import seamount as sm


@pytest.mark.parametrize("threads", [1, 2])
def test_the_image_of_version_1_gives_the_recorded_results(fixtures, threads):
    expected = json.loads((fixtures / "image-v1" / "expected.json").read_text())
    image = sm.Image.load(fixtures / "image-v1" / "tiny.img")
    assert image.inputs == {"in": 3}
    step, source = np.mgrid[:60, :3]
    spikes = (step * 7 + source * 3) % 5 < 2
    run = image.run(60, spikes, threads=threads)
    counts = run.counts()
    for event in ("host_spikes", "spikes", "synaptic_operations", "u_wraps", "v_clips"):
        assert counts[event] == expected[event], event
    assert list(run) == [recording["name"] for recording in expected["recordings"]]
    for wanted in expected["recordings"]:
        recording = run[wanted["name"]]
        assert recording.neurons.tolist() == wanted["neurons"]
        assert recording.steps[0] == wanted["first_step"] and len(recording) == wanted["steps"]
        assert recording.values.astype(int).ravel().tolist() == wanted["values"]
