//! The 1024 bytes that a file begins with.

use super::block::{hz, u16_at, u32_at, unpack_time};

/// Bytes before the first data block.
pub const HEADER_BYTES: usize = 1024;

/// How the device was set up.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// `"AX3"`, `"AX6"`, or the type's number in hexadecimal.
    pub device: String,
    /// The number printed on the case.
    pub device_id: u32,
    /// The number of this recording.
    pub session_id: u32,
    /// The rate it was set to.
    pub rate_hz: f64,
    /// The largest acceleration, in g.
    pub range_g: f64,
    /// The largest angular rate, in deg/s; 0 without a gyroscope.
    pub range_dps: f64,
    /// Version of the firmware.
    pub firmware: u8,
    /// When it was to start and stop, in seconds since 1970; `None` for "always".
    pub start_s: Option<i64>,
    /// See `start_s`.
    pub stop_s: Option<i64>,
    /// Notes on study and subject: URL-encoded pairs, as they stand there.
    pub annotation: Vec<u8>,
}

impl Header {
    /// `None` if these bytes do not begin a file of this kind.
    pub(super) fn parse(bytes: &[u8; HEADER_BYTES]) -> Option<Header> {
        if &bytes[..2] != b"MD" {
            return None;
        }
        let upper = match u16_at(bytes, 11) {
            0xffff => 0,
            upper => u32::from(upper),
        };
        let (sensors, rate) = (bytes[35], bytes[36]);
        let end = |part: &[u8]| {
            part.iter()
                .rposition(|b| !matches!(b, 0x20 | 0x00 | 0xff))
                .map_or(0, |last| last + 1)
        };
        let annotation = &bytes[64..512];
        Some(Header {
            device: match bytes[4] {
                0x00 | 0xff | 0x17 => "AX3".into(),
                0x64 => "AX6".into(),
                other => format!("{other:#04x}"),
            },
            device_id: u32::from(u16_at(bytes, 5)) | (upper << 16),
            session_id: u32_at(bytes, 7),
            rate_hz: hz(rate),
            range_g: f64::from(16u8 >> (rate >> 6)),
            range_dps: match sensors {
                0x00 | 0xff => 0.0,
                code => 8000.0 / f64::from(1u32 << (code & 0x0f)),
            },
            firmware: bytes[41],
            start_s: unpack_time(u32_at(bytes, 13)),
            stop_s: unpack_time(u32_at(bytes, 17)),
            annotation: annotation[..end(annotation)].to_vec(),
        })
    }
}
