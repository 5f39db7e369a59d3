//! The fuzz targets, driven over their corpus and mutations of it: no fuzzer and no nightly
//! compiler needed. `KINEFUSE_FUZZ_RUNS=1000000` mutates longer.

use std::path::Path;

#[path = "../../fuzz/targets.rs"]
mod targets;

/// Mutations of each target, unless the environment says otherwise.
const RUNS: usize = 20_000;

/// What numbers and texts are replaced by, because it has broken parsers before.
const WORDS: [&[u8]; 16] = [
    b"0",
    b"-1",
    b"1e308",
    b"-1e-320",
    b"18446744073709551616",
    b"9223372036854775807",
    b"NaN",
    b"null",
    b"[]",
    b"{}",
    b"\"\"",
    b"\\u0000",
    b"\xff\xff\xff\xff",
    b"\x00\x00\x00\x00\x00\x00\xf8\x7f",
    b"'",
    b"(,)",
];

/// splitmix64: the same mutations on every run.
struct Draws(u64);

impl Draws {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n.max(1) as u64) as usize
    }
}

/// A few random changes to one entry of the corpus.
fn mutate(corpus: &[Vec<u8>], draws: &mut Draws) -> Vec<u8> {
    let mut bytes = corpus[draws.below(corpus.len())].clone();
    for _ in 0..=draws.below(4) {
        let (a, b) = (draws.below(bytes.len() + 1), draws.below(bytes.len() + 1));
        let (a, b) = (a.min(b), a.max(b));
        match draws.below(7) {
            0 if a < bytes.len() => bytes[a] ^= 1 << draws.below(8),
            1 if a < bytes.len() => bytes[a] = draws.below(256) as u8,
            2 => drop(bytes.drain(a..b.min(a + 16))),
            3 => {
                let word = WORDS[draws.below(WORDS.len())];
                bytes.splice(a..b.min(a + draws.below(8)), word.iter().copied());
            }
            4 => {
                let copy: Vec<u8> = bytes[a..b.min(a + 64)].to_vec();
                bytes.splice(b..b, copy);
            }
            5 => {
                let other = &corpus[draws.below(corpus.len())];
                bytes.truncate(a);
                bytes.extend(&other[draws.below(other.len() + 1)..]);
            }
            _ => {
                // A whole number in the text becomes another.
                let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit());
                if let Some(at) = (a..bytes.len()).find(|&i| bytes[i].is_ascii_digit()) {
                    let end = at + digits(at).count();
                    let word = WORDS[draws.below(6)];
                    bytes.splice(at..end, word.iter().copied());
                }
            }
        }
    }
    bytes
}

fn drive(name: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/corpus")
        .join(name);
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    paths.sort();
    let corpus: Vec<Vec<u8>> = paths
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect();
    assert!(corpus.len() >= 5, "the corpus of {name} is not there");
    corpus.iter().for_each(|bytes| target(bytes));
    let runs = std::env::var("KINEFUSE_FUZZ_RUNS")
        .ok()
        .map_or(RUNS, |runs| runs.parse().unwrap());
    let mut draws = Draws(name.len() as u64);
    for run in 0..runs {
        let bytes = mutate(&corpus, &mut draws);
        if std::panic::catch_unwind(|| target(&bytes)).is_err() {
            panic!(
                "{name}, run {run}: panics on {:?}",
                String::from_utf8_lossy(&bytes)
            );
        }
    }
}

#[test]
fn clock() {
    drive("clock", targets::clock);
}

#[test]
fn plan() {
    drive("plan", targets::plan);
}

#[test]
fn times() {
    drive("times", targets::times);
}

#[test]
fn store() {
    drive("store", targets::store);
}
