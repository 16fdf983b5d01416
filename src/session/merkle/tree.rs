use alloy::primitives::{B256, keccak256};

/// A Merkle tree over leaf hashes. Pairs are sorted, leaves are not hashed again, and an odd node moves up unchanged.
///
/// # Examples
///
/// ```
/// use alloy::primitives::B256;
/// use use_aa::session::merkle::Tree;
///
/// let leaves = [1, 2, 3].map(B256::repeat_byte);
/// let tree = Tree::new(leaves);
/// assert_eq!(tree.proof(leaves[2]).map(|proof| proof.len()), Some(1));
/// assert_eq!(tree.proof(B256::ZERO), None);
/// assert_eq!(Tree::new([]).root(), B256::ZERO);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    layers: Vec<Vec<B256>>,
}

impl Tree {
    /// Builds the tree over leaf hashes, in their order.
    pub fn new(leaves: impl IntoIterator<Item = B256>) -> Self {
        let mut layers = vec![leaves.into_iter().collect::<Vec<_>>()];
        while let Some(layer) = layers.last().filter(|layer| layer.len() > 1) {
            let above = layer.chunks(2).map(|pair| match pair {
                [left, right] => parent(*left, *right),
                odd => odd[0],
            });
            let above = above.collect();
            layers.push(above);
        }
        Self { layers }
    }

    /// Returns the Merkle root of the tree. An empty tree has the root zero, which proves nothing.
    #[must_use]
    pub fn root(&self) -> B256 {
        let top = self.layers.last().and_then(|layer| layer.first());
        top.copied().unwrap_or_default()
    }

    /// Returns the leaf hashes.
    #[must_use]
    pub fn leaves(&self) -> &[B256] {
        &self.layers[0]
    }

    /// Returns the proof of a leaf; of equal leaves the last one's. `None` if the tree does not hold the leaf.
    #[must_use]
    pub fn proof(&self, leaf: B256) -> Option<Vec<B256>> {
        let mut index = self.leaves().iter().rposition(|other| *other == leaf)?;
        let mut proof = Vec::with_capacity(self.layers.len());
        for layer in &self.layers {
            proof.extend(layer.get(index ^ 1));
            index /= 2;
        }
        Some(proof)
    }
}

/// Returns the roots of the trees over the first leaf hash, the first two, and so on up to all leaves.
pub(super) fn roots(leaves: &[B256]) -> impl Iterator<Item = B256> {
    // The sizes and roots of the complete subtrees over the leaves so far. The sizes are descending powers of two.
    let mut whole: Vec<(usize, B256)> = Vec::new();
    leaves.iter().map(move |leaf| {
        let (mut size, mut node) = (1, *leaf);
        while let Some((_, left)) = whole.pop_if(|(other, _)| *other == size) {
            (size, node) = (size * 2, parent(left, node));
        }
        whole.push((size, node));
        let nodes = whole.iter().rev().map(|(_, node)| *node);
        nodes
            .reduce(|right, left| parent(left, right))
            .unwrap_or_default()
    })
}

fn parent(left: B256, right: B256) -> B256 {
    let (low, high) = if left <= right {
        (left, right)
    } else {
        (right, left)
    };
    keccak256([low, high].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proven(leaf: B256, proof: &[B256]) -> B256 {
        proof.iter().fold(leaf, |node, sibling| parent(node, *sibling))
    }

    #[test]
    fn every_leaf_of_every_size_is_proven() {
        for size in 1..70u8 {
            let leaves = (0..size).map(B256::repeat_byte).collect::<Vec<_>>();
            let tree = Tree::new(leaves.clone());
            for leaf in leaves {
                let proof = tree.proof(leaf).unwrap();
                assert_eq!(proven(leaf, &proof), tree.root(), "{size} leaves");
            }
        }
    }

    #[test]
    fn roots_are_those_of_the_growing_tree() {
        let leaves = (0..70).map(B256::repeat_byte).collect::<Vec<_>>();
        let trees = (1..=70).map(|size| Tree::new(leaves[..size].iter().copied()).root());

        assert!(roots(&leaves).eq(trees));
    }

    #[test]
    fn last_of_equal_leaves_is_proven() {
        let [a, b] = [1, 2].map(B256::repeat_byte);
        let tree = Tree::new([a, b, a]);

        assert_eq!(tree.proof(a), Some(vec![parent(a, b)]));
    }
}
