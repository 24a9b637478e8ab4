"""Inference as in Lava's tutorial on digits: one network, an image at a time, spikes counted.

The weights are the glyphs themselves, so that nothing need be trained or fetched. ``main`` takes
the names from ``seamount.lava``, or from Lava itself.
"""

from types import SimpleNamespace
from typing import Any

import numpy as np

GLYPHS = {
    "0": "01110 10001 10001 10001 01110",
    "1": "00100 01100 00100 00100 01110",
    "2": "11110 00001 01110 10000 11111",
    "3": "11110 00001 00110 00001 11110",
    "4": "10010 10010 11111 00010 00010",
}
STEPS = 30


def glyphs() -> np.ndarray:
    """The glyphs, (classes, 25) of 0 and 1."""
    return np.array([[int(pixel) for pixel in text.replace(" ", "")] for text in GLYPHS.values()])


def images() -> tuple[np.ndarray, np.ndarray]:
    """Each glyph three times with pixels turned over: (images, 25) of 0 and 1, and labels."""
    clean = glyphs()
    rng = np.random.default_rng(5)
    noisy = np.concatenate([clean ^ (rng.random(clean.shape) < 0.06) for _ in range(3)])
    return noisy, np.tile(np.arange(len(clean)), 3)


def classify(lava: Any, image: np.ndarray) -> np.ndarray:
    """Spikes of each output neuron."""
    # pixels of the glyph excite its neuron, all others inhibit it
    weights = np.where(glyphs() == 1, 60, -40)
    rng = np.random.default_rng(7)
    spikes = (rng.random((25, STEPS)) < 0.3) & (image[:, np.newaxis] == 1)

    pixels = lava.Source(data=spikes.astype(int))
    dense = lava.Dense(weights=weights)
    outputs = lava.LIF(shape=(len(GLYPHS),), du=4095, dv=200, vth=300)
    sink = lava.Sink(shape=(len(GLYPHS),), buffer=STEPS)
    pixels.s_out.connect(dense.s_in)
    dense.a_out.connect(outputs.a_in)
    outputs.s_out.connect(sink.a_in)

    outputs.run(condition=lava.RunSteps(num_steps=STEPS),
                run_cfg=lava.Loihi1SimCfg(select_tag="fixed_pt"))
    counts = sink.data.get().sum(axis=1)
    outputs.stop()
    return counts.astype(int)


def main(lava: Any) -> SimpleNamespace:
    """Counts of all images, (images, classes), and the labels."""
    pictures, labels = images()
    counts = np.array([classify(lava, picture) for picture in pictures])
    return SimpleNamespace(counts=counts, labels=labels)


if __name__ == "__main__":
    import seamount.lava

    found = main(seamount.lava)
    answers = found.counts.argmax(axis=1)
    print(found.counts)
    print(f"{(answers == found.labels).sum()} of {len(answers)} right")
