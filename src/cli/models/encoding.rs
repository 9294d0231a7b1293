//! Says of a file that is no UTF-8 text what it is, before it is taken for a table.

use std::io::BufRead;

use super::Found;

/// Bytes in which a zero tells that a file is no text.
const HEAD_BYTES: usize = 512;
/// How the files of compressors begin, and what turns them into text.
const COMPRESSED: [(&[u8], &str); 5] = [
    (b"\x1f\x8b", "gzip; give what zcat makes of it: zcat FILE | kudos models - .."),
    (b"\x28\xb5\x2f\xfd", "zstd; give what zstdcat makes of it: zstdcat FILE | kudos models - .."),
    (b"\xfd7zXZ", "xz; give what xzcat makes of it: xzcat FILE | kudos models - .."),
    (b"BZh", "bzip2; give what bzcat makes of it: bzcat FILE | kudos models - .."),
    (b"PK\x03\x04", "a ZIP archive or a spreadsheet; unpack it, or export it as CSV in UTF-8"),
];

/// Looks at the first bytes.
pub(super) fn check(reader: &mut impl BufRead) -> Found<()> {
    let start = reader.fill_buf().map_err(|why| format!("cannot be read: {why}"))?;
    if let Some((_, what)) = COMPRESSED.iter().find(|(magic, _)| start.starts_with(magic)) {
        return Err(format!("it is {what}"));
    }
    if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
        return Err("it is text in UTF-16; save it as UTF-8, such as by iconv -f UTF-16 -t UTF-8".into());
    }
    if start.iter().take(HEAD_BYTES).any(|byte| *byte == 0) {
        return Err("it is no text in UTF-8; save it as CSV, or as JSON lines, in UTF-8".into());
    }
    Ok(())
}
