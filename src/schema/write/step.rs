//! The steps that create a schema: which there are, and what each needs.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::order::{Loose, Node, Rank};
use super::{LeftOut, Style};
use crate::schema::model::{Body, Kind, Model, Object};

/// One step on the way up; the number is an object's position in the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Step {
    /// Creates the object with its comment, and a table with what stands in its parentheses.
    Create(usize),
    /// Has a sequence go with its column.
    OwnSequence(usize),
    /// Gives a column its default, which could not be there from the beginning.
    SetDefault(usize),
    /// Gives a view its query, which could not be there from the beginning.
    CompleteView(usize),
    /// Makes an index part of that of the partitioned table.
    AttachIndex(usize),
    /// Names the index that a table is clustered on or identifies rows by.
    ChooseIndex(usize),
    /// Grants the object's privileges.
    Grant(usize),
    /// Fills a materialized view.
    Refresh(usize),
}

impl Step {
    /// Returns the position of the object that it is about.
    pub(super) const fn object(self) -> usize {
        match self {
            Self::Create(at)
            | Self::OwnSequence(at)
            | Self::SetDefault(at)
            | Self::CompleteView(at)
            | Self::AttachIndex(at)
            | Self::ChooseIndex(at)
            | Self::Grant(at)
            | Self::Refresh(at) => at,
        }
    }
}

/// The phases, in which steps come as far as what they need allows it.
mod phase {
    pub(super) const SCHEMAS: u8 = 0;
    pub(super) const EXTENSIONS: u8 = 1;
    pub(super) const TYPES: u8 = 2;
    pub(super) const ROUTINES: u8 = 3;
    pub(super) const SEQUENCES: u8 = 4;
    pub(super) const TABLES: u8 = 5;
    /// Indexes of partitioned tables, and those that call functions, which may call others.
    pub(super) const INDEXES: u8 = 6;
    pub(super) const VIEWS: u8 = 7;
    pub(super) const CONSTRAINTS: u8 = 8;
    pub(super) const TRIGGERS: u8 = 9;
    pub(super) const POLICIES: u8 = 10;
    pub(super) const PUBLICATIONS: u8 = 11;
    pub(super) const GRANTS: u8 = 12;
    pub(super) const REFRESHES: u8 = 13;
    /// Last: they would see all the others.
    pub(super) const EVENT_TRIGGERS: u8 = 14;
}

/// All steps, and what there is no step for.
pub(super) struct Steps {
    pub(super) nodes: Vec<Node>,
    pub(super) left_out: Vec<LeftOut>,
}

impl Steps {
    /// Finds the steps of a schema.
    pub(super) fn of(model: &Model, style: &Style) -> Self {
        let mut building = Building {
            model,
            tables: tables(model),
            nodes: Vec::new(),
            created: HashMap::new(),
            left_out: Vec::new(),
        };
        building.create(style);
        building.connect();
        building.complete(style);
        Self {
            nodes: building.nodes,
            left_out: building.left_out,
        }
    }
}

/// The positions of relations and domains by their path.
pub(super) fn tables(model: &Model) -> HashMap<&[String], usize> {
    let objects = model.objects.iter().enumerate();
    objects
        .filter(|(_, object)| object.identity.kind.has_parts())
        .map(|(at, object)| (&object.identity.path[..], at))
        .collect()
}

struct Building<'m> {
    model: &'m Model,
    tables: HashMap<&'m [String], usize>,
    nodes: Vec<Node>,
    /// The node that creates an object: that of its table for what stands in the parentheses.
    created: HashMap<usize, usize>,
    left_out: Vec<LeftOut>,
}

impl<'m> Building<'m> {
    fn object(&self, at: usize) -> &'m Object {
        &self.model.objects[at]
    }

    fn whole(&self, object: &Object) -> Option<usize> {
        self.tables.get(object.identity.owner_path()?).copied()
    }

    /// Makes a node for each object that is created by a statement of its own.
    fn create(&mut self, style: &Style) {
        for (at, object) in self.model.objects.iter().enumerate() {
            if object.identity.kind == Kind::DefaultPrivileges && style.no_grants {
                continue;
            }
            if let Some(reason) = not_written(object) {
                self.left_out.push(LeftOut {
                    identity: object.identity.clone(),
                    reason,
                });
                continue;
            }
            if self.is_inline(object) {
                continue;
            }
            self.created.insert(at, self.nodes.len());
            self.nodes.push(Node {
                step: Step::Create(at),
                rank: self.rank(object),
                needs: BTreeSet::new(),
                after: BTreeSet::new(),
                loose: Vec::new(),
            });
        }
        for (at, object) in self.model.objects.iter().enumerate() {
            let whole = match &object.body {
                Body::Sequence(sequence) if sequence.identity => {
                    let table = sequence.owned_by.as_ref().and_then(|by| by.get(..2));
                    table.and_then(|table| self.tables.get(table).copied())
                }
                _ => self.whole(object),
            };
            if let Some(node) = whole.and_then(|whole| self.created.get(&whole).copied()) {
                self.created.entry(at).or_insert(node);
            }
        }
    }

    /// Returns whether an object is created together with its table or domain.
    fn is_inline(&self, object: &Object) -> bool {
        match &object.body {
            Body::Column(_) => true,
            Body::Sequence(sequence) => sequence.identity,
            Body::Constraint(constraint) => {
                let whole = self.whole(object).map(|at| &self.object(at).body);
                let is_partitioned =
                    matches!(whole, Some(Body::Table(table)) if table.partition_by.is_some());
                match constraint.r#type.as_str() {
                    "foreign key" => false,
                    "check" => constraint.valid,
                    _ => !is_partitioned,
                }
            }
            _ => false,
        }
    }

    fn rank(&self, object: &Object) -> Rank {
        let path = &object.identity.path;
        let rank = |phase: u8| (phase, path.clone(), 0, String::new());
        let part = |phase: u8, part: u8| {
            let (owner, name) = path.split_at(2.min(path.len()));
            (phase, owner.to_vec(), part, name.join("."))
        };
        match object.identity.kind {
            Kind::Schema => rank(phase::SCHEMAS),
            Kind::Extension => rank(phase::EXTENSIONS),
            Kind::Collation
            | Kind::Enum
            | Kind::Composite
            | Kind::Range
            | Kind::Domain
            | Kind::DomainConstraint => rank(phase::TYPES),
            Kind::Function
            | Kind::Procedure
            | Kind::Aggregate
            | Kind::Operator
            | Kind::Cast
            | Kind::Dictionary
            | Kind::Configuration
            | Kind::Server => rank(phase::ROUTINES),
            Kind::Sequence => rank(phase::SEQUENCES),
            Kind::Table | Kind::ForeignTable | Kind::Column => rank(phase::TABLES),
            Kind::View | Kind::MaterializedView => rank(phase::VIEWS),
            Kind::Index => match self.whole(object).map(|at| &self.object(at).body) {
                Some(Body::View(_)) => part(phase::VIEWS, 2),
                Some(Body::Table(table)) if table.partition_by.is_none() && !self.calls(object) => {
                    part(phase::TABLES, 2)
                }
                _ => part(phase::INDEXES, 0),
            },
            Kind::Statistics => match &object.body {
                Body::Statistics(statistics) => {
                    let name = object.identity.name().to_owned();
                    (phase::TABLES, statistics.table.clone(), 3, name)
                }
                _ => rank(phase::INDEXES),
            },
            Kind::Constraint => part(phase::CONSTRAINTS, 0),
            Kind::Trigger => match &object.body {
                Body::Trigger(trigger) if trigger.inherited => part(phase::POLICIES, 1),
                _ => part(phase::TRIGGERS, 0),
            },
            Kind::Rule => part(phase::TRIGGERS, 1),
            Kind::Policy => part(phase::POLICIES, 0),
            Kind::Publication => rank(phase::PUBLICATIONS),
            Kind::EventTrigger => rank(phase::EVENT_TRIGGERS),
            Kind::DefaultPrivileges | Kind::Uncovered => rank(phase::GRANTS),
        }
    }

    /// Returns whether an object needs a function of the schema's own.
    fn calls(&self, object: &Object) -> bool {
        let kinds = [Kind::Function, Kind::Aggregate, Kind::Operator];
        let mut needs = object.needs.iter();
        needs.any(|need| kinds.contains(&self.object(*need).identity.kind))
    }

    fn nodes_of(&self, needs: &[usize]) -> BTreeSet<usize> {
        let nodes = needs.iter().filter_map(|need| self.created.get(need));
        nodes.copied().collect()
    }

    /// Says of each node what it needs.
    fn connect(&mut self) {
        let mut parts: HashMap<usize, Vec<usize>> = HashMap::new();
        for (at, object) in self.model.objects.iter().enumerate() {
            if let Some(whole) = self.whole(object) {
                parts.entry(whole).or_default().push(at);
            }
        }
        for node in 0..self.nodes.len() {
            let at = self.nodes[node].step.object();
            let object = self.object(at);
            let mut needs = self.nodes_of(&object.needs);
            let mut loose = Vec::new();
            let in_schema = object
                .identity
                .schema()
                .filter(|_| object.identity.kind != Kind::Schema);
            needs.extend(in_schema.and_then(|schema| self.schema(schema)));
            needs.extend(self.whole(object).and_then(|at| self.created.get(&at)));
            if matches!(object.body, Body::View(_)) && object.identity.kind == Kind::View {
                loose.push(Loose {
                    step: Step::CompleteView(at),
                    rank: (phase::VIEWS, object.identity.path.clone(), 1, String::new()),
                    needs: std::mem::take(&mut needs),
                });
            }
            for part in parts.get(&at).into_iter().flatten() {
                self.connect_part(*part, node, &mut needs, &mut loose);
            }
            if let Body::Table(table) = &object.body {
                let parents = table.parents.iter();
                let parents = parents.filter_map(|parent| self.tables.get(&parent[..]));
                needs.extend(parents.filter_map(|at| self.created.get(at)));
            }
            needs.remove(&node);
            for loose in &mut loose {
                loose.needs.remove(&node);
            }
            self.nodes[node].needs = needs;
            self.nodes[node].loose = loose;
        }
    }

    /// Adds what a part needs that is created with its table.
    fn connect_part(
        &self,
        part: usize,
        node: usize,
        needs: &mut BTreeSet<usize>,
        loose: &mut Vec<Loose>,
    ) {
        let object = self.object(part);
        if self.created.get(&part) != Some(&node) {
            return;
        }
        let late = |part: u8| {
            let path = &object.identity.path;
            let (owner, name) = path.split_at(2.min(path.len()));
            (phase::CONSTRAINTS, owner.to_vec(), part, name.join("."))
        };
        match &object.body {
            Body::Constraint(constraint) if constraint.r#type == "check" => loose.push(Loose {
                step: Step::Create(part),
                rank: late(1),
                needs: self.nodes_of(&object.needs),
            }),
            Body::Column(column) => {
                needs.extend(self.nodes_of(&object.needs));
                let of_default = self.nodes_of(&object.default_needs);
                if column.default.is_some() {
                    loose.push(Loose {
                        step: Step::SetDefault(part),
                        rank: late(0),
                        needs: of_default,
                    });
                } else {
                    needs.extend(of_default);
                }
            }
            _ => needs.extend(self.nodes_of(&object.needs)),
        }
    }

    fn schema(&self, name: &str) -> Option<&usize> {
        let found = self
            .model
            .objects
            .iter()
            .take_while(|object| object.identity.kind == Kind::Schema)
            .position(|object| object.identity.name() == name)?;
        self.created.get(&found)
    }

    fn push(&mut self, step: Step, rank: Rank, needs: BTreeSet<usize>) -> usize {
        self.nodes.push(Node {
            step,
            rank,
            needs,
            after: BTreeSet::new(),
            loose: Vec::new(),
        });
        self.nodes.len() - 1
    }

    /// Adds the steps beyond creating.
    fn complete(&mut self, style: &Style) {
        self.wait_for_partitions();
        let indexes = self.indexes();
        for (at, object) in self.model.objects.iter().enumerate() {
            let Some(node) = self.created.get(&at).copied() else {
                continue;
            };
            self.attach(at, node, &indexes);
            self.choose_index(at, node, &indexes);
            self.own_sequence(at, node);
            let is_default = object.identity.kind == Kind::DefaultPrivileges;
            if !object.grants.is_empty() && !style.no_grants && !is_default {
                let path = object.identity.path.clone();
                let rank = (phase::GRANTS, path, 1, String::new());
                self.push(Step::Grant(at), rank, BTreeSet::from([node]));
            }
        }
        self.refresh();
    }

    /// The nodes that create indexes, by schema and name.
    fn indexes(&self) -> HashMap<(&'m str, &'m str), usize> {
        let mut indexes = HashMap::new();
        for (at, object) in self.model.objects.iter().enumerate() {
            if let (Body::Index(_) | Body::Constraint(_), [schema, _, name]) =
                (&object.body, &object.identity.path[..])
                && let Some(node) = self.created.get(&at)
            {
                indexes.insert((schema.as_str(), name.as_str()), *node);
            }
        }
        indexes
    }

    /// An index of a partitioned table comes after all partitions are attached: else the server
    /// would give each one an index of its own choice.
    fn wait_for_partitions(&mut self) {
        let mut partitions: HashMap<usize, Vec<usize>> = HashMap::new();
        for (at, object) in self.model.objects.iter().enumerate() {
            if let Body::Table(table) = &object.body
                && table.bound.is_some()
            {
                let parents = table.parents.iter();
                let parents = parents.filter_map(|parent| self.tables.get(&parent[..]));
                for parent in parents {
                    partitions.entry(*parent).or_default().push(at);
                }
            }
        }
        for node in 0..self.nodes.len() {
            let object = self.object(self.nodes[node].step.object());
            let is_index = match &object.body {
                Body::Index(_) => true,
                Body::Constraint(constraint) => {
                    !["check", "foreign key"].contains(&constraint.r#type.as_str())
                }
                _ => false,
            };
            let table = self.whole(object).filter(|_| is_index);
            let attached = table.and_then(|table| partitions.get(&table));
            for partition in attached.into_iter().flatten() {
                let needs = self.created.get(partition).copied();
                self.nodes[node].after.extend(needs);
            }
        }
    }

    fn attach(&mut self, at: usize, node: usize, indexes: &HashMap<(&str, &str), usize>) {
        let object = self.object(at);
        let parent = match &object.body {
            Body::Index(index) => index.parent.as_ref(),
            Body::Constraint(constraint) => constraint.parent.as_ref(),
            _ => None,
        };
        let Some([schema, parent]) = parent.map(Vec::as_slice) else {
            return;
        };
        let mut needs = BTreeSet::from([node]);
        needs.extend(indexes.get(&(schema.as_str(), parent.as_str())));
        let path = object.identity.path.clone();
        let rank = (phase::INDEXES, path, 1, String::new());
        self.push(Step::AttachIndex(at), rank, needs);
    }

    fn choose_index(&mut self, at: usize, node: usize, indexes: &HashMap<(&str, &str), usize>) {
        let object = self.object(at);
        let chosen = match &object.body {
            Body::Table(table) => [&table.clustered_on, &table.identified_by],
            Body::View(view) => [&view.clustered_on, &None],
            _ => return,
        };
        let path = object.identity.path.clone();
        let chosen: Vec<_> = chosen.into_iter().flatten().collect();
        if chosen.is_empty() {
            return;
        }
        let mut needs = BTreeSet::from([node]);
        for index in chosen {
            needs.extend(indexes.get(&(path[0].as_str(), index.as_str())));
        }
        let phase = self.nodes[node].rank.0;
        self.push(
            Step::ChooseIndex(at),
            (phase, path, 4, String::new()),
            needs,
        );
    }

    fn own_sequence(&mut self, at: usize, node: usize) {
        let object = self.object(at);
        let Body::Sequence(sequence) = &object.body else {
            return;
        };
        let table = sequence.owned_by.as_ref().and_then(|by| by.get(..2));
        let owner = table.and_then(|table| self.created.get(self.tables.get(table)?));
        if let (Some(table), Some(owner), false) = (table, owner, sequence.identity) {
            let needs = BTreeSet::from([node, *owner]);
            let name = object.identity.path.join(".");
            let rank = (phase::TABLES, table.to_vec(), 1, name);
            self.push(Step::OwnSequence(at), rank, needs);
        }
    }

    /// Fills materialized views that hold rows, those first that others read.
    fn refresh(&mut self) {
        let mut nodes = HashMap::new();
        let filled: Vec<usize> = (0..self.model.objects.len())
            .filter(|at| matches!(&self.object(*at).body, Body::View(view) if view.populated))
            .collect();
        for at in &filled {
            let Some(created) = self.created.get(at).copied() else {
                continue;
            };
            let path = self.object(*at).identity.path.clone();
            let rank = (phase::REFRESHES, path, 0, String::new());
            let node = self.push(Step::Refresh(*at), rank, BTreeSet::from([created]));
            nodes.insert(*at, node);
        }
        for at in &filled {
            let read = self.read_by(*at);
            let needs: Vec<usize> = read
                .iter()
                .filter_map(|at| nodes.get(at).copied())
                .collect();
            if let Some(node) = nodes.get(at) {
                self.nodes[*node].needs.extend(needs);
            }
        }
    }

    /// The views that a view reads, directly or by way of others.
    fn read_by(&self, view: usize) -> HashSet<usize> {
        let mut seen = HashSet::new();
        let mut next = vec![view];
        while let Some(at) = next.pop() {
            for need in &self.object(at).needs {
                let is_view = matches!(self.object(*need).body, Body::View(_));
                if is_view && *need != view && seen.insert(*need) {
                    next.push(*need);
                }
            }
        }
        seen
    }
}

/// Says why there is no statement for an object.
fn not_written(object: &Object) -> Option<&'static str> {
    match &object.body {
        Body::Uncovered(_) => Some("limbeck does not write objects of its kind"),
        Body::Index(index) if index.invalid => {
            Some("it is invalid: its build failed; drop it, or `REINDEX` it")
        }
        _ => None,
    }
}
