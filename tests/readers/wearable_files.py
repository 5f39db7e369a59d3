"""Files of wearables written from the published layouts, and Axivity's decoded the slow way.

The stamps of :func:`decode_cwa` are made by two rules: ``"fraction"`` counts the fraction of a
second of a block's time, as the maker's converter does; ``"whole"`` leaves it out, as actipy and
scikit-digital-health do.
"""

import calendar
import struct
import zipfile
import zlib
from functools import reduce
from operator import xor

import numpy as np

HEAD = struct.Struct("<2sHHIIIHHBBBBhH")


def pack_time(seconds):
    date = np.datetime64(int(seconds), "s").item()
    return (
        ((date.year - 2000) << 26) | (date.month << 22) | (date.day << 17)
        | (date.hour << 12) | (date.minute << 6) | date.second
    )  # fmt: skip


def cwa_header(*, gyroscope=False, rate_code=0x4A, notes="_p=right+wrist&_sc=s07"):
    block = bytearray(b"\xff" * 1024)
    block[:5] = b"MD\xfc\x03" + (b"\x64" if gyroscope else b"\x00")
    struct.pack_into("<HIH", block, 5, 39434, 26, 0xFFFF)
    struct.pack_into("<II", block, 13, pack_time(1_551_178_507), 0)
    block[35], block[36], block[41] = (2 if gyroscope else 0xFF), rate_code, 44
    block[64 : 64 + len(notes)] = notes.encode()
    return bytes(block)


def cwa_block(counts, *, sequence, start_s, session=26, rate_code=0x4A, scales=0, exponent=None):
    """Counts (n, 3 or 6) in the file's order; packed if there are exponents."""
    rate = 3200 / (1 << (15 - (rate_code & 15)))
    offset = 20
    anchor = start_s + offset / rate
    whole = int(anchor)
    fraction = int((anchor - whole) * 32768)
    shift = (fraction * 2 * int(rate)) >> 16
    axes = counts.shape[1] << 4
    if exponent is None:
        axes |= 2
        payload = counts.astype("<i2").tobytes()
    else:
        bits = counts.astype(np.int64) & 0x3FF
        words = bits[:, 0] | bits[:, 1] << 10 | bits[:, 2] << 20 | exponent << 30
        payload = words.astype("<u4").tobytes()
    block = bytearray(512)
    HEAD.pack_into(
        block, 0, b"AX", 508, fraction | 0x8000, session, sequence, pack_time(whole),
        scales | 0x11B, 258, 0, 190, rate_code, axes, offset - shift, len(counts),
    )  # fmt: skip
    block[30 : 30 + len(payload)] = payload
    total = int(np.frombuffer(block, "<u2").sum()) & 0xFFFF
    struct.pack_into("<H", block, 510, -total & 0xFFFF)
    return bytes(block)


def decode_cwa(content, *, stamps):
    """Return samples (n, 3 or 6) in g and deg/s, times (n,), temperature counts (blocks,)."""
    data, times, temperatures, starts = [], [], [], []
    last_s = None
    for at in range(1024, len(content) - 511, 512):
        block = content[at : at + 512]
        if block[:2] != b"AX" or np.frombuffer(block, "<u2").sum() & 0xFFFF:
            continue
        (_, _, fraction, _, _, when, scales, temperature, _, _, code, axes, offset, n) = (
            HEAD.unpack_from(block)
        )
        rate = 3200 / (1 << (15 - (code & 15)))
        start_s = calendar.timegm(
            (2000 + (when >> 26), when >> 22 & 15, when >> 17 & 31,
             when >> 12 & 31, when >> 6 & 63, when & 63)
        )  # fmt: skip
        if stamps == "fraction":
            offset += ((fraction & 0x7FFF) * 2 * int(rate)) >> 16
            start_s += (fraction & 0x7FFF) / 32768
        start_s -= offset / rate
        end_s = start_s + n / rate
        if stamps == "whole":
            if last_s is not None and start_s - last_s < 1:
                start_s = last_s
            last_s = end_s
            times.append(start_s + np.arange(n) * (end_s - start_s) / n)
        starts.append((start_s, n, rate))
        if axes & 15 == 0:
            words = np.frombuffer(block, "<u4", n, 30).astype(np.int64)
            counts = np.stack([words >> shift & 0x3FF for shift in (0, 10, 20)], axis=1)
            counts = (counts ^ 0x200) - 0x200 << (words >> 30)[:, None]
        else:
            counts = np.frombuffer(block, "<i2", n * (axes >> 4), 30).reshape(n, -1)
        values = counts / (256 << (scales >> 13))
        if counts.shape[1] > 3:
            degrees = counts[:, :3] * (8000 / (1 << (scales >> 10 & 7)) / 32768)
            values = np.concatenate([values[:, 3:], degrees], axis=1)
        data.append(values)
        temperatures.append(temperature & 0x3FF)
    if stamps == "fraction":
        step_s = None
        for (start_s, n, rate), follower in zip(starts, [*starts[1:], None], strict=True):
            own = None if follower is None else (follower[0] - start_s) / n
            own = own if own is not None and abs(own * rate - 1) < 0.1 else None
            step_s = own or step_s or 1 / rate
            times.append(start_s + np.arange(n) * step_s)
    return np.concatenate(data), np.concatenate(times), np.array(temperatures)


GENEACTIV_HEADER = """Device Identity
Device Unique Serial Code:051386
Device Type:GENEActiv

Configuration Info
Measurement Frequency:50 Hz
Start Time:2019-05-21 16:16:38:500
Time Zone:GMT -04:00

Subject Info
Device Location Code:left wrist
Subject Code:0001

Calibration Data
x gain:25522
x offset:272
y gain:25457
y offset:-1129
z gain:24829
z offset:101
Volts:42
Lux:886

Memory Status
Number of Pages:{pages}

"""


def geneactiv_page(counts, light, *, sequence, start_s):
    """Counts (300, 3) from -2048 to 2047, and 12 bits (300,) of light and button."""
    when = np.datetime64(round(start_s * 1000), "ms").item()
    stamp = f"{when:%Y-%m-%d %H:%M:%S}:{when.microsecond // 1000:03}"
    columns = np.column_stack([counts & 0xFFF, light])
    digits = "".join(f"{value:03X}" for value in columns.ravel().tolist())
    return (
        f"Recorded Data\nDevice Unique Serial Code:051386\nSequence Number:{sequence}\n"
        f"Page Time:{stamp}\nUnassigned:\nTemperature:28.2\nBattery voltage:4.1642\n"
        f"Device Status:Recording\nMeasurement Frequency:50.0\n{digits}\n"
    )


GT3X_INFO = (
    "Serial Number: MOS2E39180594\nDevice Type: wGT3XBT\nBattery Voltage: 4,03\nSample Rate: 30\n"
    "Start Date: 637340333400000000\nAcceleration Scale: 256.0\nSide: Right\nLimb: Waist\n"
    "Subject Name: s09\n"
)


def pack_record(kind, second, payload):
    head = struct.pack("<BBIH", 0x1E, kind, second, len(payload)) + payload
    return head + bytes([reduce(xor, head) ^ 0xFF])


def pack_counts(second, counts):
    """Twelve bits, in the order y, x, z."""
    bits = (counts[:, [1, 0, 2]].ravel()[:, None] >> np.arange(11, -1, -1)) & 1
    return pack_record(0, second, np.packbits(bits.astype(np.uint8).ravel()).tobytes())


def whole_counts(second, counts):
    return pack_record(26, second, counts.astype("<i2").tobytes())


def write_gt3x(path, log, info=GT3X_INFO):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        if info is not None:
            archive.writestr("info.txt", info)
        if log is not None:
            archive.writestr("log.bin", log)
    return path


def parmay_header(packets, *, range_g=8, range_dps=2000, remarks=b"wrist"):
    mark = b"MDTC" + struct.pack("<IHH", packets, range_g, range_dps)
    return remarks.ljust(512, b"\0") + mark


def parmay_packet(start_s, end_s, acc, gyro=(), temperature=0, heart=0):
    """Counts (n, 3) of sixteen bits; so many readings of temperature and heart rate."""
    body = struct.pack("<6I", start_s, end_s, len(acc), len(gyro), temperature, heart)
    body += b"".join(np.asarray(part).astype("<i2").tobytes() for part in (acc, gyro))
    body += bytes(4 * (temperature + heart))
    return b"MDTCPACK" + struct.pack("<I", zlib.crc32(body)) + body
