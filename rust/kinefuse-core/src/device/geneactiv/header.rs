//! The lines before the first page: device, study, subject, calibration.

use super::fields::{field, number};

/// How the device was set up, and what turns its counts into g and lux.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// Every line that names something, in order: `("Subject Code", "0001")`.
    pub fields: Vec<(String, String)>,
    /// The rate it was set to.
    pub rate_hz: Option<f64>,
    /// Pages that the file should have.
    pub pages: Option<u64>,
    /// Counts a hundredth of g, by axis.
    pub gain: [f64; 3],
    /// Hundredths of a count at 0 g, by axis.
    pub offset: [f64; 3],
    /// Lux a count of the light meter; NaN if nobody says.
    pub lux: f64,
}

impl Header {
    /// Reads the lines; or says which is missing or makes no sense.
    pub(super) fn parse(lines: &[Vec<u8>]) -> Result<Header, String> {
        let fields: Vec<(String, String)> = lines
            .iter()
            .filter_map(|line| field(line))
            .map(|(key, value)| (latin(key), latin(value)))
            .collect();
        let find = |key: &str| {
            let found = fields.iter().find(|(name, _)| name == key);
            found.and_then(|(_, value)| number(value.as_bytes()))
        };
        let (mut gain, mut offset) = ([0.0; 3], [0.0; 3]);
        for (axis, name) in ["x", "y", "z"].iter().enumerate() {
            gain[axis] = find(&format!("{name} gain"))
                .filter(|&gain| gain != 0.0)
                .ok_or(format!("expected \"{name} gain\" in the header, not 0"))?;
            offset[axis] = find(&format!("{name} offset"))
                .ok_or(format!("expected \"{name} offset\" in the header"))?;
        }
        let lux = match (find("Lux"), find("Volts")) {
            (Some(lux), Some(volts)) if volts != 0.0 => lux / volts,
            _ => f64::NAN,
        };
        Ok(Header {
            rate_hz: find("Measurement Frequency"),
            pages: find("Number of Pages")
                .filter(|&pages| pages >= 0.0)
                .map(|pages| pages as u64),
            gain,
            offset,
            lux,
            fields,
        })
    }
}

/// Notes may hold any byte; Latin-1 gives each a letter.
fn latin(text: &[u8]) -> String {
    text.iter().map(|&byte| char::from(byte)).collect()
}
