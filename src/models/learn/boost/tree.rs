//! One boosted tree: leaf-wise on histograms (as LightGBM), Newton leaves.

use std::ops::Range;

use super::{
    Boosting,
    bins::{Bins, MISSING},
};
use crate::models::learn::trees::Source;

/// What a row asks for: the slope and curvature of its loss.
pub(super) type Pull = [f64; 2];

/// The sums over some rows.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    slope: f64,
    curve: f64,
    rows: u32,
}

impl Sum {
    fn minus(self, other: Self) -> Self {
        Self { slope: self.slope - other.slope, curve: self.curve - other.curve, rows: self.rows - other.rows }
    }

    fn plus(self, other: Self) -> Self {
        Self { slope: self.slope + other.slope, curve: self.curve + other.curve, rows: self.rows + other.rows }
    }

    /// Twice the loss that the best value saves.
    fn gain(self, l2: f64) -> f64 {
        self.slope * self.slope / (self.curve + l2)
    }
}

#[derive(Clone, Copy, Debug)]
struct Split {
    gain: f64,
    /// Among the drawn columns.
    slot: usize,
    /// The last bin that goes left.
    bin: u8,
    missing_left: bool,
    left: Sum,
}

#[derive(Debug)]
struct Leaf {
    node: usize,
    depth: u32,
    /// Its rows within the order.
    rows: Range<usize>,
    sum: Sum,
    histogram: Vec<Sum>,
    best: Option<Split>,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    /// What it would add as a leaf.
    value: f64,
    /// Column among the bins, last bin that goes left, side of the missing, the left child; the
    /// right one follows it.
    split: Option<(usize, u8, bool, usize)>,
}

/// A tree as it was grown.
#[derive(Debug)]
pub(super) struct Grown {
    nodes: Vec<Node>,
}

impl Grown {
    /// Grows a tree on the drawn rows (`order`, ascending; it is rearranged) and columns, and adds
    /// its leaves to `scores` of these rows.
    pub(super) fn grow(
        bins: &Bins,
        columns: &[usize],
        order: &mut [u32],
        pulls: &[Pull],
        params: &Boosting,
        scores: &mut [f64],
    ) -> Self {
        let grower = Grower { bins, columns, pulls, params, stride: usize::from(params.bins) + 1 };
        let mut scratch = Vec::with_capacity(order.len());
        let histogram = grower.histogram(order);
        let sum = histogram[..grower.stride].iter().fold(Sum::default(), |sum, &bin| sum.plus(bin));
        let mut nodes = vec![Node { value: grower.value(sum), split: None }];
        let mut leaves = vec![grower.leaf(0, 0, 0..order.len(), sum, histogram)];
        while leaves.len() < params.leaves as usize {
            let gain = |leaf: &Leaf| leaf.best.map_or(0.0, |split| split.gain);
            // Of equal gains the first: `max_by` would take the last.
            let Some(at) = (0..leaves.len()).rev().max_by(|&a, &b| gain(&leaves[a]).total_cmp(&gain(&leaves[b])))
            else {
                break;
            };
            let Some(split) = leaves[at].best else { break };
            let parent = leaves.swap_remove(at);
            let codes = bins.codes(columns[split.slot]);
            let rows = &mut order[parent.rows.clone()];
            let middle =
                parent.rows.start + partition(rows, &mut scratch, |row| goes_left(codes[row as usize], &split));
            let last = leaves.len() + 2 >= params.leaves as usize;
            let right = parent.sum.minus(split.left);
            let (mut left_bins, mut right_bins) = (Vec::new(), parent.histogram);
            // The smaller side is counted, the other is what is left. The last leaves need neither.
            if !last {
                let left_is_small = split.left.rows <= right.rows;
                let small = if left_is_small { parent.rows.start..middle } else { middle..parent.rows.end };
                left_bins = grower.histogram(&order[small]);
                right_bins.iter_mut().zip(&left_bins).for_each(|(all, small)| *all = all.minus(*small));
                if !left_is_small {
                    std::mem::swap(&mut left_bins, &mut right_bins);
                }
            }
            let child = nodes.len();
            nodes[parent.node].split = Some((columns[split.slot], split.bin, split.missing_left, child));
            for (sum, histogram, rows) in
                [(split.left, left_bins, parent.rows.start..middle), (right, right_bins, middle..parent.rows.end)]
            {
                let node = nodes.len();
                nodes.push(Node { value: grower.value(sum), split: None });
                let histogram = if last { Vec::new() } else { histogram };
                leaves.push(grower.leaf(node, parent.depth + 1, rows, sum, histogram));
            }
        }
        for leaf in &leaves {
            let value = nodes[leaf.node].value;
            order[leaf.rows.clone()].iter().for_each(|&row| scores[row as usize] += value);
        }
        Self { nodes }
    }

    /// What the tree adds to the score of any row of the bins.
    pub(super) fn value(&self, bins: &Bins, row: usize) -> f64 {
        let mut at = 0;
        while let Some((column, bin, missing_left, left)) = self.nodes[at].split {
            let code = bins.codes(column)[row];
            let goes_left = if code == MISSING { missing_left } else { code <= bin };
            at = if goes_left { left } else { left + 1 };
        }
        self.nodes[at].value
    }

    pub(super) fn source(&self, bins: &Bins, at: usize) -> Source {
        let node = &self.nodes[at];
        match node.split {
            None => Source::Leaf { value: node.value },
            Some((column, bin, missing_left, left)) => Source::Split {
                feature: bins.columns[column],
                threshold: bins.cut(column, bin),
                missing_left,
                left,
                right: left + 1,
                mean: node.value,
            },
        }
    }
}

fn goes_left(code: u8, split: &Split) -> bool {
    if code == MISSING { split.missing_left } else { code <= split.bin }
}

/// Moves the rows that go left to the front, both sides keeping their order. Tells how many.
fn partition(rows: &mut [u32], scratch: &mut Vec<u32>, left: impl Fn(u32) -> bool) -> usize {
    scratch.clear();
    let mut kept = 0;
    for at in 0..rows.len() {
        let row = rows[at];
        if left(row) {
            rows[kept] = row;
            kept += 1;
        } else {
            scratch.push(row);
        }
    }
    rows[kept..].copy_from_slice(scratch);
    kept
}

struct Grower<'a> {
    bins: &'a Bins,
    columns: &'a [usize],
    pulls: &'a [Pull],
    params: &'a Boosting,
    /// Bins of a column, with that of the missing.
    stride: usize,
}

impl Grower<'_> {
    fn value(&self, sum: Sum) -> f64 {
        -self.params.learning_rate * sum.slope / (sum.curve + self.params.l2)
    }

    fn histogram(&self, rows: &[u32]) -> Vec<Sum> {
        let mut histogram = vec![Sum::default(); self.columns.len() * self.stride];
        let pulls: Vec<Pull> = rows.iter().map(|&row| self.pulls[row as usize]).collect();
        for (&column, sums) in self.columns.iter().zip(histogram.chunks_exact_mut(self.stride)) {
            let codes = self.bins.codes(column);
            for (&row, &[slope, curve]) in rows.iter().zip(&pulls) {
                let sum = &mut sums[usize::from(codes[row as usize])];
                sum.slope += slope;
                sum.curve += curve;
                sum.rows += 1;
            }
        }
        histogram
    }

    fn leaf(&self, node: usize, depth: u32, rows: Range<usize>, sum: Sum, histogram: Vec<Sum>) -> Leaf {
        let may_split = depth < self.params.depth && sum.rows >= 2 * self.params.min_leaf;
        let best = if may_split { self.best(sum, &histogram) } else { None };
        Leaf { node, depth, rows, sum, histogram, best }
    }

    /// The split that gains most; of equal ones the first.
    fn best(&self, all: Sum, histogram: &[Sum]) -> Option<Split> {
        let l2 = self.params.l2;
        let mut best: Option<Split> = None;
        // Less is rounding.
        let mut most = all.gain(l2) * (1.0 + 1e-9) + 1e-9;
        for (slot, sums) in histogram.chunks_exact(self.stride).enumerate() {
            let missing = sums[usize::from(MISSING)];
            let mut below = Sum::default();
            for (bin, &sum) in sums.iter().enumerate().skip(1) {
                below = below.plus(sum);
                if sum.rows == 0 {
                    continue;
                }
                let above = all.minus(missing).minus(below);
                if above.rows == 0 {
                    break;
                }
                // With nothing missing here, what may be missing later goes with the many.
                let sides: &[bool] = match missing.rows {
                    0 if below.rows >= above.rows => &[true],
                    0 => &[false],
                    _ => &[true, false],
                };
                for &missing_left in sides {
                    let left = if missing_left { below.plus(missing) } else { below };
                    let right = all.minus(left);
                    let enough = left.rows.min(right.rows) >= self.params.min_leaf
                        && left.curve.min(right.curve) >= self.params.min_leaf_hessian;
                    let gain = left.gain(l2) + right.gain(l2);
                    if enough && gain > most {
                        most = gain;
                        best = Some(Split { gain: gain - all.gain(l2), slot, bin: bin as u8, missing_left, left });
                    }
                }
            }
        }
        best
    }
}
