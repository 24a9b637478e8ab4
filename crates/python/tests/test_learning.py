"""Learning on the chip: rules as text, weights out and in."""

import numpy as np
import pytest

import seamount as sm


def stdp(rule="2^-2*x1*y0 - 2^-2*y1*x0"):
    net = sm.Network("pairs")
    net.input("pre", 4)
    net.input("teacher", 2)
    net.lif("post", 2, threshold_mantissa=100, current_decay=4095, voltage_decay=4095)
    net.rule("stdp", dw=rule, x1=sm.Trace(64, tau=10), y1=sm.Trace(64, tau=10), epoch=1)
    weights = np.full((4, 2), 20)
    net.connect("pre", "post", weights, precision=("excitatory", 8), rule="stdp", name="learns")
    net.connect("teacher", "post", one_to_one=120)
    net.probe("learns", "weight")
    return net.compile()


def spikes():
    pre = np.zeros((40, 4), bool)
    pre[::10, 0] = True  # before the teacher
    pre[4::10, 1] = True  # after it
    teacher = np.zeros((40, 2), bool)
    teacher[2::10, 0] = True
    return {"pre": pre, "teacher": teacher}


def test_order_decides_the_sign_and_silence_changes_nothing():
    run = stdp().run(40, spikes())
    learned = run.chip.learned("learns")
    assert learned.dtype.names == ("source", "target", "weight", "delay", "tag", "second_tag")
    weight = {(row["source"], row["target"]): row["weight"] for row in learned}
    assert weight[0, 0] > 20 > weight[1, 0]
    assert weight[2, 0] == weight[0, 1] == 20, "no spikes, no change"
    # the control: without the teacher nothing fires, and the same rule finds nothing to do
    control = stdp().run(40, {"pre": spikes()["pre"]})
    assert control.counts()["spikes"] == 0
    assert (control.chip.learned("learns")["weight"] == 20).all()


def test_the_recorded_weights_end_where_the_chip_stands():
    run = stdp().run(40, spikes())
    recorded = run["learns.weight"]
    assert recorded.shape == (40, 8) and recorded.values.dtype == np.int32
    assert (recorded.values[-1] == run.chip.learned("learns")["weight"]).all()
    assert len(np.unique(recorded.values)) > 2


def test_weights_in_and_out():
    chip = sm.Chip(stdp())
    wanted = np.arange(8) * 10
    assert (chip.write_weights("learns", wanted).learned("learns")["weight"] == wanted).all()
    with pytest.raises(sm.InputError):
        chip.write_weights("learns", np.arange(7))
    with pytest.raises(sm.InputError):
        chip.write_weights("learns", np.full(8, 9999))
    with pytest.raises(sm.InputError, match=r"weights\[3\]: 0.5"):
        chip.write_weights("learns", [1, 2, 3, 0.5, 5, 6, 7, 8])
    assert (chip.learned("learns")["weight"] == wanted).all()
    with pytest.raises(sm.UsageError, match="learns"):
        chip.learned("other")


def test_a_wrong_rule_names_its_place():
    with pytest.raises(sm.InputError) as caught:
        stdp("2^-2*x9*y0")
    assert "x9" in str(caught.value)
