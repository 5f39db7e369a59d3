//! Against files that an encoder writes from the published layout.

use proptest::prelude::*;

use super::super::drive::{Decoded, drive};
use super::{Counts, Decoder, Rows, SAMPLES, Wanted};

const START_S: f64 = 1_558_455_403.5;

fn header(pages: usize) -> String {
    format!(
        "Device Identity\r\nDevice Unique Serial Code:051386\r\n\r\nConfiguration Info\r\n\
         Measurement Frequency:50 Hz\r\nTime Zone:GMT -04:00\r\n\r\nSubject Info\r\n\
         Subject Code:0001\r\n\r\nCalibration Data\r\nx gain:25522\r\nx offset:272\r\n\
         y gain:25457\r\ny offset:-1129\r\nz gain:24829\r\nz offset:101\r\nVolts:42\r\n\
         Lux:886\r\n\r\nMemory Status\r\nNumber of Pages:{pages}\r\n\r\n"
    )
}

/// Counts of three axes, light and button.
type Sample = ([i16; 3], u16, bool);

fn page(sequence: usize, time: &str, samples: &[Sample]) -> String {
    let digits: String = samples
        .iter()
        .map(|&([x, y, z], light, button)| {
            let axis = |count: i16| (count as u16) & 0xfff;
            let last = (light << 2) | (u16::from(button) << 1);
            format!("{:03X}{:03X}{:03X}{last:03X}", axis(x), axis(y), axis(z))
        })
        .collect();
    format!(
        "Recorded Data\r\nDevice Unique Serial Code:051386\r\nSequence Number:{sequence}\r\n\
         Page Time:{time}\r\nUnassigned:\r\nTemperature:28.2\r\nBattery voltage:4.1642\r\n\
         Device Status:Recording\r\nMeasurement Frequency:50.0\r\n{digits}\r\n"
    )
}

fn samples(k: usize) -> Vec<Sample> {
    let count = |i: usize, axis: usize| ((k * 31 + i * 7 + axis * 131) % 4096) as i16 - 2048;
    (0..SAMPLES)
        .map(|i| {
            let axes = [count(i, 0), count(i, 1), count(i, 2)];
            (axes, (i * 3 + k) as u16 % 1024, i % 5 == 0)
        })
        .collect()
}

/// Pages of six seconds.
fn file(pages: usize) -> String {
    let page = |k: usize| {
        let second = 43 + 6 * k;
        let time = format!(
            "2019-05-21 16:{:02}:{:02}:500",
            16 + second / 60,
            second % 60
        );
        page(k, &time, &samples(k))
    };
    header(pages) + &(0..pages).map(page).collect::<String>()
}

fn decode(file: &[u8], piece: usize, wanted: Wanted, width: usize) -> crate::Result<Decoded> {
    drive(&mut Decoder::new("a.bin", wanted), file, piece, width)
}

#[test]
fn samples_light_and_auxiliary() {
    let text = file(3);
    let found = decode(text.as_bytes(), 1 << 20, Wanted::Samples, 3).unwrap();
    let calibration = [(25522.0, 272.0), (25457.0, -1129.0), (24829.0, 101.0)];
    let expected: Vec<f32> = (0..3)
        .flat_map(samples)
        .flat_map(|(axes, _, _)| {
            let g = |axis: usize| {
                let (gain, offset) = calibration[axis];
                ((f64::from(axes[axis]) * 100.0 - offset) / gain) as f32
            };
            [g(0), g(1), g(2)]
        })
        .collect();
    assert_eq!(found.data, expected);
    for (i, time_s) in found.time_s.iter().enumerate() {
        assert!((time_s - START_S - i as f64 / 50.0).abs() < 1e-6);
    }
    let expected = Counts {
        blocks: 3,
        rows: 900,
        ..Counts::default()
    };
    assert_eq!(found.counts, expected);

    let found = decode(text.as_bytes(), 999, Wanted::Light, 2).unwrap();
    let expected: Vec<f32> = (0..3)
        .flat_map(samples)
        .flat_map(|(_, light, button)| {
            let lux = f64::from(light) * (886.0 / 42.0);
            [lux as f32, f32::from(u8::from(button))]
        })
        .collect();
    assert_eq!(found.data, expected);

    let found = decode(text.as_bytes(), 999, Wanted::Auxiliary, 2).unwrap();
    assert_eq!(found.data, [28.2, 4.1642, 28.2, 4.1642, 28.2, 4.1642]);
    assert_eq!(found.time_s, [START_S, START_S + 6.0, START_S + 12.0]);
}

#[test]
fn the_header() {
    let mut decoder = Decoder::new("a.bin", Wanted::Nothing);
    let text = file(2).replace("Subject Code:0001", "Subject Code:caf\u{e9}");
    let bytes: Vec<u8> = text.chars().map(|letter| letter as u8).collect();
    decoder
        .push(&bytes, &mut Rows::new(&mut [], &mut []))
        .unwrap();
    let found = decoder.header().unwrap();
    assert_eq!((found.rate_hz, found.pages), (Some(50.0), Some(2)));
    let subject = ("Subject Code".to_string(), "caf\u{e9}".to_string());
    assert!(found.fields.contains(&subject));
    assert_eq!(decoder.layout(), Some((3, 50.0)));
}

#[test]
fn what_is_not_sound_is_located() {
    let pages: Vec<String> = (0..8)
        .map(|k| {
            let time = format!("2019-05-21 16:16:{:02}:000", 6 * k);
            page(k, &time, &samples(k))
        })
        .collect();
    let mut text = header(11) + &pages[0];
    text += &pages[1].replace("16:16:06:000", "16:16:xx:000");
    text += &pages[2].replace("Frequency:50.0", "Frequency:0");
    let digits = pages[3].len() - 10;
    text += &format!("{}G{}", &pages[3][..digits], &pages[3][digits + 1..]);
    text += &pages[4][..300];
    text += "\r\nsomething else\r\n";
    text += &pages[5];
    // Number 6 is not there; 7 is cut off.
    text += &pages[7][..pages[7].len() - 100];
    let found = decode(text.as_bytes(), 500, Wanted::Samples, 3).unwrap();
    let reasons = [
        (1, "no such time"),
        (2, "no rate"),
        (3, "not 3600 hexadecimal digits"), // and 4
        (6, "no line of samples"),
    ];
    assert_eq!(found.reasons(), reasons);
    let expected = Counts {
        blocks: 2,
        rows: 600,
        corrupt_blocks: 5,
        // 6 and 8 to 10; the one that is cut off is not sound.
        missing_blocks: 4,
        truncated_bytes: 3502,
        ..Counts::default()
    };
    assert_eq!(found.counts, expected);
}

#[test]
fn files_of_another_kind_are_refused() {
    let refused = |bytes: &[u8]| {
        decode(bytes, 300, Wanted::Samples, 3)
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    };
    assert!(refused(b"").contains("ends within its header"));
    assert!(refused(b"GENEA/1.00\r\nSerial-Number:1\r\n").contains("\"GENEA/1.00\""));
    assert!(refused(&[0; 100_000]).contains("Device Identity"));
    assert!(refused(header(3).as_bytes()).contains("ends within its header"));
    assert!(refused("Device Identity\r\n".repeat(2000).as_bytes()).contains("GENEActiv"));
    let without = file(1).replace("y gain:25457", "y gain:0");
    assert!(refused(without.as_bytes()).contains("\"y gain\""));
    let cut = file(1);
    assert!(refused(&cut.as_bytes()[..2000]).contains("page 0: no line of samples"));
}

#[test]
fn a_last_line_without_its_end_is_whole() {
    let text = file(2);
    let found = decode(text.trim_end().as_bytes(), 700, Wanted::Samples, 3).unwrap();
    assert_eq!((found.counts.rows, found.counts.truncated_bytes), (600, 0));
    let unix = text.replace("\r\n", "\n");
    let found = decode(unix.as_bytes(), 700, Wanted::Samples, 3).unwrap();
    assert_eq!(found.counts.rows, 600);
}

proptest! {
    #[test]
    fn pieces_do_not_matter(piece in 1..9000usize) {
        let text = file(4);
        let whole = decode(text.as_bytes(), text.len(), Wanted::Samples, 3).unwrap();
        let pieces = decode(text.as_bytes(), piece, Wanted::Samples, 3).unwrap();
        prop_assert_eq!(whole.data, pieces.data);
        prop_assert_eq!(whole.time_s, pieces.time_s);
        prop_assert_eq!(whole.counts, pieces.counts);
    }

    #[test]
    fn changed_bytes_are_decoded_or_refused(
        changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 0..20),
        cut in any::<usize>(),
        piece in 1..5000usize,
    ) {
        let mut bytes = file(3).into_bytes();
        for (at, byte) in changes {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        bytes.truncate(cut % (2 * bytes.len()));
        for wanted in [Wanted::Nothing, Wanted::Samples, Wanted::Light, Wanted::Auxiliary] {
            if let Ok(found) = decode(&bytes, piece, wanted, 3) {
                prop_assert!(found.counts.blocks <= 3);
            }
        }
    }

    #[test]
    fn any_bytes_are_decoded_or_refused(
        bytes in proptest::collection::vec(any::<u8>(), 0..3000),
        sound in any::<bool>(),
        piece in 1..1500usize,
    ) {
        let mut file = if sound { file(1).into_bytes() } else { Vec::new() };
        file.extend(bytes);
        let _ = decode(&file, piece, Wanted::Samples, 3);
    }
}
