//! Counter-based randomness: Philox4x32-10 (Salmon et al., SC 2011) and Box-Muller normals.
//!
//! A number depends on its key and its place in the stream and on nothing else: not on threads,
//! order, or the CPU's instruction set. Logarithm, sine and cosine are our own polynomials, and no
//! multiply-add is fused, because both would differ from machine to machine.

use kinefuse_dispatch::dispatch;

/// Blocks made at a time by [`Rng::fill_normal`]; a long plain loop is what the compiler vectorises.
const LANES: usize = 64;

/// Their number is rounded up to a multiple of this, so that no vector is filled in part.
const VECTOR: usize = 16;

/// Up to so many normals are made without vectors, most of which would be thrown away.
const FEW: usize = 12;

/// What a stream of numbers is for: a seed and any number of further parts, each of which leads to
/// an independent stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key(u64);

impl Key {
    /// The key of a seed.
    pub fn new(seed: u64) -> Self {
        Key(mix(seed))
    }

    /// The key of one part (an epoch, a window, a view, …) under this one.
    #[must_use]
    pub fn with(self, part: u64) -> Self {
        Key(mix(self.0.rotate_left(23) ^ mix(part)))
    }
}

/// The finaliser of SplitMix64.
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A stream of random numbers. Streams of one key with different numbers are independent.
#[derive(Debug, Clone)]
pub struct Rng {
    key: [u32; 2],
    stream: u64,
    block: u64,
    left: [u32; 4],
    used: usize,
}

impl Rng {
    /// Stream number `stream` of `key`, from its start.
    pub fn new(key: Key, stream: u64) -> Self {
        let key = [key.0 as u32, (key.0 >> 32) as u32];
        Rng {
            key,
            stream,
            block: 0,
            left: [0; 4],
            used: 4,
        }
    }

    /// 32 random bits.
    pub fn next_u32(&mut self) -> u32 {
        if self.used == 4 {
            self.left = philox(self.counter(self.block), self.key);
            self.block += 1;
            self.used = 0;
        }
        self.used += 1;
        self.left[self.used - 1]
    }

    /// Uniform in [0, 1), on a grid of 2^-24.
    pub fn uniform(&mut self) -> f32 {
        (self.next_u32() >> 8) as f32 * (1.0 / 16_777_216.0)
    }

    /// Uniform in [low, high).
    pub fn uniform_in(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.uniform()
    }

    /// Uniform in 0..n; `n` must not be 0. The bias is under n / 2^32.
    pub fn below(&mut self, n: usize) -> usize {
        debug_assert!(n > 0 && n <= u32::MAX as usize);
        ((u64::from(self.next_u32()) * n as u64) >> 32) as usize
    }

    /// Shuffles in place (Fisher-Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }

    /// Calls `chosen` for `k` of the numbers below `n`, in order; every set of `k` is as likely
    /// (selection sampling, Knuth 3.4.2 S).
    pub fn choose(&mut self, n: usize, k: usize, mut chosen: impl FnMut(usize)) {
        let mut left = k.min(n);
        for i in 0..n {
            if left > 0 && self.below(n - i) < left {
                left -= 1;
                chosen(i);
            }
        }
    }

    /// One standard normal, of a block of four. For many, [`Rng::fill_normal`] is much faster.
    pub fn normal(&mut self) -> f32 {
        let mut one = [0.0];
        self.fill_normal(&mut one);
        one[0]
    }

    /// Standard normals, four a block; starts at the next whole block.
    pub fn fill_normal(&mut self, out: &mut [f32]) {
        self.used = 4;
        if out.len() <= FEW {
            for four in out.chunks_mut(4) {
                let z = normals(philox(self.counter(self.block), self.key));
                self.block += 1;
                four.copy_from_slice(&z[..four.len()]);
            }
            return;
        }
        for chunk in out.chunks_mut(4 * LANES) {
            normal_lanes(self.block, self.stream, self.key, chunk);
            self.block += chunk.len().div_ceil(4) as u64;
        }
    }

    fn counter(&self, block: u64) -> [u32; 4] {
        [
            block as u32,
            (block >> 32) as u32,
            self.stream as u32,
            (self.stream >> 32) as u32,
        ]
    }
}

const MUL0: u32 = 0xD251_1F53;
const MUL1: u32 = 0xCD9E_8D57;
const WEYL0: u32 = 0x9E37_79B9;
const WEYL1: u32 = 0xBB67_AE85;

/// One block of Philox4x32-10.
#[inline(always)]
fn philox(mut c: [u32; 4], mut k: [u32; 2]) -> [u32; 4] {
    for _ in 0..10 {
        let p0 = u64::from(MUL0) * u64::from(c[0]);
        let p1 = u64::from(MUL1) * u64::from(c[2]);
        c = [
            (p1 >> 32) as u32 ^ c[1] ^ k[0],
            p1 as u32,
            (p0 >> 32) as u32 ^ c[3] ^ k[1],
            p0 as u32,
        ];
        k = [k[0].wrapping_add(WEYL0), k[1].wrapping_add(WEYL1)];
    }
    c
}

/// Fills `out`, at most four a lane, from the blocks that begin at `first`: words 0 and 1 of a
/// block give two normals, words 2 and 3 the others.
#[dispatch(avx512, avx2)]
fn normal_lanes(first: u64, stream: u64, key: [u32; 2], out: &mut [f32]) {
    let n = out.len().div_ceil(4).next_multiple_of(VECTOR).min(LANES);
    let mut words = [[0u32; LANES]; 4];
    let mut planes = [[0f32; LANES]; 4];
    {
        let [w0, w1, w2, w3] = &mut words;
        let (w0, w1, w2, w3) = (&mut w0[..n], &mut w1[..n], &mut w2[..n], &mut w3[..n]);
        for l in 0..n {
            let block = first + l as u64;
            let c = [
                block as u32,
                (block >> 32) as u32,
                stream as u32,
                (stream >> 32) as u32,
            ];
            [w0[l], w1[l], w2[l], w3[l]] = philox(c, key);
        }
        let [z0, z1, z2, z3] = &mut planes;
        let (z0, z1, z2, z3) = (&mut z0[..n], &mut z1[..n], &mut z2[..n], &mut z3[..n]);
        for l in 0..n {
            (z0[l], z1[l]) = normal_pair(w0[l], w1[l]);
        }
        for l in 0..n {
            (z2[l], z3[l]) = normal_pair(w2[l], w3[l]);
        }
    }
    let [z0, z1, z2, z3] = &planes;
    let (whole, rest) = out.as_chunks_mut::<4>();
    for (l, z) in whole.iter_mut().enumerate() {
        *z = [z0[l], z1[l], z2[l], z3[l]];
    }
    for (k, z) in rest.iter_mut().enumerate() {
        *z = planes[k][whole.len()];
    }
}

/// Four normals from one block.
fn normals(x: [u32; 4]) -> [f32; 4] {
    let (a, b) = normal_pair(x[0], x[1]);
    let (c, d) = normal_pair(x[2], x[3]);
    [a, b, c, d]
}

/// Two independent normals (Box and Muller 1958).
#[inline(always)]
fn normal_pair(radius_bits: u32, angle_bits: u32) -> (f32, f32) {
    // (0, 1]: a zero would be an infinite normal.
    let u = ((radius_bits >> 8) + 1) as i32 as f32 * (1.0 / 16_777_216.0);
    let radius = (-2.0 * ln(u)).sqrt();
    let (s, c) = sin_cos_turn(angle_bits);
    (radius * c, radius * s)
}

/// Natural logarithm of a positive normal number (Cephes `logf`: 2 ulp).
#[inline(always)]
fn ln(x: f32) -> f32 {
    let bits = x.to_bits() as i32;
    // Mantissa in [sqrt(1/2), sqrt(2)).
    let e = (bits.wrapping_sub(0x3f35_04f3)) >> 23;
    let m = f32::from_bits((bits.wrapping_sub(e << 23)) as u32) - 1.0;
    let e = e as f32;
    let z = m * m;
    let mut p = 7.037_683_6e-2_f32;
    p = p * m - 1.151_461e-1;
    p = p * m + 1.167_699_9e-1;
    p = p * m - 1.242_014_1e-1;
    p = p * m + 1.424_932_3e-1;
    p = p * m - 1.666_805_8e-1;
    p = p * m + 2.000_071_5e-1;
    p = p * m - 2.499_999_4e-1;
    p = p * m + 3.333_333e-1;
    let y = m * z * p - 2.121_944_4e-4 * e - 0.5 * z;
    m + y + 0.693_359_4 * e
}

/// Sine and cosine of `bits / 2^32` of a full turn.
#[inline(always)]
fn sin_cos_turn(bits: u32) -> (f32, f32) {
    // The nearest quarter turn, and what is left of it: an eighth of a turn at most, either way.
    let quarter = bits.wrapping_add(1 << 29) >> 30;
    let rest = bits.wrapping_sub(quarter << 30) as i32;
    let a = rest as f32 * (std::f32::consts::TAU / 4_294_967_296.0);
    let z = a * a;
    let s = ((-1.951_529_6e-4 * z + 8.332_161e-3) * z - 1.666_665_5e-1) * z * a + a;
    let c = ((2.443_315_7e-5 * z - 1.388_731_6e-3) * z + 4.166_664_6e-2) * z * z - 0.5 * z + 1.0;
    let swap = quarter & 1 == 1;
    let (s, c) = if swap { (c, s) } else { (s, c) };
    let s = if quarter & 2 == 2 { -s } else { s };
    let c = if (quarter + 1) & 2 == 2 { -c } else { c };
    (s, c)
}

/// Sine and cosine of an angle in degrees, the same on every machine.
pub fn sin_cos_deg(degrees: f32) -> (f32, f32) {
    let turns = f64::from(degrees) / 360.0;
    let bits = ((turns - turns.floor()) * 4_294_967_296.0).round() as u64 as u32;
    sin_cos_turn(bits)
}

#[cfg(test)]
mod tests {
    use super::{Key, Rng, ln, philox, sin_cos_deg};
    use proptest::prelude::{prop_assert, proptest};

    /// Known answers of the Random123 distribution (`kat_vectors`, philox4x32 10).
    #[test]
    fn philox_known_answers() {
        assert_eq!(
            philox([0; 4], [0; 2]),
            [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
        );
        assert_eq!(
            philox([u32::MAX; 4], [u32::MAX; 2]),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
        assert_eq!(
            philox(
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0]
            ),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    #[test]
    fn normals_have_the_moments_of_the_normal() {
        let n = 4_000_000;
        let mut z = vec![0f32; n];
        Rng::new(Key::new(7), 0).fill_normal(&mut z);
        let moment = |k: i32| z.iter().map(|&v| f64::from(v).powi(k)).sum::<f64>() / n as f64;
        assert!(moment(1).abs() < 0.003, "mean {}", moment(1));
        assert!((moment(2) - 1.0).abs() < 0.005, "variance {}", moment(2));
        assert!(moment(3).abs() < 0.01, "skew {}", moment(3));
        assert!((moment(4) - 3.0).abs() < 0.04, "kurtosis {}", moment(4));
        let beyond = z.iter().filter(|v| v.abs() > 4.0).count() as f64 / n as f64;
        assert!(
            (beyond / 6.334e-5 - 1.0).abs() < 0.3,
            "share beyond 4 sigma {beyond}"
        );
    }

    #[test]
    fn normals_do_not_depend_on_how_they_are_asked_for() {
        let mut whole = vec![0f32; 1024];
        Rng::new(Key::new(1), 3).fill_normal(&mut whole);
        let mut rng = Rng::new(Key::new(1), 3);
        let mut parts = vec![0f32; 1024];
        for part in parts.chunks_mut(4 * 13) {
            rng.fill_normal(part);
        }
        assert_eq!(whole, parts);
        let mut rng = Rng::new(Key::new(1), 3);
        // One block at a time is made without vectors.
        for part in parts.chunks_mut(4) {
            rng.fill_normal(part);
        }
        assert_eq!(whole, parts);
    }

    #[test]
    fn streams_and_keys_differ() {
        let draw = |key: Key, stream| Rng::new(key, stream).next_u32();
        let key = Key::new(5);
        assert_ne!(draw(key, 0), draw(key, 1));
        assert_ne!(draw(key.with(1).with(2), 0), draw(key.with(2).with(1), 0));
    }

    proptest! {
        #[test]
        fn ln_is_close(x in 1e-7f32..1.0) {
            let exact = f64::from(x).ln();
            prop_assert!((f64::from(ln(x)) - exact).abs() <= 3e-7 * exact.abs().max(0.3));
        }

        #[test]
        fn sin_cos_is_close(degrees in -1080f32..1080.0) {
            let exact = f64::from(degrees).to_radians();
            let (s, c) = sin_cos_deg(degrees);
            prop_assert!((f64::from(s) - exact.sin()).abs() < 3e-7);
            prop_assert!((f64::from(c) - exact.cos()).abs() < 3e-7);
        }

        #[test]
        fn below_stays_below(seed: u64, n in 1usize..1000) {
            let mut rng = Rng::new(Key::new(seed), 0);
            prop_assert!((0..50).all(|_| rng.below(n) < n));
        }

        #[test]
        fn choose_takes_that_many_in_order(seed: u64, n in 0usize..60, k in 0usize..70) {
            let mut chosen = Vec::new();
            Rng::new(Key::new(seed), 0).choose(n, k, |i| chosen.push(i));
            prop_assert!(chosen.len() == k.min(n) && chosen.windows(2).all(|w| w[0] < w[1]));
            prop_assert!(chosen.iter().all(|&i| i < n));
        }

        #[test]
        fn shuffle_keeps_the_items(seed: u64, n in 0usize..200) {
            let mut items: Vec<usize> = (0..n).collect();
            Rng::new(Key::new(seed), 0).shuffle(&mut items);
            items.sort_unstable();
            prop_assert!(items.into_iter().eq(0..n));
        }
    }
}
