//! QR codes of links, as SVG and PNG.

use std::fmt::Write as _;
use std::io::Write as _;

use fast_qr::{ECL, QRBuilder, QRCode};
use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

/// Light modules around the code: what the standard asks for.
const QUIET: usize = 4;
/// Pixels a module of the PNG: a code of a link is then about 400 wide.
const SCALE: usize = 10;

/// The code of a text, as dark modules in rows; nothing for a text that is too long for one.
fn modules(text: &str) -> Option<Vec<Vec<bool>>> {
    let code: QRCode = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
    Some((0..code.size).map(|row| (0..code.size).map(|column| code[row][column].value()).collect()).collect())
}

/// As SVG, black on white whatever the page's colours: that is what cameras read best.
pub fn svg(text: &str) -> Option<String> {
    let rows = modules(text)?;
    let side = rows.len() + 2 * QUIET;
    let mut path = String::new();
    for (y, row) in rows.iter().enumerate() {
        for x in row.iter().enumerate().filter_map(|(x, dark)| dark.then_some(x)) {
            let _ = write!(path, "M{} {}h1v1h-1z", x + QUIET, y + QUIET); // a String takes everything
        }
    }
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path fill=\"#000\" d=\"{path}\"/></svg>"
    ))
}

/// As PNG: one bit a pixel.
pub fn png(text: &str) -> Option<Vec<u8>> {
    let rows = modules(text)?;
    let side = (rows.len() + 2 * QUIET) * SCALE;
    let is_dark = |x: usize, y: usize| {
        let module = |at: usize| (at / SCALE).checked_sub(QUIET);
        module(y).zip(module(x)).and_then(|(y, x)| rows.get(y)?.get(x)).copied().unwrap_or(false)
    };
    let mut pixels = ZlibEncoder::new(Vec::new(), Compression::best());
    for y in 0..side {
        let mut line = vec![0_u8]; // no filter
        let bit = |x: usize| u8::from(x < side && !is_dark(x, y));
        line.extend((0..side.div_ceil(8)).map(|byte| (0..8).fold(0, |bits, place| bits << 1 | bit(byte * 8 + place))));
        pixels.write_all(&line).ok()?;
    }
    let side = u32::try_from(side).ok()?.to_be_bytes();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut file, *b"IHDR", &[&side[..], &side[..], &[1, 0, 0, 0, 0]].concat());
    chunk(&mut file, *b"IDAT", &pixels.finish().ok()?);
    chunk(&mut file, *b"IEND", &[]);
    Some(file)
}

/// A chunk of a PNG: its length, name, content and check sum.
fn chunk(file: &mut Vec<u8>, name: [u8; 4], content: &[u8]) {
    let mut sum = Crc::new();
    sum.update(&name);
    sum.update(content);
    file.extend_from_slice(&u32::try_from(content.len()).unwrap_or_default().to_be_bytes());
    file.extend_from_slice(&name);
    file.extend_from_slice(content);
    file.extend_from_slice(&sum.sum().to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_has_a_code_and_a_novel_has_none() {
        let (svg, png) = (svg("https://go.example/summer").unwrap(), png("https://go.example/summer").unwrap());
        assert!(svg.starts_with("<svg ") && !svg.contains("script"));
        assert!(png.starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR") && png.len() < 2_000, "{}", png.len());
        assert!(modules(&"x".repeat(5_000)).is_none());
    }
}
