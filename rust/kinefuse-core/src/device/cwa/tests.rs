//! Against files that an encoder writes from the published layout.

use proptest::prelude::*;

use super::super::drive::{Decoded, drive};
use super::encoder::{Block, SECONDS, file, header, recording, seal};
use super::{Counts, Decoder, HEADER_BYTES, Rows, Wanted, block};

fn decode(file: &[u8], piece: usize, wanted: Wanted, width: usize) -> crate::Result<Decoded> {
    drive(&mut Decoder::new("a.cwa", wanted), file, piece, width)
}

#[test]
fn the_header() {
    let mut decoder = Decoder::new("a.cwa", Wanted::Nothing);
    decoder
        .push(&header(), &mut Rows::new(&mut [], &mut []))
        .unwrap();
    let found = decoder.header().unwrap();
    assert_eq!((found.device.as_str(), found.device_id), ("AX6", 51_888));
    assert_eq!(found.session_id, 0x0403_0201);
    assert_eq!(
        (found.rate_hz, found.range_g, found.range_dps),
        (200.0, 8.0, 2000.0)
    );
    assert_eq!((found.start_s, found.stop_s), (Some(SECONDS as i64), None));
    assert_eq!(found.annotation, b"_p=right+wrist&_sc=7");
}

#[test]
fn stamps_follow_the_clock_through_breaks() {
    let mut blocks = recording(6, 3, true);
    blocks.remove(3);
    let found = decode(&file(&blocks), 1 << 20, Wanted::Samples, 3).unwrap();
    assert_eq!(found.counts.missing_blocks, 1);
    assert_eq!(found.counts.clock_jumps, 0);
    assert_eq!(found.time_s.len(), 5 * 120);
    for (k, block) in blocks.iter().enumerate() {
        assert_eq!(found.time_s[k * 120], block.start_s());
    }
    let steps: Vec<f64> = found.time_s.windows(2).map(|t| t[1] - t[0]).collect();
    for (i, step) in steps.iter().enumerate() {
        let expected = if i == 3 * 120 - 1 { 121.0 } else { 1.0 } / 98.5;
        // Block starts are whole 32768ths of a second.
        assert!((step - expected).abs() < 4e-5, "{i}: {step}");
    }
}

#[test]
fn a_clock_that_is_set_is_a_jump() {
    let mut blocks = recording(6, 3, true);
    blocks[3..].iter_mut().for_each(|block| block.second += 7);
    let found = decode(&file(&blocks), 1 << 20, Wanted::Samples, 3).unwrap();
    assert_eq!(found.counts.clock_jumps, 1);
    assert_eq!(found.time_s[3 * 120], blocks[3].start_s());
    assert!(found.time_s[3 * 120] - found.time_s[3 * 120 - 1] > 7.0);
}

#[test]
fn the_oldest_firmware_has_its_rate_in_the_offset() {
    let mut bytes = file(&recording(2, 3, true));
    for block in bytes[HEADER_BYTES..].chunks_mut(512) {
        block[24] = 0;
        block[26..28].copy_from_slice(&80i16.to_le_bytes());
    }
    let found = decode(&bytes, 1 << 20, Wanted::Samples, 3).unwrap();
    assert_eq!((found.counts.blocks, found.counts.corrupt_blocks), (2, 0));
    assert_eq!(found.time_s[0], SECONDS);
    assert!((found.time_s[1] - SECONDS - 1.0 / 80.0).abs() < 1e-6);
}

#[test]
fn what_the_device_measures_once_a_block() {
    let blocks = recording(3, 6, false);
    let found = decode(&file(&blocks), 700, Wanted::Auxiliary, 3).unwrap();
    let starts: Vec<f64> = blocks.iter().map(Block::start_s).collect();
    assert_eq!(found.time_s, starts);
    let expected = [
        265.0 * 75.0 / 256.0 - 50.0,
        0.0,
        (206.0 + 512.0) * 6.0 / 1024.0,
    ];
    assert_eq!(found.data[..3], expected.map(|value| value as f32));
}

#[test]
fn what_is_not_sound_is_located() {
    let blocks = recording(9, 3, true);
    let mut bytes = file(&blocks);
    let sector = |bytes: &mut Vec<u8>, k: usize, f: &dyn Fn(&mut [u8])| {
        let start = HEADER_BYTES + k * 512;
        f(&mut bytes[start..start + 512]);
    };
    sector(&mut bytes, 1, &|b| b[100] ^= 4);
    sector(&mut bytes, 2, &|b| b[100] ^= 4);
    sector(&mut bytes, 3, &|b| b[14..18].fill(0)); // 2000-00-00
    sector(&mut bytes, 4, &|b| b[28] = 121);
    sector(&mut bytes, 5, &|b| b[25] = 0x62);
    sector(&mut bytes, 6, &|b| b.fill(0xff));
    sector(&mut bytes, 7, &|b| b[0] = b'?');
    for k in 3..6 {
        sector(&mut bytes, k, &seal);
    }
    // Six axes would be 40 samples.
    sector(&mut bytes, 5, &|b| {
        b[28] = 40;
        seal(b);
    });
    bytes.truncate(bytes.len() - 100);
    let found = decode(&bytes, 1000, Wanted::Samples, 3).unwrap();
    let runs: Vec<_> = found.faults.iter().map(|f| (f.block, f.blocks)).collect();
    assert_eq!(runs, [(1, 2), (3, 1), (4, 1), (5, 1), (7, 1)]);
    let counts = Counts {
        blocks: 1,
        rows: 120,
        corrupt_blocks: 6,
        missing_blocks: 0,
        other_blocks: 1,
        clock_jumps: 0,
        truncated_bytes: 412,
    };
    assert_eq!(found.counts, counts);
}

#[test]
fn files_of_another_kind_are_refused() {
    let refused = |bytes: &[u8]| {
        decode(bytes, 300, Wanted::Samples, 3)
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    };
    assert!(refused(b"").contains("got 0 bytes"));
    assert!(refused(&header()[..1000]).contains("got 1000 bytes"));
    assert!(refused(&[b'x'; 2000]).contains("begins with \"MD\""));
    assert!(refused(&header()).contains("none that is sound among 0"));
    let mut bytes = file(&recording(1, 3, true));
    bytes[HEADER_BYTES + 77] ^= 1;
    assert!(refused(&bytes).contains("block 0: checksum"));
}

#[test]
fn too_little_room_is_an_error() {
    let mut decoder = Decoder::new("a.cwa", Wanted::Samples);
    let (mut data, mut time_s) = ([0.0; 300], [0.0; 100]);
    let mut out = Rows::new(&mut data, &mut time_s);
    let pushed = decoder.push(&file(&recording(3, 3, true)), &mut out);
    assert!(
        pushed
            .unwrap_err()
            .to_string()
            .contains("room for 120 rows")
    );
}

proptest! {
    #[test]
    fn what_was_encoded_is_decoded(
        kind in 0..4usize,
        rate in 6u8..13,
        range in 0u8..4,
        scales in 0u16..64,
        starts in proptest::collection::vec(
            (0u32..1000, 0u16..32_768, -200i16..200, 0..121usize), 1..6,
        ),
        seed in any::<u32>(),
        piece in 1..2000usize,
    ) {
        let (axes, packed) = [(3, true), (3, false), (6, false), (9, false)][kind];
        let most = if packed { 120 } else { 240 / axes };
        let blocks: Vec<Block> = starts
            .iter()
            .enumerate()
            .map(|(k, &(second, fraction, offset, rows))| Block {
                sequence: 2 * k as u32,
                second,
                fraction,
                offset,
                rate: (range << 6) | rate,
                axes,
                packed,
                rows: (0..rows.min(most))
                    .map(|row| {
                        let draw = |axis: usize| {
                            let mixed = (seed ^ (k * 7919 + row * 104_729 + axis) as u32)
                                .wrapping_mul(0x9e37_79b9);
                            (mixed >> 16) as i16
                        };
                        let own = |axis: usize| if packed { draw(axis) >> 6 } else { draw(axis) };
                        let mut row: Vec<i16> = (0..axes).map(own).collect();
                        if packed {
                            row.push(draw(3) & 3);
                        }
                        row
                    })
                    .collect(),
                scales: scales << 10,
            })
            .collect();
        let found = decode(&file(&blocks), piece, Wanted::Samples, axes).unwrap();
        let expected: Vec<f32> = blocks.iter().flat_map(Block::data).collect();
        prop_assert_eq!(found.counts.corrupt_blocks, 0);
        prop_assert_eq!(found.data.len(), expected.len());
        for (own, expected) in found.data.iter().zip(&expected) {
            prop_assert!((own - expected).abs() <= expected.abs() * 1.2e-7, "{own} {expected}");
        }
        // None follows on: each is spread at the nominal rate from its own start.
        let times = blocks.iter().flat_map(|block| {
            let hz = block::hz(block.rate);
            (0..block.rows.len()).map(move |i| block.start_s() + i as f64 / hz)
        });
        for (own, expected) in found.time_s.iter().zip(times) {
            prop_assert!((own - expected).abs() < 1e-6);
        }
    }

    #[test]
    fn pieces_do_not_matter(piece in 1..3000usize, axes in 0..3usize) {
        let blocks = recording(5, [3, 6, 9][axes], false);
        let bytes = file(&blocks);
        let width = [3, 6, 9][axes];
        let whole = decode(&bytes, bytes.len(), Wanted::Samples, width).unwrap();
        let pieces = decode(&bytes, piece, Wanted::Samples, width).unwrap();
        prop_assert_eq!(whole.data, pieces.data);
        prop_assert_eq!(whole.time_s, pieces.time_s);
        prop_assert_eq!(whole.counts, pieces.counts);
    }

    #[test]
    fn flipped_bits_are_noticed(bits in proptest::collection::vec(0..5 * 4096usize, 1..4)) {
        let mut bytes = file(&recording(5, 3, true));
        for bit in &bits {
            bytes[HEADER_BYTES + bit / 8] ^= 1 << (bit % 8);
        }
        if let Ok(found) = decode(&bytes, 4096, Wanted::Samples, 3) {
            let touched: std::collections::BTreeSet<_> = bits.iter().map(|b| b / 4096).collect();
            let unsound = found.counts.corrupt_blocks + found.counts.other_blocks;
            prop_assert!(unsound <= touched.len() as u64);
            // One flip in a block always shows, except where it makes the rate code 0.
            if bits.len() == 1 && bits[0] % 4096 / 8 != 24 {
                prop_assert_eq!(unsound, 1);
            }
        }
    }

    #[test]
    fn any_bytes_are_decoded_or_refused(
        bytes in proptest::collection::vec(any::<u8>(), 0..2500),
        sound in any::<bool>(),
        piece in 1..1500usize,
    ) {
        let mut file = if sound { header() } else { Vec::new() };
        file.extend(bytes);
        for wanted in [Wanted::Nothing, Wanted::Samples, Wanted::Auxiliary] {
            let _ = decode(&file, piece, wanted, 9);
        }
    }
}
