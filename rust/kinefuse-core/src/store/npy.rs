//! The header of a `.npy` file (NumPy's NEP 1), versions 1 to 3.
//!
//! The header is a Python dictionary literal with exactly the keys `descr`, `fortran_order` and
//! `shape`. Only what NumPy itself writes for plain arrays is read; nothing is ever evaluated.

const MAGIC: &[u8] = b"\x93NUMPY";

/// What a `.npy` header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Type of the values as NumPy writes it, `<f4` for little-endian float32.
    pub descr: String,
    /// Column-major order.
    pub fortran_order: bool,
    /// Dimensions.
    pub shape: Vec<usize>,
    /// Where the values start in the file, in bytes.
    pub offset: usize,
}

/// Reads the header at the start of a file's bytes. The error says at which byte what was expected.
pub fn parse_header(bytes: &[u8]) -> Result<Header, String> {
    if !bytes.starts_with(MAGIC) {
        return Err("byte 0: not a NumPy .npy file (the first 6 bytes differ)".into());
    }
    let cut = || format!("byte {}: the file ends inside its header", bytes.len());
    let &[major, minor] = bytes.get(6..8).ok_or_else(cut)? else {
        return Err(cut());
    };
    let (length, start) = match major {
        1 => {
            let b = bytes.get(8..10).ok_or_else(cut)?;
            (usize::from(u16::from_le_bytes([b[0], b[1]])), 10)
        }
        2 | 3 => {
            let b = bytes.get(8..12).ok_or_else(cut)?;
            (u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize, 12)
        }
        _ => return Err(format!("byte 6: unknown .npy version {major}.{minor}")),
    };
    let offset = start + length;
    let text = bytes.get(start..offset).ok_or_else(cut)?;
    let text = std::str::from_utf8(text).map_err(|e| {
        let at = start + e.valid_up_to();
        format!("byte {at}: the header is not text")
    })?;
    let mut reader = Reader { text, at: 0 };
    let (descr, fortran_order, shape) = reader
        .dictionary()
        .map_err(|message| format!("byte {}: {message}", start + reader.at))?;
    Ok(Header {
        descr,
        fortran_order,
        shape,
        offset,
    })
}

/// Walks over a dictionary literal.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn dictionary(&mut self) -> Result<(String, bool, Vec<usize>), String> {
        let (mut descr, mut order, mut shape) = (None, None, None);
        self.expect('{')?;
        while !self.eat('}') {
            let key = self.string()?;
            self.expect(':')?;
            match key {
                "descr" => descr = Some(self.string()?.to_owned()),
                "fortran_order" => order = Some(self.boolean()?),
                "shape" => shape = Some(self.tuple()?),
                _ => return Err(format!("unknown key {key:?} in the header")),
            }
            if !self.eat(',') {
                self.expect('}')?;
                break;
            }
        }
        if !self.rest().trim().is_empty() {
            return Err("text after the header's dictionary".into());
        }
        match (descr, order, shape) {
            (Some(d), Some(o), Some(s)) => Ok((d, o, s)),
            _ => Err("the header lacks 'descr', 'fortran_order' or 'shape'".into()),
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn eat(&mut self, wanted: char) -> bool {
        self.skip_space();
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    fn expect(&mut self, wanted: char) -> Result<(), String> {
        if self.eat(wanted) {
            Ok(())
        } else {
            Err(format!("expected {wanted:?}"))
        }
    }

    fn string(&mut self) -> Result<&'a str, String> {
        self.skip_space();
        let quote = if self.eat('\'') { '\'' } else { '"' };
        if quote == '"' && !self.eat('"') {
            // A list here is a structured type.
            return Err("expected a text (structured types are not supported)".into());
        }
        let rest = self.rest();
        let end = rest.find(quote).ok_or("a text without an end")?;
        self.at += end + 1;
        Ok(&rest[..end])
    }

    fn boolean(&mut self) -> Result<bool, String> {
        self.skip_space();
        for (word, value) in [("True", true), ("False", false)] {
            if self.rest().starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err("expected True or False".into())
    }

    fn tuple(&mut self) -> Result<Vec<usize>, String> {
        let mut items = Vec::new();
        self.expect('(')?;
        while !self.eat(')') {
            self.skip_space();
            let rest = self.rest();
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let item = rest[..digits].parse().map_err(|_| "expected a dimension")?;
            items.push(item);
            self.at += digits;
            if !self.eat(',') {
                self.expect(')')?;
                break;
            }
        }
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file(version: u8, dictionary: &str) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend([version, 0]);
        if version == 1 {
            bytes.extend((dictionary.len() as u16).to_le_bytes());
        } else {
            bytes.extend((dictionary.len() as u32).to_le_bytes());
        }
        bytes.extend(dictionary.bytes());
        bytes
    }

    #[test]
    fn reads_what_numpy_writes() {
        let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (861, 20, 3), }      \n";
        for version in 1..=3 {
            let bytes = file(version, text);
            let header = parse_header(&bytes).unwrap();
            assert_eq!(header.descr, "<f4");
            assert!(!header.fortran_order);
            assert_eq!(header.shape, [861, 20, 3]);
            assert_eq!(header.offset, bytes.len());
        }
    }

    #[test]
    fn one_and_no_dimensions() {
        let shape = |s: &str| {
            let text = format!("{{'descr':'<f4','fortran_order':True,'shape':{s}}}");
            parse_header(&file(1, &text)).unwrap().shape
        };
        assert_eq!(shape("(5,)"), [5]);
        assert!(shape("()").is_empty());
    }

    #[test]
    fn says_where_and_what() {
        let error = |bytes: &[u8]| parse_header(bytes).unwrap_err();
        assert!(error(b"PK\x03\x04").contains("not a NumPy"));
        assert!(error(b"\x93NUMPY\x09\x00..").contains("version 9.0"));
        assert!(error(b"\x93NUMPY\x01").contains("ends inside"));
        let bad = |text: &str| error(&file(1, text));
        assert!(bad("{'descr': [('a', '<f4')], }").contains("structured"));
        assert!(bad("{'descr': '<f4', 'shape': (3,), }").contains("lacks"));
        assert!(bad("{'descr': '<f4', 'shape': (-3,), }").contains("dimension"));
        assert!(bad("{'shape': (99999999999999999999999,)}").contains("dimension"));
        assert!(bad("{'evil': 1}").contains("evil"));
    }

    proptest! {
        #[test]
        fn never_panics(mut bytes: Vec<u8>, version in 0u8..5) {
            let _ = parse_header(&bytes);
            bytes.splice(0..0, [version, 0, 60, 0]);
            bytes.splice(0..0, MAGIC.iter().copied());
            let _ = parse_header(&bytes);
        }

        #[test]
        fn a_changed_byte_never_panics(at in 0usize..90, value: u8) {
            let mut bytes =
                file(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (861, 20, 3), }   \n");
            let n = bytes.len();
            bytes[at % n] = value;
            let _ = parse_header(&bytes);
        }
    }
}
