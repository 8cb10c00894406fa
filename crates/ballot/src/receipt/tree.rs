//! The Merkle tree of RFC 6962 (section 2.1) over SHA-256: appended to one leaf at a time, with inclusion and
//! consistency proofs for every size that the tree ever had.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::ReceiptError;

/// A SHA-256 hash: 32 bytes.
pub type Hash = [u8; 32];

/// A tree never has more than 2^63 leaves, so no honest path is longer than this.
const MAX_PATH: usize = 64;

/// Hash of a leaf: SHA-256 of 0x00 and the entry (RFC 6962, 2.1).
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new().chain_update([0u8]).chain_update(entry).finalize().into()
}

/// Hash of an inner node: SHA-256 of 0x01, left, right (RFC 6962, 2.1).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1u8]).chain_update(left).chain_update(right).finalize().into()
}

/// Largest power of two smaller than `n`; `n` must be at least 2.
fn split(n: u64) -> u64 {
    1 << (63 - (n - 1).leading_zeros())
}

/// An append-only Merkle tree. Keeps the hash of every complete subtree: 64 bytes per leaf.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    /// `levels[k][i]` is the hash of the leaves `i * 2^k .. (i + 1) * 2^k`.
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    /// The empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.levels.first().map_or(0, |l| l.len() as u64)
    }

    /// Append an entry (the exact bytes of an event); returns its index.
    pub fn push(&mut self, entry: &[u8]) -> u64 {
        self.push_leaf(leaf_hash(entry))
    }

    /// Append an entry whose leaf hash is known; returns its index.
    pub fn push_leaf(&mut self, leaf: Hash) -> u64 {
        let index = self.size();
        let mut hash = leaf;
        let mut level = 0;
        loop {
            if level == self.levels.len() {
                self.levels.push(Vec::new());
            }
            let Some(row) = self.levels.get_mut(level) else { return index };
            row.push(hash);
            match row.as_slice() {
                [.., left, right] if row.len() % 2 == 0 => hash = node_hash(left, right),
                _ => return index,
            }
            level += 1;
        }
    }

    /// Hash of the complete subtree `index` at `level`: the leaves `index * 2^level .. (index + 1) * 2^level`.
    pub(super) fn complete(&self, level: usize, index: u64) -> Option<Hash> {
        self.levels.get(level)?.get(usize::try_from(index).ok()?).copied()
    }

    /// MTH of the leaves `lo..hi`, which must be a range that the tree of some size has as a node.
    fn range(&self, lo: u64, hi: u64) -> Option<Hash> {
        let n = hi.checked_sub(lo)?;
        if n == 0 {
            return None;
        }
        if n.is_power_of_two() {
            let level = n.trailing_zeros();
            return self.complete(level as usize, lo >> level);
        }
        let k = split(n);
        Some(node_hash(&self.range(lo, lo + k)?, &self.range(lo + k, hi)?))
    }

    /// Root of the tree as it is now.
    pub fn root(&self) -> Hash {
        self.range(0, self.size()).unwrap_or_else(|| Sha256::digest([]).into())
    }

    /// Root of the tree when it had `size` leaves.
    ///
    /// # Errors
    /// [`ReceiptError::OutOfRange`] when the tree has fewer leaves.
    pub fn root_at(&self, size: u64) -> Result<Hash, ReceiptError> {
        if size == 0 {
            return Ok(Sha256::digest([]).into());
        }
        self.within(size)?;
        self.range(0, size).ok_or(ReceiptError::OutOfRange { asked: size, size: self.size() })
    }

    fn within(&self, size: u64) -> Result<(), ReceiptError> {
        match size <= self.size() {
            true => Ok(()),
            false => Err(ReceiptError::OutOfRange { asked: size, size: self.size() }),
        }
    }

    /// Audit path of leaf `index` in the tree of `size` leaves, from the leaf's sibling up (RFC 6962, 2.1.1).
    ///
    /// # Errors
    /// [`ReceiptError::OutOfRange`] when `index >= size` or the tree has fewer than `size` leaves.
    pub fn inclusion(&self, index: u64, size: u64) -> Result<Vec<Hash>, ReceiptError> {
        self.within(size)?;
        let beyond = || ReceiptError::OutOfRange { asked: index, size };
        if index >= size {
            return Err(beyond());
        }
        let (mut lo, mut hi, mut path) = (0, size, Vec::new());
        while hi - lo > 1 {
            let middle = lo + split(hi - lo);
            if index < middle {
                path.push(self.range(middle, hi).ok_or_else(beyond)?);
                hi = middle;
            } else {
                path.push(self.range(lo, middle).ok_or_else(beyond)?);
                lo = middle;
            }
        }
        path.reverse();
        Ok(path)
    }

    /// Proof that the tree of `new` leaves extends the tree of `old` leaves (RFC 6962, 2.1.2). Empty when the
    /// sizes are equal or `old` is 0.
    ///
    /// # Errors
    /// [`ReceiptError::OutOfRange`] when `old > new` or the tree has fewer than `new` leaves.
    pub fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>, ReceiptError> {
        self.within(new)?;
        let beyond = || ReceiptError::OutOfRange { asked: old, size: new };
        if old > new {
            return Err(beyond());
        }
        if old == 0 || old == new {
            return Ok(Vec::new());
        }
        // `whole`: the verifier can compute the node [lo, hi) from the old root alone.
        let (mut lo, mut hi, mut whole, mut path) = (0, new, true, Vec::new());
        while hi != old {
            let middle = lo + split(hi - lo);
            if old <= middle {
                path.push(self.range(middle, hi).ok_or_else(beyond)?);
                hi = middle;
            } else {
                path.push(self.range(lo, middle).ok_or_else(beyond)?);
                lo = middle;
                whole = false;
            }
        }
        if !whole {
            path.push(self.range(lo, hi).ok_or_else(beyond)?);
        }
        path.reverse();
        Ok(path)
    }
}

/// Root to which `leaf` at `index` and `path` lead in a tree of `size` leaves, or `None` when the path has the
/// wrong length. `seen` is told the hash of every node on the way, as a range of leaves.
pub(super) fn fold_inclusion(
    index: u64,
    size: u64,
    leaf: Hash,
    path: &[Hash],
    seen: &mut dyn FnMut(u64, u64, Hash),
) -> Option<Hash> {
    if index >= size || path.len() > MAX_PATH {
        return None;
    }
    let (mut lo, mut hi, mut turns) = (0, size, Vec::new());
    while hi - lo > 1 {
        let middle = lo + split(hi - lo);
        turns.push((lo, middle, hi));
        if index < middle { hi = middle } else { lo = middle }
    }
    if turns.len() != path.len() {
        return None;
    }
    seen(index, index + 1, leaf);
    let mut hash = leaf;
    for ((lo, middle, hi), sibling) in turns.into_iter().rev().zip(path) {
        if index < middle {
            seen(middle, hi, *sibling);
            hash = node_hash(&hash, sibling);
        } else {
            seen(lo, middle, *sibling);
            hash = node_hash(sibling, &hash);
        }
        seen(lo, hi, hash);
    }
    Some(hash)
}

/// Whether `path` proves that `leaf` is at `index` in the tree of `size` leaves with this root.
pub fn verify_inclusion(index: u64, size: u64, leaf: Hash, path: &[Hash], root: &Hash) -> bool {
    fold_inclusion(index, size, leaf, path, &mut |_, _, _| ()).is_some_and(|r| r.ct_eq(root).into())
}

/// Whether `proof` proves that the tree (`new`, `new_root`) extends the tree (`old`, `old_root`).
/// Everything extends the empty tree, whose root must then be the hash of nothing.
pub fn verify_consistency(old: u64, new: u64, old_root: &Hash, new_root: &Hash, proof: &[Hash]) -> bool {
    if old > new || proof.len() > MAX_PATH {
        return false;
    }
    if old == 0 {
        let empty: Hash = Sha256::digest([]).into();
        return proof.is_empty() && *old_root == empty && (new > 0 || *new_root == empty);
    }
    if old == new {
        return proof.is_empty() && old_root == new_root;
    }
    let (mut lo, mut hi, mut whole, mut turns) = (0, new, true, Vec::new());
    while hi != old {
        let middle = lo + split(hi - lo);
        let left = old <= middle;
        turns.push(left);
        if left {
            hi = middle;
        } else {
            lo = middle;
            whole = false;
        }
    }
    let mut rest = proof.iter();
    let seed = match whole {
        true => *old_root,
        false => match rest.next() {
            Some(h) => *h,
            None => return false,
        },
    };
    if rest.len() != turns.len() {
        return false;
    }
    let (mut o, mut n) = (seed, seed);
    for (left, sibling) in turns.into_iter().rev().zip(rest) {
        if left {
            n = node_hash(&n, sibling);
        } else {
            n = node_hash(sibling, &n);
            o = node_hash(sibling, &o);
        }
    }
    o == *old_root && n == *new_root
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6962 2.1 word for word, in the slowest possible way.
    fn mth(d: &[Vec<u8>]) -> Hash {
        match d.len() {
            0 => Sha256::digest([]).into(),
            1 => leaf_hash(&d[0]),
            n => {
                let k = split(n as u64) as usize;
                node_hash(&mth(&d[..k]), &mth(&d[k..]))
            }
        }
    }

    fn path(m: usize, d: &[Vec<u8>]) -> Vec<Hash> {
        if d.len() <= 1 {
            return vec![];
        }
        let k = split(d.len() as u64) as usize;
        let (mut p, top) = match m < k {
            true => (path(m, &d[..k]), mth(&d[k..])),
            false => (path(m - k, &d[k..]), mth(&d[..k])),
        };
        p.push(top);
        p
    }

    fn subproof(m: usize, d: &[Vec<u8>], whole: bool) -> Vec<Hash> {
        if m == d.len() {
            return if whole { vec![] } else { vec![mth(d)] };
        }
        let k = split(d.len() as u64) as usize;
        let (mut p, top) = match m <= k {
            true => (subproof(m, &d[..k], whole), mth(&d[k..])),
            false => (subproof(m - k, &d[k..], false), mth(&d[..k])),
        };
        p.push(top);
        p
    }

    fn entries(n: usize) -> Vec<Vec<u8>> {
        (0..n).map(|i| format!("entry {i}").into_bytes()).collect()
    }

    fn tree(d: &[Vec<u8>]) -> Tree {
        let mut t = Tree::new();
        d.iter().for_each(|e| {
            t.push(e);
        });
        t
    }

    #[test]
    fn known_answers_of_the_certificate_transparency_test_data() {
        let hex = |s: &str| -> Vec<u8> {
            (0..s.len()).step_by(2).map(|i| u8::from_str_radix(&s[i..i + 2], 16).unwrap()).collect()
        };
        let leaves = [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut t = Tree::new();
        assert_eq!(
            t.root().to_vec(),
            hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        );
        for (leaf, root) in leaves.iter().zip(roots) {
            t.push(&hex(leaf));
            assert_eq!(t.root().to_vec(), hex(root));
        }
    }

    #[test]
    fn every_tree_up_to_300_leaves_has_the_roots_of_the_definition() {
        let d = entries(300);
        let t = tree(&d);
        for n in 0..=300 {
            assert_eq!(t.root_at(n as u64).unwrap(), mth(&d[..n]), "{n} leaves");
        }
    }

    #[test]
    fn every_inclusion_proof_up_to_70_leaves_and_some_of_300() {
        let d = entries(300);
        let t = tree(&d);
        for n in (1..=70usize).chain([127, 128, 129, 255, 256, 257, 299, 300]) {
            let root = t.root_at(n as u64).unwrap();
            for i in 0..n {
                let p = t.inclusion(i as u64, n as u64).unwrap();
                assert_eq!(p, path(i, &d[..n]));
                let (leaf, i, n) = (leaf_hash(&d[i]), i as u64, n as u64);
                assert!(verify_inclusion(i, n, leaf, &p, &root));
                assert!(!verify_inclusion(i, n, leaf_hash(b"other"), &p, &root));
                assert!(!verify_inclusion(i + 1, n, leaf, &p, &root));
                let mut longer = p.clone();
                longer.push([0; 32]);
                assert!(!verify_inclusion(i, n, leaf, &longer, &root));
                if let Some((_, shorter)) = p.split_last() {
                    assert!(!verify_inclusion(i, n, leaf, shorter, &root));
                }
            }
        }
    }

    #[test]
    fn every_consistency_proof_up_to_70_leaves_and_some_of_300() {
        let d = entries(300);
        let t = tree(&d);
        for n in (0..=70u64).chain([127, 128, 129, 256, 299, 300]) {
            let new = t.root_at(n).unwrap();
            for m in 0..=n {
                let old = t.root_at(m).unwrap();
                let p = t.consistency(m, n).unwrap();
                if m > 0 {
                    assert_eq!(p, subproof(m as usize, &d[..n as usize], true), "{m} of {n}");
                }
                assert!(verify_consistency(m, n, &old, &new, &p), "{m} of {n}");
                assert!(!verify_consistency(m, n, &[7; 32], &new, &p));
                if m > 0 {
                    assert!(!verify_consistency(m, n, &old, &[7; 32], &p));
                }
                for i in 0..p.len() {
                    let mut q = p.clone();
                    q[i][0] ^= 1;
                    assert!(!verify_consistency(m, n, &old, &new, &q));
                    q.remove(i);
                    assert!(!verify_consistency(m, n, &old, &new, &q));
                }
            }
        }
    }

    #[test]
    fn asking_beyond_the_end_is_an_error() {
        let t = tree(&entries(5));
        assert!(t.root_at(6).is_err());
        assert!(t.inclusion(5, 5).is_err());
        assert!(t.inclusion(0, 6).is_err());
        assert!(t.consistency(4, 3).is_err());
        assert!(t.consistency(4, 6).is_err());
        assert!(!verify_inclusion(0, 0, [0; 32], &[], &[0; 32]));
        assert!(!verify_consistency(2, 1, &[0; 32], &[0; 32], &[]));
        assert!(!verify_inclusion(u64::MAX - 1, u64::MAX, [0; 32], &[[0; 32]; 64], &[0; 32]));
    }
}
