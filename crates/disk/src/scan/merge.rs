//! Several roots as one ordered stream.
//!
//! Roots that lie below other roots are walked on their own, as the patterns may keep the outer walk
//! away from them; what both find comes once.
use crate::scan::position::Position;
use crate::scan::walk::{Walk, stem};
use crate::scan::{Context, Extent, Order, ScanItem, ScanRoot};
use csync3_core::path::ClusterPath;
use std::collections::BTreeSet;
use std::iter::{self, Peekable};
use std::sync::Arc;

/// Walks whose roots overlap only between them; usually one.
#[derive(Debug)]
pub(super) struct Merge {
    walks: Vec<Peekable<Walk>>,
}

impl Merge {
    pub(super) fn start(context: &Arc<Context>, roots: Vec<ScanRoot>) -> Self {
        let layers = match context.options.order {
            Order::Compare => vec![roots],
            Order::Encoded if context.options.recursive => layers(roots),
            Order::Encoded => vec![unique(roots)],
        };
        let walk = |roots| Walk::new(context, steps(roots, context.options.order)).peekable();
        Self { walks: layers.into_iter().map(walk).collect() }
    }

    pub(super) fn next(&mut self) -> Option<ScanItem> {
        if let [walk] = self.walks.as_mut_slice() {
            return walk.next();
        }
        let first = self.first()?;
        let item = self.walks[first].next()?;
        if let ScanItem::Entry(entry) = &item {
            for walk in &mut self.walks {
                walk.next_if(
                    |other| matches!(other, ScanItem::Entry(other) if other.name == entry.name),
                );
            }
        }
        Some(item)
    }

    /// The walk whose next item comes first.
    fn first(&mut self) -> Option<usize> {
        let heads = self.walks.iter_mut().map(Peekable::peek).enumerate();
        heads
            .filter_map(|(index, head)| Some((position(head?), index)))
            .min()
            .map(|(_, index)| index)
    }
}

fn position(item: &ScanItem) -> Position<'_> {
    match item {
        ScanItem::Entry(entry) => own(&entry.name),
        ScanItem::Problem(problem) if problem.extent == Extent::Object => own(&problem.name),
        ScanItem::Problem(problem) => below(&problem.name),
    }
}

fn own(name: &ClusterPath) -> Position<'_> {
    Position { name: name.encoded(), is_below: false }
}

fn below(name: &ClusterPath) -> Position<'_> {
    Position { name: stem(name), is_below: true }
}

fn unique(mut roots: Vec<ScanRoot>) -> Vec<ScanRoot> {
    roots.sort_by(|a, b| a.name.cmp(&b.name));
    roots.dedup_by(|a, b| a.name == b.name);
    roots
}

/// Parts the roots by how many other roots each lies below.
fn layers(roots: Vec<ScanRoot>) -> Vec<Vec<ScanRoot>> {
    let roots = unique(roots);
    let names: BTreeSet<_> = roots.iter().map(|root| root.name.clone()).collect();
    let mut layers: Vec<Vec<ScanRoot>> = Vec::new();
    for root in roots {
        let above = iter::successors(root.name.parent(), ClusterPath::parent);
        let depth = above.filter(|name| names.contains(name)).count();
        // An outer root sorts before what is below it, so no layer is left out.
        if layers.len() <= depth {
            layers.push(Vec::new());
        }
        layers[depth].push(root);
    }
    layers
}

/// The points that the roots of one walk stand for, in order.
fn steps(roots: Vec<ScanRoot>, order: Order) -> Vec<(ScanRoot, bool)> {
    let mut steps: Vec<_> =
        roots.into_iter().flat_map(|root| [(root.clone(), false), (root, true)]).collect();
    if order == Order::Encoded {
        steps.sort_by(|a, b| point(a).cmp(&point(b)));
    }
    steps
}

fn point(step: &(ScanRoot, bool)) -> Position<'_> {
    if step.1 { below(&step.0.name) } else { own(&step.0.name) }
}
