//! The kernel: a tile of frames through a cascade, all channels of a frame at once.
//!
//! A recursion is serial in time, so the lanes of a vector are the channels. Frames are brought into
//! a tile of double precision, padded to a whole number of vectors, run through the sections there
//! (transposed direct form II), and written back.

use kinefuse_dispatch::dispatch;

use super::Coefficients;
use crate::resample::Sample;

/// Frames of a tile: small enough for the first-level cache.
pub(super) const TILE: usize = 64;
/// Channels that go through together.
pub(super) const LANES: usize = 8;

pub(super) type Frame = [f64; LANES];
/// Frames that each lie in one cache line: one that crossed two would be read and written twice.
#[repr(align(64))]
pub(super) struct Tile(pub(super) [Frame; TILE]);
/// What a section remembers of the frames before.
pub(super) type Memory = [Frame; 2];

/// Which channels of which rows a tile holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Channels of a row.
    pub(super) c: usize,
    /// The first channel of the tile.
    pub(super) channel: usize,
    /// Channels of the tile, up to [`LANES`].
    pub(super) width: usize,
    /// The first row of the tile.
    pub(super) row: usize,
    /// The tile's frames are in reverse order of time.
    pub(super) backward: bool,
}

/// Runs the tile through all sections, in place.
pub(super) fn run(
    sections: &[Coefficients],
    memory: &mut [Memory],
    tile: &mut [Frame],
    width: usize,
) {
    for (sections, memory) in sections.chunks(4).zip(memory.chunks_mut(4)) {
        match (sections.len(), width <= 4) {
            (1, true) => cascade::<1, 4>(sections, memory, tile),
            (2, true) => cascade::<2, 4>(sections, memory, tile),
            (3, true) => cascade::<3, 4>(sections, memory, tile),
            (_, true) => cascade::<4, 4>(sections, memory, tile),
            (1, false) => cascade::<1, 8>(sections, memory, tile),
            (2, false) => cascade::<2, 8>(sections, memory, tile),
            (3, false) => cascade::<3, 8>(sections, memory, tile),
            (_, false) => cascade::<4, 8>(sections, memory, tile),
        }
    }
}

/// `K` sections a frame, `L` lanes of it. Each line is a loop of its own over the lanes: that is what
/// becomes vectors. What does not wait for `y` is added first: the chain is shorter.
#[dispatch(avx512, avx2)]
fn cascade<const K: usize, const L: usize>(
    sections: &[Coefficients],
    memory: &mut [Memory],
    tile: &mut [Frame],
) {
    let mut s = [[0.0; 5]; K];
    s.copy_from_slice(&sections[..K]);
    let mut z = [[[0.0; L]; 2]; K];
    for k in 0..K {
        for i in 0..2 {
            z[k][i].copy_from_slice(&memory[k][i][..L]);
        }
    }
    for frame in tile.iter_mut() {
        let mut x = [0.0; L];
        x.copy_from_slice(&frame[..L]);
        for k in 0..K {
            let [b0, b1, b2, a1, a2] = s[k];
            let mut y = [0.0; L];
            for l in 0..L {
                y[l] = b0 * x[l] + z[k][0][l];
            }
            for l in 0..L {
                z[k][0][l] = (b1 * x[l] + z[k][1][l]) - a1 * y[l];
            }
            for l in 0..L {
                z[k][1][l] = b2 * x[l] - a2 * y[l];
            }
            x = y;
        }
        frame[..L].copy_from_slice(&x);
    }
    for k in 0..K {
        for i in 0..2 {
            memory[k][i][..L].copy_from_slice(&z[k][i]);
        }
    }
}

/// One frame through the cascade in one lane: the same arithmetic as [`run`], bit by bit.
pub(super) fn step(sections: &[Coefficients], memory: &mut [Memory], lane: usize, x: f64) -> f64 {
    let mut x = x;
    for (&[b0, b1, b2, a1, a2], z) in sections.iter().zip(memory) {
        let y = b0 * x + z[0][lane];
        z[0][lane] = (b1 * x + z[1][lane]) - a1 * y;
        z[1][lane] = b2 * x - a2 * y;
        x = y;
    }
    x
}

/// Reads a tile.
pub(super) fn load<F: Sample>(x: &[F], place: Place, tile: &mut [Frame]) {
    match place.width {
        1 => load_frames::<F, 1>(x, place, tile),
        3 => load_frames::<F, 3>(x, place, tile),
        6 => load_frames::<F, 6>(x, place, tile),
        8 => load_frames::<F, 8>(x, place, tile),
        _ => load_frames::<F, 0>(x, place, tile),
    }
}

/// Writes a tile.
pub(super) fn store<F: Sample>(tile: &[Frame], place: Place, out: &mut [F]) {
    match place.width {
        1 => store_frames::<F, 1>(tile, place, out),
        3 => store_frames::<F, 3>(tile, place, out),
        6 => store_frames::<F, 6>(tile, place, out),
        8 => store_frames::<F, 8>(tile, place, out),
        _ => store_frames::<F, 0>(tile, place, out),
    }
}

/// `W` is the width where it is a common one, 0 otherwise.
#[dispatch(avx2)]
fn load_frames<F: Sample, const W: usize>(x: &[F], place: Place, tile: &mut [Frame]) {
    let width = if W == 0 { place.width } else { W };
    let n = tile.len();
    let rows = &x[place.row * place.c..(place.row + n) * place.c];
    for (i, row) in rows.chunks_exact(place.c).enumerate() {
        let frame = &mut tile[if place.backward { n - 1 - i } else { i }];
        let row = &row[place.channel..place.channel + width];
        for l in 0..width {
            frame[l] = row[l].to_f64();
        }
    }
}

#[dispatch(avx2)]
fn store_frames<F: Sample, const W: usize>(tile: &[Frame], place: Place, out: &mut [F]) {
    let width = if W == 0 { place.width } else { W };
    let n = tile.len();
    let rows = &mut out[place.row * place.c..(place.row + n) * place.c];
    for (i, row) in rows.chunks_exact_mut(place.c).enumerate() {
        let frame = &tile[if place.backward { n - 1 - i } else { i }];
        let row = &mut row[place.channel..place.channel + width];
        for l in 0..width {
            row[l] = F::from_f64(frame[l]);
        }
    }
}
