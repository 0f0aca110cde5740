//! The steps that create a schema: which there are, and what each needs.

use std::collections::{BTreeSet, HashMap};

use super::Style;
use super::layout::Layout;
use super::order::{Loose, Node, Rank};
use crate::schema::model::{Body, Constraint, Kind, Object};

/// One step on the way up; the number is an object's position in the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Step {
    /// Creates the object with its comment, and a table with what stands in its parentheses.
    Create(usize),
    /// Has a sequence go with its column.
    OwnSequence(usize),
    /// Keeps the name of a foreign key free until it comes.
    ReserveName(usize),
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
    pub(in crate::schema::write) const fn object(self) -> usize {
        match self {
            Self::Create(at)
            | Self::OwnSequence(at)
            | Self::ReserveName(at)
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
pub(super) mod phase {
    pub(in crate::schema::write) const SCHEMAS: u8 = 0;
    pub(in crate::schema::write) const EXTENSIONS: u8 = 1;
    pub(in crate::schema::write) const TYPES: u8 = 2;
    pub(in crate::schema::write) const ROUTINES: u8 = 3;
    pub(in crate::schema::write) const SEQUENCES: u8 = 4;
    pub(in crate::schema::write) const TABLES: u8 = 5;
    /// Indexes of partitioned tables, and those that call functions, which may call others.
    pub(in crate::schema::write) const INDEXES: u8 = 6;
    pub(in crate::schema::write) const VIEWS: u8 = 7;
    pub(in crate::schema::write) const CONSTRAINTS: u8 = 8;
    pub(in crate::schema::write) const TRIGGERS: u8 = 9;
    pub(in crate::schema::write) const POLICIES: u8 = 10;
    pub(in crate::schema::write) const PUBLICATIONS: u8 = 11;
    pub(in crate::schema::write) const GRANTS: u8 = 12;
    pub(in crate::schema::write) const REFRESHES: u8 = 13;
    /// Last: they would see all the others.
    pub(in crate::schema::write) const EVENT_TRIGGERS: u8 = 14;
}

/// Finds the steps of a schema.
pub(super) fn steps(layout: &Layout<'_>, style: &Style) -> Vec<Node> {
    let mut building = Building {
        layout,
        nodes: Vec::new(),
        created: HashMap::new(),
    };
    building.create(style);
    building.connect();
    building.complete(style);
    building.reserve_names();
    building.nodes
}

/// Steps that are being found.
pub(super) struct Building<'m> {
    pub(super) layout: &'m Layout<'m>,
    pub(super) nodes: Vec<Node>,
    /// The node that creates an object: that of its table for what stands in the parentheses.
    pub(super) created: HashMap<usize, usize>,
}

impl<'m> Building<'m> {
    pub(super) fn object(&self, at: usize) -> &'m Object {
        self.layout.object(at)
    }

    /// Makes a node for each object that is created by a statement of its own.
    fn create(&mut self, style: &Style) {
        for (at, object) in self.layout.model.objects.iter().enumerate() {
            if object.identity.kind == Kind::DefaultPrivileges && style.no_grants {
                continue;
            }
            if self.is_inline(object) || is_handed_down(object) {
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
        for (at, object) in self.layout.model.objects.iter().enumerate() {
            let whole = match &object.body {
                _ if is_handed_down(object) => None,
                Body::Sequence(sequence) if sequence.identity => {
                    let table = sequence.owned_by.as_ref().and_then(|by| by.get(..2));
                    table.and_then(|table| self.layout.table(table))
                }
                _ => self.layout.whole(object),
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
                let whole = self.layout.whole(object).map(|at| &self.object(at).body);
                let (is_partitioned, has_parents) = match whole {
                    Some(Body::Table(table)) => {
                        (table.partition_by.is_some(), !table.parents.is_empty())
                    }
                    _ => (false, false),
                };
                match constraint.r#type.as_str() {
                    "foreign key" => false,
                    "check" => constraint.valid && !self.is_held_back(object),
                    // From PostgreSQL 18 on, a key gives names of its own to what refuses NULL, so
                    // it comes after the names that are inherited.
                    "primary key" if has_parents => false,
                    _ => !is_partitioned && !self.is_repeated(object, constraint),
                }
            }
            _ => false,
        }
    }

    pub(super) fn is_held_back(&self, constraint: &Object) -> bool {
        let table = self.layout.whole(constraint);
        table.is_some_and(|table| self.layout.holds_back(table))
    }

    /// Returns whether an earlier constraint has the same index: the server would make one of both
    /// if they came together.
    fn is_repeated(&self, object: &Object, constraint: &Constraint) -> bool {
        let columns = |constraint: &Constraint| {
            let definition = constraint.definition.trim_start_matches("PRIMARY KEY");
            definition.trim_start_matches("UNIQUE").to_owned()
        };
        // The key is the first, whatever its name.
        let rank = |object: &Object, constraint: &Constraint| {
            let is_key = constraint.r#type == "primary key";
            (!is_key, object.identity.name().to_owned())
        };
        let own = rank(object, constraint);
        let parts = self
            .layout
            .whole(object)
            .map(|whole| self.layout.parts(whole));
        let mut others = parts.into_iter().flatten().map(|at| self.object(*at));
        others.any(|other| match &other.body {
            Body::Constraint(earlier) => {
                columns(earlier) == columns(constraint) && rank(other, earlier) < own
            }
            _ => false,
        })
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
            Kind::Index => match self.layout.whole(object).map(|at| &self.object(at).body) {
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
            Kind::Constraint => match &object.body {
                // Foreign keys may lean on any of these.
                Body::Constraint(constraint) if constraint.has_index() => {
                    match self.layout.whole(object).map(|at| &self.object(at).body) {
                        Some(Body::Table(table)) if table.partition_by.is_none() => {
                            part(phase::TABLES, 1)
                        }
                        _ => part(phase::INDEXES, 0),
                    }
                }
                _ => part(phase::CONSTRAINTS, 0),
            },
            Kind::Trigger => match &object.body {
                Body::Trigger(trigger) if trigger.inherited => part(phase::POLICIES, 1),
                _ => part(phase::TRIGGERS, 0),
            },
            Kind::Rule => part(phase::TRIGGERS, 1),
            Kind::Policy => part(phase::POLICIES, 0),
            Kind::Publication => rank(phase::PUBLICATIONS),
            Kind::EventTrigger => rank(phase::EVENT_TRIGGERS),
            Kind::Member | Kind::DefaultPrivileges | Kind::Uncovered => rank(phase::GRANTS),
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
            needs.extend(
                self.layout
                    .whole(object)
                    .and_then(|at| self.created.get(&at)),
            );
            if matches!(object.body, Body::View(_)) && object.identity.kind == Kind::View {
                loose.push(Loose {
                    step: Step::CompleteView(at),
                    rank: (phase::VIEWS, object.identity.path.clone(), 1, String::new()),
                    needs: std::mem::take(&mut needs),
                });
            }
            for part in self.layout.parts(at) {
                self.connect_part(*part, node, &mut needs, &mut loose);
            }
            if let Body::Table(table) = &object.body {
                let parents = table.parents.iter();
                let parents = parents.filter_map(|parent| self.layout.table(parent));
                needs.extend(parents.filter_map(|at| self.created.get(&at)));
            }
            needs.remove(&node);
            for loose in &mut loose {
                // A view that reads itself begins without its query.
                if !matches!(loose.step, Step::CompleteView(_)) {
                    loose.needs.remove(&node);
                }
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
            .layout
            .model
            .objects
            .iter()
            .take_while(|object| object.identity.kind == Kind::Schema)
            .position(|object| object.identity.name() == name)?;
        self.created.get(&found)
    }
}

/// Returns whether the partitioned table's makes it: an exclusion constraint cannot be attached.
pub(super) fn is_handed_down(object: &Object) -> bool {
    matches!(&object.body, Body::Constraint(constraint)
        if constraint.r#type == "exclude" && constraint.parent.is_some())
}
