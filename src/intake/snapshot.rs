//! What the edge must know, saved in a file of the data directory, so that a node can start while its database is down.
//!
//! **On disk.** `directory.snapshot`, for its owner only: 8 bytes of magic with the version of the format, 32 bytes of salt (or
//! zeros once it was thrown away), then frames, each a length and a CRC-32C of 4 bytes little-endian and a body in postcard. The first frame is the
//! [`Head`] and, unless it is of an older Kudos, the secret for e-mail addresses; then come those with links, at last an empty one. It is written whole under another name, synced and renamed.
//! A file that does not read to its end is as none. The salt stands where it can be found and overwritten: a file that is
//! replaced must not lie on the disk with a salt that was thrown away.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::domain::id::KeyId;
use crate::domain::key::Scope;
use crate::domain::target::{Target, TargetParts};
use crate::domain::time::Time;
use crate::store::Change;

/// The file's name in the data directory.
pub const NAME: &str = "directory.snapshot";
/// Its name until it is whole.
const PART: &str = "directory.snapshot.part";
/// Magic; the last byte is the version of the format.
const MAGIC: &[u8; 8] = b"kudosdr\x01";
/// What stands in the place of a salt that was thrown away.
pub const NO_SALT: [u8; 32] = [0; 32];
/// Links of one frame: some hundred kilobytes.
const FRAME_LINKS: usize = 1_000;
/// Links after which what is written is synced: some megabytes, so that the journal's sync on the same disk never waits for
/// hundreds of them.
const SYNC_LINKS: usize = 50 * FRAME_LINKS;
/// The longest body of a frame, in bytes: a thousand links with the longest of texts, or some hundred thousand keys.
const FRAME_BYTES_MAX: u32 = 16 << 20;

/// What a snapshot holds beside the links.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// The newest change that is in.
    pub change: Option<Change>,
    /// When the salt was made.
    pub salted_at: Time,
    /// SHA-256 of each key, who holds it, and what it may do.
    pub keys: Vec<([u8; 32], KeyId, Scope)>,
    /// The secret under which e-mail addresses are hashed, where it is known. It never changes.
    #[serde(skip)]
    pub email_secret: Option<[u8; 32]>,
}

/// Writes a snapshot in the place of the one before. `links` calls what it is given with every link.
///
/// # Errors
/// Whatever the disk says; the one before is then still there.
pub fn write(dir: &Path, head: &Head, salt: [u8; 32], links: impl FnOnce(Visitor<'_>) -> io::Result<()>) -> io::Result<()> {
    let (path, part) = (dir.join(NAME), dir.join(PART));
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
    if let Err(why) = fill(&file, head, salt, links) {
        // The error that matters is that one.
        let _ = forget_salt_in(&file).and_then(|()| fs::remove_file(&part));
        return Err(why);
    }
    let old = OpenOptions::new().write(true).open(&path);
    fs::rename(&part, &path)?;
    File::open(dir)?.sync_all()?;
    match old {
        Ok(old) => forget_salt_in(&old),
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(why) => Err(why),
    }
}

/// Is called with every link.
pub type Visitor<'a> = &'a mut dyn FnMut(&Target) -> io::Result<()>;

fn fill(file: &File, head: &Head, salt: [u8; 32], links: impl FnOnce(Visitor<'_>) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, file);
    out.write_all(MAGIC)?;
    out.write_all(&salt)?;
    let first = postcard::to_stdvec(head).and_then(|first| postcard::to_extend(&head.email_secret, first));
    frame(&mut out, &first.map_err(io::Error::other)?)?;
    let (mut body, mut count) = (Vec::new(), 0);
    links(&mut |target| {
        body = postcard::to_extend(&target.parts(), std::mem::take(&mut body)).map_err(io::Error::other)?;
        count += 1;
        if count % FRAME_LINKS == 0 {
            frame(&mut out, &body)?;
            body.clear();
            if count % SYNC_LINKS == 0 {
                out.flush()?;
                file.sync_data()?;
            }
        }
        Ok(())
    })?;
    if !body.is_empty() {
        frame(&mut out, &body)?;
    }
    frame(&mut out, &[])?;
    out.flush()?;
    file.sync_all()
}

/// Reads the snapshot: what is beside the links, and the salt; `link` is called with every link. Nothing when there is no file.
///
/// # Errors
/// A file that is damaged, cut short, of another format, or cannot be read. Links of its sound part were seen by then.
pub fn read(dir: &Path, mut link: impl FnMut(Target)) -> io::Result<Option<(Head, [u8; 32])>> {
    let file = match File::open(dir.join(NAME)) {
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let mut file = BufReader::with_capacity(1 << 20, file);
    let (mut magic, mut salt, mut body) = ([0; 8], [0; 32], Vec::new());
    file.read_exact(&mut magic)?;
    if &magic != MAGIC {
        return Err(damaged("is of another format"));
    }
    file.read_exact(&mut salt)?;
    next_frame(&mut file, &mut body)?;
    let (mut head, rest): (Head, _) = postcard::take_from_bytes(&body).map_err(io::Error::other)?;
    if !rest.is_empty() {
        head.email_secret = postcard::from_bytes(rest).map_err(io::Error::other)?;
    }
    loop {
        next_frame(&mut file, &mut body)?;
        let mut rest = body.as_slice();
        if rest.is_empty() {
            return Ok(Some((head, salt)));
        }
        while !rest.is_empty() {
            let (parts, after) = postcard::take_from_bytes::<TargetParts<'_>>(rest).map_err(io::Error::other)?;
            link(Target::from(parts));
            rest = after;
        }
    }
}

/// Overwrites the salt in the snapshot, and in one that was being written when the process died. Not an error when there is
/// none.
///
/// # Errors
/// Whatever the disk says.
pub fn forget_salt(dir: &Path) -> io::Result<()> {
    for name in [NAME, PART] {
        match OpenOptions::new().write(true).open(dir.join(name)) {
            Err(why) if why.kind() == io::ErrorKind::NotFound => {}
            file => forget_salt_in(&file?)?,
        }
    }
    Ok(())
}

/// Removes the snapshot, and the salt in it. Not an error when there is none.
///
/// # Errors
/// Whatever the disk says.
pub fn remove(dir: &Path) -> io::Result<()> {
    forget_salt(dir)?;
    match fs::remove_file(dir.join(NAME)) {
        Err(why) if why.kind() != io::ErrorKind::NotFound => Err(why),
        _ => File::open(dir)?.sync_all(),
    }
}

fn forget_salt_in(file: &File) -> io::Result<()> {
    file.write_all_at(&NO_SALT, MAGIC.len() as u64)?;
    file.sync_data()
}

fn frame(out: &mut impl Write, body: &[u8]) -> io::Result<()> {
    let length = u32::try_from(body.len()).ok().filter(|length| *length <= FRAME_BYTES_MAX);
    let length = length.ok_or_else(|| io::Error::other("more than a snapshot can hold"))?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(&crc32c::crc32c(body).to_le_bytes())?;
    out.write_all(body)
}

fn next_frame(file: &mut impl Read, body: &mut Vec<u8>) -> io::Result<()> {
    let (mut length, mut sum) = ([0; 4], [0; 4]);
    file.read_exact(&mut length)?;
    file.read_exact(&mut sum)?;
    let length = u32::from_le_bytes(length);
    if length > FRAME_BYTES_MAX {
        return Err(damaged("is damaged"));
    }
    body.resize(length as usize, 0);
    file.read_exact(body)?;
    if crc32c::crc32c(body) == u32::from_le_bytes(sum) { Ok(()) } else { Err(damaged("is damaged")) }
}

fn damaged(how: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, how)
}
