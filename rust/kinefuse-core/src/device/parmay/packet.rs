//! A packet: a mark, a checksum, start and end, how many samples of each kind, the samples.

pub(super) const MAGIC: &[u8; 8] = b"MDTCPACK";
const HEAD: usize = 36;
/// More than a device writes at once: some minutes of all that it measures.
const MOST_BYTES: u64 = 1 << 18;

/// What stands at the beginning of some bytes.
pub(super) enum Found<'a> {
    Packet(Packet<'a>),
    /// What may be a packet; more bytes will tell.
    Begun,
    /// What would be a packet of more bytes than there can be.
    TooLarge,
    /// What would be a packet if its checksum were right.
    Unsound,
    /// None begins within so many bytes.
    Nothing(usize),
}

pub(super) struct Packet<'a> {
    /// Seconds since 1970.
    pub(super) start_s: u32,
    pub(super) end_s: u32,
    /// x, y, z of sixteen bits each.
    pub(super) acceleration: &'a [u8],
    pub(super) gyroscope: &'a [u8],
    /// Bytes of all of it.
    pub(super) size: usize,
}

pub(super) fn find(bytes: &[u8]) -> Found<'_> {
    let mark = &MAGIC[..bytes.len().min(MAGIC.len())];
    if !bytes.starts_with(mark) {
        let next = (1..bytes.len()).find(|&at| {
            let rest = &bytes[at..];
            rest.starts_with(&MAGIC[..rest.len().min(MAGIC.len())])
        });
        return Found::Nothing(next.unwrap_or(bytes.len()));
    }
    let Some(head) = bytes.first_chunk::<HEAD>() else {
        return Found::Begun;
    };
    let word = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let [accelerations, gyroscopes, temperatures, hearts] =
        [20, 24, 28, 32].map(|at| u64::from(word(at)));
    let size = HEAD as u64 + 6 * (accelerations + gyroscopes) + 4 * (temperatures + hearts);
    if size > MOST_BYTES {
        return Found::TooLarge;
    }
    let Some(packet) = bytes.get(..size as usize) else {
        return Found::Begun;
    };
    if crc32(&packet[12..]) != word(8) {
        return Found::Unsound;
    }
    let (acceleration, rest) = packet[HEAD..].split_at(6 * accelerations as usize);
    Found::Packet(Packet {
        start_s: word(12),
        end_s: word(16),
        acceleration,
        gyroscope: &rest[..6 * gyroscopes as usize],
        size: size as usize,
    })
}

/// The checksum of zip and PNG.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut at = 0;
        while at < 256 {
            let mut word = at as u32;
            let mut bit = 0;
            while bit < 8 {
                word = (word >> 1) ^ (0xedb8_8320 * (word & 1));
                bit += 1;
            }
            table[at] = word;
            at += 1;
        }
        table
    };
    !bytes.iter().fold(!0, |sum, &byte| {
        (sum >> 8) ^ TABLE[((sum ^ u32::from(byte)) & 0xff) as usize]
    })
}
