//! Decision trees as one flat array.

use serde::{Deserialize, Serialize};

use super::invalid::Invalid;

/// Nodes of a tree stand in preorder: the left child is the next node, the right one lies `right`
/// nodes ahead. Children lie behind their parent, so a walk always ends. 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Node {
    /// Of a split its threshold: values below it go left. Of a leaf its value.
    value: f64,
    /// 0: a leaf.
    right: u32,
    feature: u16,
    /// Where a missing value goes.
    missing_left: bool,
}

/// Some trees, whose leaves are added up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Trees {
    /// Where each tree begins.
    roots: Vec<u32>,
    nodes: Vec<Node>,
    /// What each node would say if it were a leaf: the steps between tell what a split did.
    means: Vec<f32>,
}

/// A node as a library has it, children named by the library's own numbers.
pub(super) enum Source {
    Leaf { value: f64 },
    Split { feature: u16, threshold: f64, missing_left: bool, left: usize, right: usize, mean: f64 },
}

impl Trees {
    pub(super) fn new() -> Self {
        Self { roots: Vec::new(), nodes: Vec::new(), means: Vec::new() }
    }

    pub(super) fn count(&self) -> usize {
        self.roots.len()
    }

    /// Adds the tree that hangs from the library's node 0.
    pub(super) fn push(&mut self, at: impl Fn(usize) -> Source) {
        self.roots.push(self.nodes.len() as u32);
        // Left sides are taken from the stack first, so that they follow their parent.
        let mut open: Vec<(usize, Option<usize>)> = vec![(0, None)];
        while let Some((source, parent)) = open.pop() {
            let here = self.nodes.len();
            if let Some(parent) = parent {
                self.nodes[parent].right = (here - parent) as u32;
            }
            let (node, mean) = match at(source) {
                Source::Leaf { value } => (Node { value, right: 0, feature: 0, missing_left: false }, value),
                Source::Split { feature, threshold, missing_left, left, right, mean } => {
                    open.push((right, Some(here)));
                    open.push((left, None));
                    (Node { value: threshold, right: 0, feature, missing_left }, mean)
                }
            };
            self.nodes.push(node);
            self.means.push(mean as f32);
        }
    }

    /// `start` plus the leaf of every tree, added in order.
    pub(super) fn sum(&self, start: f64, row: &[f64]) -> f64 {
        let (eights, rest) = self.roots.as_chunks::<8>();
        let sum =
            eights.iter().fold(start, |sum, roots| self.walk(*roots, row).iter().fold(sum, |sum, leaf| sum + leaf));
        rest.iter().fold(sum, |sum, &root| sum + self.walk([root], row)[0])
    }

    /// The leaves of some trees, walked side by side: one walk waits for memory at each step, and
    /// several wait together.
    fn walk<const N: usize>(&self, roots: [u32; N], row: &[f64]) -> [f64; N] {
        let mut at = roots.map(|root| root as usize);
        loop {
            let mut moved = 0;
            for at in &mut at {
                let step = next(&self.nodes[*at], row);
                *at += step;
                moved |= step;
            }
            if moved == 0 {
                break at.map(|at| self.nodes[at].value);
            }
        }
    }

    /// Adds to `out`, a number a column, what each column's splits did to the sum (Saabas): the
    /// difference between a node's mean and that of the child that the row falls into.
    pub(super) fn contributions(&self, row: &[f64], scale: f64, out: &mut [f64]) {
        for &root in &self.roots {
            let mut at = root as usize;
            loop {
                let node = &self.nodes[at];
                let child = at + next(node, row);
                if child == at {
                    break;
                }
                out[usize::from(node.feature)] += scale * f64::from(self.means[child] - self.means[at]);
                at = child;
            }
        }
    }

    /// Refuses what [`Trees::push`] cannot have made.
    pub(super) fn validate(&self, width: usize) -> Result<(), Invalid> {
        if self.means.len() != self.nodes.len() {
            return Err(Invalid::Length { what: "node means" });
        }
        let ends = self.roots.iter().skip(1).map(|&root| root as usize).chain([self.nodes.len()]);
        let mut begin = 0;
        for (tree, (&root, end)) in self.roots.iter().zip(ends).enumerate() {
            if root as usize != begin || end <= begin || end > self.nodes.len() {
                return Err(Invalid::Roots { tree });
            }
            self.validate_tree(tree, begin, end, width)?;
            begin = end;
        }
        if begin == self.nodes.len() { Ok(()) } else { Err(Invalid::Roots { tree: self.roots.len() }) }
    }

    fn validate_tree(&self, tree: usize, begin: usize, end: usize, width: usize) -> Result<(), Invalid> {
        // In preorder the ends of the subtrees nest: the innermost stands on top.
        let mut open: Vec<usize> = vec![end];
        for at in begin..end {
            let (node, mean) = (&self.nodes[at], self.means[at]);
            if !(node.value.is_finite() && mean.is_finite()) {
                return Err(Invalid::NotFinite { what: "node", index: at });
            }
            let until = *open.last().ok_or(Invalid::Children { tree, node: at })?;
            if node.right == 0 {
                // A leaf ends the subtree that it stands in.
                if at + 1 != until {
                    return Err(Invalid::Children { tree, node: at });
                }
                open.pop();
                continue;
            }
            if usize::from(node.feature) >= width {
                return Err(Invalid::Feature { tree, node: at, feature: node.feature, width });
            }
            let right = at + node.right as usize;
            if node.right < 2 || right >= until {
                return Err(Invalid::Children { tree, node: at });
            }
            open.push(right);
        }
        if open.is_empty() { Ok(()) } else { Err(Invalid::Children { tree, node: end - 1 }) }
    }
}

/// How far ahead the row goes on; 0 at a leaf. Without branches, which no one could foretell.
fn next(node: &Node, row: &[f64]) -> usize {
    let value = row.get(usize::from(node.feature)).copied().unwrap_or(f64::NAN);
    let left = ((value < node.value) & value.is_finite()) | (node.missing_left & !value.is_finite());
    let step = if left { 1 } else { node.right };
    step.min(node.right) as usize
}
