//! A file in blocks of whole lines, so that several threads read it at once.

use std::io::{Cursor, Read};
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use super::{Found, Work};

/// What a thread takes at once.
const BLOCK: usize = 1 << 20;
/// The longest line, in bytes: what cannot be a table or journeys is not read into memory whole.
const LINE_MAX: usize = 1 << 26;
/// Threads at most: each has sums of its own, which take memory and are added up at the end.
const THREADS_MAX: usize = 4;

/// A line, and what is wrong with it.
pub(super) type Misfit = (u64, String);

/// Whole lines; the file may end within the last.
pub(super) struct Block {
    /// The number of its first line, from 1.
    pub line: u64,
    pub text: Vec<u8>,
}

/// The blocks of a file, in its order.
pub(super) struct Blocks<R> {
    reader: R,
    /// The number of the next line.
    line: u64,
    /// What is read of it.
    begun: Vec<u8>,
    given_back: Option<Block>,
    ended: bool,
}

impl<R: Read> Blocks<R> {
    pub fn new(reader: R) -> Self {
        Blocks { reader, line: 1, begun: Vec::new(), given_back: None, ended: false }
    }

    /// The next block; none at the end.
    pub fn next(&mut self) -> Result<Option<Block>, Misfit> {
        if self.ended || self.given_back.is_some() {
            return Ok(self.given_back.take());
        }
        let mut text = std::mem::take(&mut self.begun);
        loop {
            let read = (&mut self.reader).take(BLOCK as u64).read_to_end(&mut text);
            let ended = read.map_err(|why| (self.line, why.to_string()))? < BLOCK;
            match text.iter().rposition(|byte| *byte == b'\n') {
                _ if ended => {}
                Some(end) => self.begun = text.split_off(end + 1),
                None if text.len() > LINE_MAX => {
                    return Err((self.line, format!("line {} is longer than {LINE_MAX} bytes", self.line)));
                }
                None => continue,
            }
            let block = Block { line: self.line, text };
            self.line += block.text.iter().filter(|byte| **byte == b'\n').count() as u64;
            return Ok(Some(block).filter(|block| !block.text.is_empty()));
        }
    }

    /// Has a block come next.
    pub fn give_back(&mut self, block: Block) {
        self.given_back = Some(block);
    }

    /// Nothing comes any more.
    fn end(&mut self) {
        (self.given_back, self.ended) = (None, true);
    }

    /// Everything that is left, behind a block.
    pub fn rest(&mut self, block: Block) -> impl Read {
        Cursor::new(block.text).chain(Cursor::new(std::mem::take(&mut self.begun))).chain(&mut self.reader)
    }
}

/// The next in turn.
pub(super) fn turn<R>(blocks: &Mutex<Blocks<R>>) -> MutexGuard<'_, Blocks<R>> {
    blocks.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has `read` take blocks on several threads until there are none, each with work of its own, and adds that up. Of what is wrong
/// the first in the file is told: the threads that are at blocks before it finish them, and nobody takes another.
pub(super) fn share<'r, R: Read + Send>(
    blocks: Blocks<R>, work: &mut Work<'r>, read: impl Fn(&Mutex<Blocks<R>>, &mut Work<'r>) -> Result<(), Misfit> + Sync,
) -> Found<()> {
    let (rules, blocks) = (work.rules, Mutex::new(blocks));
    let one = || {
        let mut part = Work::new(rules);
        read(&blocks, &mut part).map(|()| part).inspect_err(|_| turn(&blocks).end())
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(THREADS_MAX);
    let parts = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(one)).collect();
        let mut parts = vec![one()];
        parts.extend(others.into_iter().map(|other| other.join().unwrap_or_else(|panic| resume_unwind(panic))));
        parts
    });
    let first_misfit = parts.iter().filter_map(|part| part.as_ref().err()).min_by_key(|(line, _)| *line);
    if let Some((_, why)) = first_misfit {
        return Err(why.clone());
    }
    let mut parts = parts.into_iter().flatten();
    *work = parts.next().unwrap_or_else(|| Work::new(rules));
    parts.try_for_each(|part| work.merge(part))
}
