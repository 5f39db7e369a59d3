//! Driving a decoder as its callers do, for tests: in pieces, with the room that it asks for.

use super::{Counts, Fault, Rows};
use crate::error::Result;

pub(super) trait Decode {
    fn max_rows(&self, bytes: usize) -> usize;
    fn push(&mut self, bytes: &[u8], out: &mut Rows<'_>) -> Result<()>;
    fn finish(&mut self, out: &mut Rows<'_>) -> Result<()>;
    fn counts(&self) -> Counts;
    fn faults(&self) -> &[Fault];
}

macro_rules! decode {
    ($($decoder:ty),*) => {$(
        impl Decode for $decoder {
            fn max_rows(&self, bytes: usize) -> usize {
                <$decoder>::max_rows(self, bytes)
            }
            fn push(&mut self, bytes: &[u8], out: &mut Rows<'_>) -> Result<()> {
                <$decoder>::push(self, bytes, out)
            }
            fn finish(&mut self, out: &mut Rows<'_>) -> Result<()> {
                <$decoder>::finish(self, out)
            }
            fn counts(&self) -> Counts {
                <$decoder>::counts(self)
            }
            fn faults(&self) -> &[Fault] {
                <$decoder>::faults(self)
            }
        }
    )*};
}

decode!(
    super::cwa::Decoder,
    super::geneactiv::Decoder,
    super::gt3x::Decoder,
    super::parmay::Decoder
);

/// All that came out.
pub(super) struct Decoded {
    pub(super) data: Vec<f32>,
    pub(super) time_s: Vec<f64>,
    pub(super) counts: Counts,
    pub(super) faults: Vec<Fault>,
}

impl Decoded {
    /// Where each run of faults begins, and why.
    pub(super) fn reasons(&self) -> Vec<(u64, &'static str)> {
        self.faults.iter().map(|f| (f.block, f.reason)).collect()
    }
}

/// Decodes a file that comes in pieces of so many bytes, to rows of `width` values.
pub(super) fn drive(
    decoder: &mut impl Decode,
    file: &[u8],
    piece: usize,
    width: usize,
) -> Result<Decoded> {
    let (mut all, mut times) = (Vec::new(), Vec::new());
    for piece in file.chunks(piece).map(Some).chain([None]) {
        let rows = decoder.max_rows(piece.map_or(0, <[u8]>::len));
        let (mut data, mut time_s) = (vec![f32::NAN; rows * width], vec![f64::NAN; rows]);
        let mut out = Rows::new(&mut data, &mut time_s);
        match piece {
            Some(bytes) => decoder.push(bytes, &mut out)?,
            None => decoder.finish(&mut out)?,
        }
        let filled = out.filled;
        all.extend_from_slice(&data[..filled * width]);
        times.extend_from_slice(&time_s[..filled]);
    }
    Ok(Decoded {
        data: all,
        time_s: times,
        counts: decoder.counts(),
        faults: decoder.faults().to_vec(),
    })
}
