//! Hashing for tables that are part of the program or of a profile: nobody who makes a file picks
//! their keys, so that it may be quick instead of hard to foresee.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A table whose keys no file picks.
pub(crate) type QuickMap<K, V> = HashMap<K, V, BuildHasherDefault<Quick>>;

/// Turns, mixes and multiplies, eight bytes at a time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Quick(u64);

impl Quick {
    const fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517C_C1B7_2722_0A95);
    }
}

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.add(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, number: u8) {
        self.add(number.into());
    }

    fn write_u16(&mut self, number: u16) {
        self.add(number.into());
    }

    fn finish(&self) -> u64 {
        // The low bits of a product rest on low bits alone.
        self.0 ^ self.0 >> 32
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::hash::{BuildHasher, BuildHasherDefault};

    use super::Quick;
    use crate::model::Tag;
    use crate::profile::table;

    #[test]
    fn the_tags_of_the_table_spread() {
        let build = BuildHasherDefault::<Quick>::default();
        let tags = table::rows().iter().filter_map(|row| table::parse_tag(&row.tag));
        let hashes: Vec<u64> = tags.map(|tag: Tag| build.hash_one(tag)).collect();
        let low: HashSet<u64> = hashes.iter().map(|hash| hash & 0x3FF).collect();
        let high: HashSet<u64> = hashes.iter().map(|hash| hash >> 57).collect();
        assert!(low.len() > 350 && high.len() > 100, "{} {}", low.len(), high.len());
    }
}
