//! Against files that an encoder writes from the published layout.

use proptest::prelude::*;

use super::super::drive::{Decoded, drive};
use super::packet::crc32;
use super::{Decoder, Wanted};

const START: u32 = 1_700_000_000;

fn header(packets: u32) -> Vec<u8> {
    let mut bytes = b"wrist".to_vec();
    bytes.resize(512, 0);
    bytes.extend(b"MDTC");
    bytes.extend(packets.to_le_bytes());
    bytes.extend(8u16.to_le_bytes());
    bytes.extend(2000u16.to_le_bytes());
    bytes
}

fn packet(start_s: u32, end_s: u32, acc: &[[i16; 3]], gyro: &[[i16; 3]]) -> Vec<u8> {
    let mut body = Vec::new();
    for word in [start_s, end_s, acc.len() as u32, gyro.len() as u32, 2, 1] {
        body.extend(word.to_le_bytes());
    }
    body.extend(
        acc.iter()
            .chain(gyro)
            .flatten()
            .flat_map(|n| n.to_le_bytes()),
    );
    body.extend([7; 12]);
    let mut bytes = b"MDTCPACK".to_vec();
    bytes.extend(crc32(&body).to_le_bytes());
    bytes.extend(body);
    bytes
}

fn rows(k: usize, n: usize) -> Vec<[i16; 3]> {
    let count =
        |i: usize, axis: usize| ((k * 7919 + i * 31 + axis * 20_011) % 65_536) as u16 as i16;
    (0..n)
        .map(|i| [0, 1, 2].map(|axis| count(i, axis)))
        .collect()
}

fn in_g(rows: &[[i16; 3]]) -> Vec<f32> {
    let full = |n: i16| if n < 0 { 32_768.0 } else { 32_767.0 };
    let g = |&n: &i16| (f64::from(n) * 8.0 / full(n)) as f32;
    rows.iter().flatten().map(g).collect()
}

fn decode(file: &[u8], piece: usize, wanted: Wanted) -> crate::Result<Decoded> {
    drive(&mut Decoder::new("a.bin", wanted), file, piece, 3)
}

#[test]
fn the_checksum_is_the_usual_one() {
    assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
}

#[test]
fn both_sensors_and_their_stamps() {
    let (first, second, turns) = (rows(0, 1000), rows(1, 502), rows(2, 500));
    let mut file = header(2);
    file.extend([0; 500]); // to the next block of memory
    file.extend(packet(START, START + 20, &first, &turns));
    file.extend(packet(START + 20, START + 30, &second, &turns[..250]));
    for piece in [1, 37, 5000, file.len()] {
        let found = decode(&file, piece, Wanted::Samples).unwrap();
        assert_eq!(found.data, in_g(&[first.clone(), second.clone()].concat()));
        let mut decoder = Decoder::new("a.bin", Wanted::Samples);
        drive(&mut decoder, &file, piece, 3).unwrap();
        assert_eq!(decoder.layout(), Some((3, 50.0)));
        assert_eq!((found.counts.blocks, found.counts.rows), (2, 1502));
        assert_eq!(found.time_s[999], f64::from(START) + 999.0 * 0.02);
        assert_eq!(found.time_s[1001], f64::from(START) + 20.0 + 10.0 / 502.0);
        assert!(found.faults.is_empty());
    }
    let found = decode(&file, 999, Wanted::Gyroscope).unwrap();
    assert_eq!(found.time_s.len(), 750);
    let expected = f64::from(turns[0][0]) * 2000f64.to_radians() / 32_767.0;
    assert!(turns[0][0] > 0 && (f64::from(found.data[0]) - expected).abs() < 1e-5);
    assert_eq!(found.time_s[1], f64::from(START) + 0.04);
}

#[test]
fn a_start_that_was_noted_late_is_the_last_end() {
    let mut file = header(3);
    file.extend(packet(START, START + 10, &rows(0, 1000), &[]));
    file.extend(packet(START + 11, START + 15, &rows(1, 500), &[]));
    file.extend(packet(START + 75, START + 85, &rows(2, 1000), &[]));
    let found = decode(&file, 700, Wanted::Samples).unwrap();
    assert_eq!(found.time_s[1000], f64::from(START) + 10.0);
    assert_eq!(found.time_s[1500], f64::from(START) + 75.0);
    assert_eq!(found.counts.clock_jumps, 0);
}

#[test]
fn what_is_damaged_is_skipped_and_counted() {
    let mut packets: Vec<Vec<u8>> = (0..5)
        .map(|k| {
            packet(
                START + 10 * k,
                START + 10 * k + 10,
                &rows(k as usize, 250),
                &[],
            )
        })
        .collect();
    packets[1][200] ^= 1;
    packets[3][20..24].copy_from_slice(&1_000_000_000u32.to_le_bytes());
    packets[4].truncate(900);
    let mut file = header(7);
    file.extend(packets.concat());
    let found = decode(&file, 333, Wanted::Samples).unwrap();
    assert_eq!(found.data, in_g(&[rows(0, 250), rows(2, 250)].concat()));
    let expected = [
        (1, "checksum"),
        (3, "more samples than a packet can have"),
        (4, "cut off"),
    ];
    assert_eq!(found.reasons(), expected);
    let counts = found.counts;
    assert_eq!((counts.truncated_bytes, counts.missing_blocks), (900, 2));
}

#[test]
fn other_files_are_refused() {
    let refused = |file: &[u8]| {
        decode(file, 100, Wanted::Nothing)
            .err()
            .unwrap()
            .to_string()
    };
    assert!(refused(&header(1)[..500]).contains("the file ends within"));
    assert!(refused(&[b'x'; 600]).contains("byte 512: expected MDTC"));
    assert!(refused(&header(1)).contains("got none among 0"));
    let mut wide = header(1);
    wide[520] = 0;
    assert!(refused(&wide).contains("byte 520: expected a range in g, got 0"));
    let mut timeless = header(1);
    timeless.extend(packet(START, START, &rows(0, 9), &[]));
    assert!(refused(&timeless).contains("packet 0: time"));
}

proptest! {
    #[test]
    fn any_packets_come_back(
        lengths in prop::collection::vec((1usize..300, 0usize..50), 1..6),
        junk in prop::collection::vec(any::<u8>(), 0..80),
        piece in 1usize..2000,
    ) {
        let mut file = header(lengths.len() as u32);
        let mut all = Vec::new();
        for (k, &(n, gyro)) in lengths.iter().enumerate() {
            let at = START + 10 * k as u32;
            file.extend(packet(at, at + 10, &rows(k, n), &rows(k, gyro)));
            all.extend(rows(k, n));
        }
        file.extend(&junk);
        let found = decode(&file, piece, Wanted::Samples).unwrap();
        prop_assert_eq!(found.data, in_g(&all));
    }

    #[test]
    fn nothing_makes_it_panic(
        mut file in prop::collection::vec(any::<u8>(), 0..1500),
        head in any::<bool>(),
        piece in 1usize..600,
    ) {
        if head {
            file.splice(0..0, header(1).into_iter().chain(*b"MDTCPACK"));
        }
        let _ = decode(&file, piece, Wanted::Samples);
    }
}
