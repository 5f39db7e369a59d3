"""Draws what becomes of a vibration above half the new rate, into ``docs/_figures``."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

import kinefuse

OUT = Path(__file__).parent.parent / "_figures"
FROM_HZ, TO_HZ, SECONDS = 100.0, 50.0, 20.0
MOTION_HZ, VIBRATION_HZ = 2.0, 47.0


def main() -> None:
    """Draw a stretch of the signals, and their spectra."""
    mpl.rcParams.update({"svg.hashsalt": "kinefuse", "axes.titlesize": 9, "font.size": 8})
    time = np.arange(0, SECONDS, 1 / FROM_HZ)
    motion = np.sin(2 * np.pi * MOTION_HZ * time)
    x = motion + 0.4 * np.sin(2 * np.pi * VIBRATION_HZ * time)
    at = np.arange(0, SECONDS, 1 / TO_HZ)
    resampled = {
        "every second sample": x[::2],
        "linear, a fifth of a step later": np.interp(at + 0.2 / FROM_HZ, time, x),
        "kinefuse.resample": kinefuse.resample(x, from_hz=FROM_HZ, to_hz=TO_HZ),
    }
    figure = Figure(figsize=(8, 4.2), layout="constrained")
    for (above, below), (name, y) in zip(
        figure.subplots(2, 3, sharey="row").T, resampled.items(), strict=True
    ):
        middle = slice(len(y) // 2, len(y) // 2 + round(TO_HZ))
        wanted = np.interp(at, time, motion)
        above.plot(at[middle], wanted[middle], color="#bbbbbb", lw=3)
        above.plot(at[middle], y[middle], color="#0072b2", lw=1.2)
        above.set(title=name, xlabel="s", xlim=(at[middle][0], at[middle][-1]))
        weights = np.hanning(len(y))
        height = 2 * np.abs(np.fft.rfft(y * weights)) / weights.sum()
        below.plot(np.fft.rfftfreq(len(y), 1 / TO_HZ), height, color="#0072b2", lw=1.2)
        below.axvline(TO_HZ - VIBRATION_HZ, color="#d55e00", lw=0.8, ls="--")
        below.set(xlabel="Hz", xlim=(0, TO_HZ / 2))
    figure.axes[0].set_ylabel("signal")
    figure.axes[3].set_ylabel("amplitude")
    OUT.mkdir(exist_ok=True)
    figure.savefig(OUT / "aliasing.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
