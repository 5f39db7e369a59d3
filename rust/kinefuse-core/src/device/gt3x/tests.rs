//! Against logs that an encoder writes from the published layout.

use proptest::prelude::*;

use super::super::drive::{Decoded, drive};
use super::{Counts, Decoder, Wanted};

const START: u32 = 1_598_436_000;

fn record(kind: u8, second: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x1e, kind];
    bytes.extend(second.to_le_bytes());
    bytes.extend((payload.len() as u16).to_le_bytes());
    bytes.extend(payload);
    bytes.push(!bytes.iter().fold(0, |sum, byte| sum ^ byte));
    bytes
}

/// Counts in the order x, y, z.
fn whole(second: u32, rows: &[[i16; 3]]) -> Vec<u8> {
    let payload: Vec<u8> = rows
        .iter()
        .flatten()
        .flat_map(|n| n.to_le_bytes())
        .collect();
    record(26, second, &payload)
}

fn packed(second: u32, rows: &[[i16; 3]]) -> Vec<u8> {
    let mut nibbles: Vec<u8> = Vec::new();
    for &[x, y, z] in rows {
        for count in [y, x, z] {
            nibbles.extend([8, 4, 0].map(|shift| ((count as u16) >> shift) as u8 & 15));
        }
    }
    if nibbles.len() % 2 == 1 {
        nibbles.push(0);
    }
    let payload: Vec<u8> = nibbles.chunks(2).map(|n| (n[0] << 4) | n[1]).collect();
    record(0, second, &payload)
}

fn rows(k: usize, n: usize) -> Vec<[i16; 3]> {
    let count = |i: usize, axis: usize| ((k * 31 + i * 7 + axis * 131) % 4096) as i16 - 2048;
    (0..n)
        .map(|i| [0, 1, 2].map(|axis| count(i, axis)))
        .collect()
}

fn decode(log: &[u8], piece: usize, per_g: Option<f64>) -> crate::Result<Decoded> {
    drive(
        &mut Decoder::new("a.gt3x", Wanted::Samples, 30.0, per_g)?,
        log,
        piece,
        3,
    )
}

fn g(rows: &[[i16; 3]], per_g: f64) -> Vec<f32> {
    let counts = rows.iter().flatten();
    counts.map(|&n| (f64::from(n) / per_g) as f32).collect()
}

#[test]
fn both_kinds_of_samples_and_the_scale_on_the_way() {
    let (first, second) = (rows(0, 30), rows(1, 31));
    let mut log = record(6, START, b"{\"MetadataType\":\"Bio\"}");
    log.extend(packed(START, &second));
    log.extend([0, 0, 0]);
    // ACCEL_SCALE: 256 counts a g, as ActiGraph's own example has it.
    log.extend(record(21, START, &[0, 0, 55, 0, 0, 0, 0x40, 9]));
    log.extend(record(0, START + 1, &[1]));
    log.extend(whole(START + 5, &first));
    let found = decode(&log, 1000, Some(341.0)).unwrap();
    assert_eq!(found.data[..93], g(&second, 341.0));
    assert_eq!(found.data[93..], g(&first, 256.0));
    assert_eq!(found.time_s[30], f64::from(START) + 1.0);
    assert_eq!(found.time_s[31], f64::from(START) + 5.0);
    let expected = Counts {
        blocks: 2,
        rows: 61,
        other_blocks: 3,
        ..Counts::default()
    };
    assert_eq!(found.counts, expected);
    // The example of a packed sample in the description: y, x, z.
    let log = record(0, START, &[0x00, 0x60, 0x08, 0xeb, 0xd0]);
    let found = decode(&log, 1000, Some(341.0)).unwrap();
    let counts = [0x008, 0x006, 0xebd - 0x1000].map(|n| (f64::from(n) / 341.0) as f32);
    assert_eq!(found.data, counts);
}

#[test]
fn what_is_not_sound_is_located_and_passed_over() {
    let mut log: Vec<u8> = Vec::new();
    for k in 0..6 {
        let mut bytes = whole(START + k, &rows(k as usize, 30));
        match k {
            1 => bytes[50] ^= 1,
            2 => bytes[7] = 0xff, // says that it is far longer than it is
            _ => {}
        }
        log.extend(bytes);
    }
    log.extend(record(26, START + 4, &[0; 13]));
    log.extend(b"noise");
    log.extend(&whole(START + 7, &rows(7, 30))[..100]);
    let found = decode(&log, 64, Some(256.0)).unwrap();
    // Two that cannot be told apart count as one.
    let reasons = [
        (1, "checksum"),
        (5, "no whole number of samples"),
        (6, "no record where one should begin"),
    ];
    assert_eq!(found.reasons(), reasons);
    assert_eq!((found.counts.blocks, found.counts.rows), (4, 120));
    assert_eq!(found.time_s[30], f64::from(START) + 3.0);
}

#[test]
fn a_log_that_is_cut_is_read_up_to_there() {
    let mut log = whole(START, &rows(0, 30));
    log.extend(&whole(START + 1, &rows(1, 30))[..100]);
    let found = decode(&log, 64, Some(256.0)).unwrap();
    assert_eq!(
        (found.counts.blocks, found.counts.truncated_bytes),
        (1, 100)
    );
    assert_eq!(found.reasons(), [(1, "cut off")]);
}

#[test]
fn logs_without_samples_or_scale_are_refused() {
    let refused = |log: &[u8], per_g| decode(log, 100, per_g).err().unwrap().to_string();
    assert!(refused(b"", Some(256.0)).contains("none among 0"));
    assert!(refused(b"PK", Some(256.0)).contains("record 0: no record"));
    let log = whole(START, &rows(0, 30));
    assert!(refused(&log, None).contains("acceleration scale"));
    assert!(refused(&log, Some(f64::NAN)).contains("acceleration scale"));
    assert!(Decoder::new("a", Wanted::Nothing, f64::NAN, None).is_err());
}

proptest! {
    #[test]
    fn what_was_encoded_is_decoded(
        seconds in proptest::collection::vec((1..100usize, any::<bool>()), 1..6),
        seed in 0..4096usize,
        piece in 1..3000usize,
    ) {
        let (mut log, mut expected) = (Vec::new(), Vec::new());
        for (k, &(n, pack)) in seconds.iter().enumerate() {
            let rows = rows(seed + k, n);
            let second = START + k as u32;
            log.extend(if pack { packed(second, &rows) } else { whole(second, &rows) });
            expected.extend(g(&rows, 256.0));
        }
        let found = decode(&log, piece, Some(256.0)).unwrap();
        prop_assert_eq!(found.counts.corrupt_blocks, 0);
        prop_assert_eq!(found.data, expected);
    }

    #[test]
    fn any_bytes_are_decoded_or_refused(
        bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(0x1e)], 0..2000),
        flips in proptest::collection::vec(0..4000usize, 0..4),
        piece in 1..1500usize,
    ) {
        let mut log: Vec<u8> = (0..5u32)
            .flat_map(|k| packed(START + k, &rows(k as usize, 30)))
            .collect();
        log.extend(&bytes);
        for flip in flips {
            let n = log.len();
            log[flip % n] ^= 1 << (flip % 8);
        }
        let _ = decode(&log, piece, Some(256.0));
        let _ = decode(&bytes, piece, Some(256.0));
    }
}
