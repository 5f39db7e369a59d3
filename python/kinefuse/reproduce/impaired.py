"""Recordings made worse on purpose, to measure methods under difficult conditions."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from kinefuse.data.recording import Recording, Stream
from kinefuse.readers import Source
from kinefuse.readers.utd_mhad import UtdMhad

__all__ = ["ImpairedUtdMhad"]


class ImpairedUtdMhad(UtdMhad):
    """UTD-MHAD with noise, with modalities out of step, or with activities of unequal frequency.

    What befalls a recording depends on its name alone.

    Parameters
    ----------
    name : str
        Which impairment, for the store.
    noise : float
        Standard deviation of white noise on the inertial stream, in units of each channel's own.
    noisy_share : float
        The share of the recordings that have noise.
    shift_s : tuple of (float, float)
        The least and the most that one modality is ahead of the other, either of them. What only
        one of them saw then is cut off, but no more than a third of the recording.
    thin_subjects : sequence of str
        Whose recordings are thinned out; of their activities, which are ordered at random, ever
        fewer are left.
    thin_to : float
        The share that is left of the rarest activity.

    Examples
    --------
    >>> reader = ImpairedUtdMhad("noisy", noise=2.0, noisy_share=0.5)
    >>> reader.settings()["noise"]
    2.0
    """

    def __init__(
        self,
        name: str,
        *,
        noise: float = 0.0,
        noisy_share: float = 1.0,
        shift_s: tuple[float, float] = (0.0, 0.0),
        thin_subjects: Sequence[str] = (),
        thin_to: float = 1.0,
    ) -> None:
        self.name = f"utd-mhad-{name}"
        self._settings: dict[str, Any] = {
            "noise": noise,
            "noisy_share": noisy_share,
            "shift_s": list(shift_s),
            "thin_subjects": list(thin_subjects),
            "thin_to": thin_to,
        }

    def settings(self) -> dict[str, Any]:
        """Return what was asked for."""
        return dict(self._settings)

    def discover(self, path: Path) -> list[Source]:
        """List the recordings that are left."""
        found = super().discover(path)
        subjects, least = self._settings["thin_subjects"], self._settings["thin_to"]
        groups: dict[int, list[Source]] = {}
        for source in found:
            if str(source.info.get("subject")) in subjects:
                groups.setdefault(source.info["action"], []).append(source)
        gone: set[str] = set()
        order = sorted(groups, key=lambda action: _number(f"action {action}"))
        for rank, action in enumerate(order):
            share = least ** (rank / max(1, len(order) - 1))
            takes = sorted(groups[action], key=lambda source: _number(f"take {source.name}"))
            gone |= {source.name for source in takes[max(1, math.ceil(share * len(takes))) :]}
        return [source for source in found if source.name not in gone]

    def read(self, source: Source) -> Recording:
        """Read one trial and impair it."""
        recording = super().read(source)
        streams = {stream.modality: stream for stream in recording.load()}
        noise, share = self._settings["noise"], self._settings["noisy_share"]
        random = np.random.default_rng(_number(f"{self.name} {source.name}"))
        chance, early, where = random.random(3)
        if noise and chance < share and "inertial" in streams:
            data = streams["inertial"].data
            added = random.normal(size=data.shape) * noise * data.std(0)
            streams["inertial"] = replace(streams["inertial"], data=data + added)
        least, most = self._settings["shift_s"]
        if most and len(streams) > 1:
            length = min(_length_s(stream) for stream in streams.values())
            by = min(least + where * (most - least), length / 3)
            ahead, behind = sorted(streams, reverse=bool(early < 0.5))
            streams[ahead] = _cut(streams[ahead], by, start=True)
            streams[behind] = _cut(streams[behind], by, start=False)
        return replace(recording, streams=[streams[s.modality] for s in recording.streams])


def _length_s(stream: Stream) -> float:
    return len(stream.data) / float(stream.rate_hz or 1.0)


def _cut(stream: Stream, seconds: float, *, start: bool) -> Stream:
    n = round(seconds * float(stream.rate_hz or 1.0))
    kept = stream.data[n:] if start else stream.data[: len(stream.data) - n]
    return replace(stream, data=kept)


def _number(text: str) -> int:
    # A hash, not a draw: what befalls a recording does not depend on which others there are.
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")
