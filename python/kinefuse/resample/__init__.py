"""From one rate, length or clock to another."""

from kinefuse.resample.interpolate_quaternions import interpolate_quaternions
from kinefuse.resample.regrid import Regridded, regrid
from kinefuse.resample.resample import resample
from kinefuse.resample.resample_at import resample_at
from kinefuse.resample.resample_labels import resample_labels
from kinefuse.resample.resample_to_length import resample_to_length

__all__ = [
    "Regridded",
    "interpolate_quaternions",
    "regrid",
    "resample",
    "resample_at",
    "resample_labels",
    "resample_to_length",
]
