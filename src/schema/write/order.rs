//! Puts steps into an order in which each comes after what it needs.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use super::step::Step;

/// Where a step stands among those that could come next: phase, names, part, name.
pub(super) type Rank = (u8, Vec<String>, u8, String);

/// A step with what it needs.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) step: Step,
    pub(super) rank: Rank,
    /// Positions of the nodes that come before it.
    pub(super) needs: BTreeSet<usize>,
    /// Positions of nodes that come before it though it could be without them.
    pub(super) after: BTreeSet<usize>,
    /// What can be made a step of its own where it closes a circle.
    pub(super) loose: Vec<Loose>,
}

/// A part of a step that can be done later.
#[derive(Clone, Debug)]
pub(super) struct Loose {
    pub(super) step: Step,
    pub(super) rank: Rank,
    /// What it needs beyond the step itself.
    pub(super) needs: BTreeSet<usize>,
}

impl Node {
    fn all_needs(&self) -> BTreeSet<usize> {
        let loose = self.loose.iter().flat_map(|loose| &loose.needs);
        let needs = self.needs.iter().chain(&self.after);
        needs.chain(loose).copied().collect()
    }
}

/// Steps in order.
pub(super) struct Ordered {
    pub(super) nodes: Vec<Node>,
    /// Steps that come before something that they need, since there was no other way.
    pub(super) circles: Vec<Step>,
}

/// Orders steps: of those whose needs are met, the one with the lowest rank comes next.
///
/// Takes time in proportion to steps and needs, and begins again for each circle that it breaks.
pub(super) fn order(nodes: Vec<Node>) -> Ordered {
    let mut nodes = nodes;
    let mut circles = Vec::new();
    let order = loop {
        let mut ordering = Ordering::new(&nodes);
        ordering.run();
        if ordering.order.len() == nodes.len() {
            break ordering.order;
        }
        let Ordering { waiting, .. } = ordering;
        if !loosen(&mut nodes, &waiting) {
            circles.extend(cut(&mut nodes, &waiting));
        }
    };
    let mut place = vec![0; nodes.len()];
    for (position, node) in order.iter().enumerate() {
        place[*node] = position;
    }
    let mut taken: Vec<Option<Node>> = nodes.into_iter().map(Some).collect();
    let mut ordered: Vec<Node> = order.iter().filter_map(|at| taken[*at].take()).collect();
    for node in &mut ordered {
        node.after.clear();
        node.needs = node.all_needs().iter().map(|need| place[*need]).collect();
    }
    Ordered {
        nodes: ordered,
        circles,
    }
}

struct Ordering<'n> {
    nodes: &'n [Node],
    /// Whether a node is not yet in the order.
    waiting: Vec<bool>,
    /// How many needs are not met.
    unmet: Vec<usize>,
    needed_by: Vec<Vec<usize>>,
    ready: BinaryHeap<Reverse<(&'n Rank, usize)>>,
    order: Vec<usize>,
}

impl<'n> Ordering<'n> {
    fn new(nodes: &'n [Node]) -> Self {
        let mut ordering = Self {
            nodes,
            waiting: vec![true; nodes.len()],
            unmet: vec![0; nodes.len()],
            needed_by: vec![Vec::new(); nodes.len()],
            ready: BinaryHeap::new(),
            order: Vec::with_capacity(nodes.len()),
        };
        for (at, node) in nodes.iter().enumerate() {
            for need in node.all_needs() {
                ordering.unmet[at] += 1;
                ordering.needed_by[need].push(at);
            }
            if ordering.unmet[at] == 0 {
                ordering.ready.push(Reverse((&node.rank, at)));
            }
        }
        ordering
    }

    /// Takes steps as long as the needs of one are met.
    fn run(&mut self) {
        while let Some(Reverse((_, at))) = self.ready.pop() {
            self.order.push(at);
            self.waiting[at] = false;
            for next in std::mem::take(&mut self.needed_by[at]) {
                self.unmet[next] -= 1;
                if self.unmet[next] == 0 {
                    self.ready.push(Reverse((&self.nodes[next].rank, next)));
                }
            }
        }
    }
}

/// Makes steps of their own of the loose parts that close a circle; false where none does.
fn loosen(nodes: &mut Vec<Node>, waiting: &[bool]) -> bool {
    let mut found = false;
    for at in 0..waiting.len() {
        if !waiting[at] || nodes[at].loose.is_empty() {
            continue;
        }
        let (closing, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut nodes[at].loose)
            .into_iter()
            .partition(|loose| {
                let mut needs = loose.needs.iter();
                needs.any(|need| leads_to(nodes, *need, at))
            });
        nodes[at].loose = kept;
        for Loose {
            step,
            rank,
            mut needs,
        } in closing
        {
            found = true;
            needs.insert(at);
            nodes.push(Node {
                step,
                rank,
                needs,
                after: BTreeSet::new(),
                loose: Vec::new(),
            });
        }
    }
    found
}

/// Returns whether a node comes after another.
fn leads_to(nodes: &[Node], from: usize, to: usize) -> bool {
    let mut seen = BTreeSet::new();
    let mut next = vec![from];
    while let Some(at) = next.pop() {
        if at == to {
            return true;
        }
        if seen.insert(at) {
            next.extend(nodes[at].all_needs());
        }
    }
    false
}

/// Forgets what the first step of a circle needs, since the circle cannot be broken.
fn cut(nodes: &mut [Node], waiting: &[bool]) -> Option<Step> {
    let closes = |at: usize, need: usize| leads_to(nodes, need, at);
    let in_circle = |at: &usize| nodes[*at].all_needs().iter().any(|need| closes(*at, *need));
    let first = (0..waiting.len())
        .filter(|at| waiting[*at])
        .filter(in_circle)
        .min_by(|a, b| nodes[*a].rank.cmp(&nodes[*b].rank))?;
    let needs = nodes[first].all_needs();
    let kept = needs.iter().filter(|need| !closes(first, **need));
    let kept = kept.copied().collect();
    let node = &mut nodes[first];
    node.needs = kept;
    node.after.clear();
    node.loose.clear();
    Some(node.step)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nodes by name; ` ` divides needs, `?` stands before what is loose.
    fn ordered(graph: &[(&str, &str)]) -> String {
        let at = |name: &str| graph.iter().position(|(known, _)| *known == name).unwrap();
        let nodes = graph.iter().enumerate().map(|(position, (name, needs))| {
            let rank = |part| (0, vec![(*name).to_owned()], part, String::new());
            let needs = needs.split_whitespace();
            let (loose, firm): (Vec<_>, Vec<_>) = needs.partition(|need| need.starts_with('?'));
            let loose = loose.into_iter().map(|need| Loose {
                step: Step::SetDefault(position),
                rank: rank(1),
                needs: BTreeSet::from([at(&need[1..])]),
            });
            Node {
                step: Step::Create(position),
                rank: rank(0),
                needs: firm.into_iter().map(at).collect(),
                after: BTreeSet::new(),
                loose: loose.collect(),
            }
        });
        let Ordered { nodes, circles } = order(nodes.collect());
        let names = nodes.iter().map(|node| match node.step {
            Step::Create(at) => graph[at].0.to_owned(),
            step => format!("{}'", graph[step.object()].0),
        });
        let mut text = names.collect::<Vec<_>>().join(" ");
        for step in circles {
            text.push_str(&format!(" circle {}", graph[step.object()].0));
        }
        text
    }

    #[test]
    fn what_is_needed_comes_first_and_names_decide_the_rest() {
        assert_eq!(
            ordered(&[("c", ""), ("a", "d"), ("d", ""), ("b", "")]),
            "b c d a"
        );
    }

    #[test]
    fn a_circle_is_broken_where_something_can_come_later() {
        assert_eq!(ordered(&[("a", "?b"), ("b", "a"), ("c", "b")]), "a b a' c");
        // What is loose and closes no circle stays.
        assert_eq!(
            ordered(&[("a", "?b"), ("b", "c"), ("c", "?b ?d"), ("d", "")]),
            "d c b a c'"
        );
    }

    #[test]
    fn a_circle_that_cannot_be_broken_is_cut_and_told() {
        assert_eq!(
            ordered(&[("a", "b"), ("b", "a c"), ("c", "")]),
            "a c b circle a"
        );
    }
}
