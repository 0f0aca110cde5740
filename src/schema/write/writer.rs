//! The statements of each step.

use std::collections::HashSet;

use super::layout::Layout;
use super::object::{
    attach_index, choose_index, comment, complete_view, create_by_options, create_event_trigger,
    create_extension, create_policy, create_publication, create_sequence, create_server,
    default_privileges, definition, enable, grant, index_comment, own_sequence, reserve_name,
    set_default, type_of, view_as,
};
use super::order::Node;
use super::step::{Step, is_handed_down};
use super::table::not_null_name;
use super::text::{block, parameters, trimmed};
use super::{Style, phrase};
use crate::schema::model::{self, Body, Kind, Object, qualified};
use crate::sql::quote::{ident, literal};

/// Writes steps.
pub(super) struct Writer<'m> {
    pub(super) layout: &'m Layout<'m>,
    pub(super) style: &'m Style,
    /// Constraints and defaults that have steps of their own.
    late: HashSet<usize>,
    /// Views that begin without their query.
    hollow: HashSet<usize>,
    /// Constraints whose names are kept free.
    reserved: HashSet<usize>,
}

impl<'m> Writer<'m> {
    pub(super) fn new(layout: &'m Layout<'m>, style: &'m Style, nodes: &[Node]) -> Self {
        let mut late = HashSet::new();
        let mut hollow = HashSet::new();
        let mut reserved = HashSet::new();
        for node in nodes {
            let is_part = layout.object(node.step.object()).identity.kind.is_part();
            match node.step {
                Step::SetDefault(at) => late.insert(at),
                Step::Create(at) if is_part => late.insert(at),
                Step::CompleteView(at) => hollow.insert(at),
                Step::ReserveName(at) => reserved.insert(at),
                _ => false,
            };
        }
        Self {
            layout,
            style,
            late,
            hollow,
            reserved,
        }
    }

    pub(super) fn object(&self, at: usize) -> &'m Object {
        self.layout.object(at)
    }

    /// The constraints that are written together with their table or domain.
    pub(super) fn constraints(&self, at: usize) -> Vec<(&'m Object, &'m model::Constraint)> {
        let parts = self.layout.parts(at).iter();
        parts
            .filter(|at| !self.late.contains(at) && !is_handed_down(self.object(**at)))
            .filter_map(|at| match &self.object(*at).body {
                Body::Constraint(constraint) => Some((self.object(*at), constraint)),
                _ => None,
            })
            .collect()
    }

    pub(super) fn is_late(&self, at: usize) -> bool {
        self.late.contains(&at)
    }

    /// Returns the statements of a step.
    pub(super) fn up(&self, step: Step) -> Vec<String> {
        let object = self.object(step.object());
        match step {
            Step::Create(at) => self.create(at, object),
            Step::OwnSequence(_) => own_sequence(object),
            Step::ReserveName(_) => reserve_name(object),
            Step::SetDefault(_) => set_default(object),
            Step::CompleteView(_) => complete_view(object),
            Step::AttachIndex(_) => attach_index(object),
            Step::ChooseIndex(_) => choose_index(object),
            Step::Grant(_) => grant(object),
            Step::Refresh(_) => {
                vec![format!("REFRESH MATERIALIZED VIEW {}", object.identity)]
            }
        }
    }

    fn create(&self, at: usize, object: &Object) -> Vec<String> {
        let name = object.identity.to_string();
        let mut statements = match &object.body {
            Body::Nothing {} if object.identity.kind == Kind::Schema => self.schema(object),
            Body::Nothing {} if object.identity.kind == Kind::Member => Vec::new(),
            Body::Nothing {} => default_privileges(object),
            Body::Extension(extension) => vec![create_extension(&name, extension)],
            Body::Options(body) => vec![create_by_options(object, &body.options)],
            Body::Enum(body) => {
                let labels: Vec<String> = body.labels.iter().map(|text| literal(text)).collect();
                let labels = block(&labels);
                vec![format!("CREATE TYPE {name} AS ENUM {labels}")]
            }
            Body::Composite(_) => {
                let columns: Vec<String> = self
                    .layout
                    .columns(at)
                    .into_iter()
                    .map(|(_, object, column)| {
                        format!("{}{}", ident(object.identity.name()), type_of(column))
                    })
                    .collect();
                vec![format!("CREATE TYPE {name} AS {}", block(&columns))]
            }
            Body::Domain(domain) => vec![self.create_domain(at, &name, domain)],
            Body::Routine(routine) => {
                let definition = trimmed(&routine.definition);
                let rest = definition.strip_prefix("CREATE OR REPLACE ");
                vec![rest.map_or_else(|| definition.to_owned(), |rest| format!("CREATE {rest}"))]
            }
            Body::Aggregate(aggregate) => {
                let name = phrase::aggregate(object).unwrap_or_default();
                let options = block(&aggregate.options);
                vec![format!("CREATE AGGREGATE {name} {options}")]
            }
            Body::Cast(cast) => {
                let mut words = vec!["CREATE CAST", &name, &cast.method];
                words.extend(cast.context.as_deref());
                vec![words.join(" ")]
            }
            Body::Dictionary(dictionary) => {
                let mut options = vec![format!("TEMPLATE = {}", dictionary.template)];
                options.extend(dictionary.options.clone());
                let options = options.join(", ");
                vec![format!("CREATE TEXT SEARCH DICTIONARY {name} ({options})")]
            }
            Body::Configuration(configuration) => {
                let what = format!("TEXT SEARCH CONFIGURATION {name}");
                let create = format!("CREATE {what} (PARSER = {})", configuration.parser);
                let mappings = configuration.mappings.iter();
                let mappings = mappings.map(|map| format!("ALTER {what} ADD MAPPING FOR {map}"));
                std::iter::once(create).chain(mappings).collect()
            }
            Body::Server(server) => vec![create_server(&name, server)],
            Body::Sequence(sequence) => vec![create_sequence(&name, sequence)],
            Body::Table(_) => self.create_table(at, object),
            Body::View(view) => self.create_view(at, object, view),
            Body::Column(_) | Body::Uncovered(_) => Vec::new(),
            Body::Constraint(constraint) => self.add_constraint(at, object, constraint),
            Body::Index(index) => {
                let mut statements = vec![trimmed(&index.definition).to_owned()];
                let name = phrase::in_schema(&object.identity.path).unwrap_or_default();
                let set = |line: &String| format!("ALTER INDEX {name} ALTER COLUMN {line}");
                statements.extend(index.statistics.iter().map(set));
                statements
            }
            Body::Statistics(statistics) => {
                let mut statements = vec![trimmed(&statistics.definition).to_owned()];
                let target = statistics.target;
                let set = |n| format!("ALTER STATISTICS {name} SET STATISTICS {n}");
                statements.extend(target.map(set));
                statements
            }
            Body::Trigger(trigger) if trigger.inherited => {
                // Where the partitioned table's is not as usual, its partitions' may be.
                let enabled = trigger.enabled.as_deref().unwrap_or("ENABLE");
                enable(object, "TRIGGER", Some(enabled))
                    .into_iter()
                    .collect()
            }
            Body::Trigger(trigger) => {
                let create = trimmed(&trigger.definition).to_owned();
                let enable = enable(object, "TRIGGER", trigger.enabled.as_deref());
                std::iter::once(create).chain(enable).collect()
            }
            Body::Rule(rule) => {
                let create = trimmed(&rule.definition).to_owned();
                let enable = enable(object, "RULE", rule.enabled.as_deref());
                std::iter::once(create).chain(enable).collect()
            }
            Body::Policy(policy) => vec![create_policy(object, policy)],
            Body::Publication(publication) => vec![create_publication(&name, publication)],
            Body::EventTrigger(trigger) => create_event_trigger(&name, trigger),
        };
        statements.extend(self.owner(object));
        statements.extend(comment(object));
        if object.identity.kind.has_parts() {
            self.about_parts(at, &mut statements);
        }
        statements
    }

    /// What is said of parts that have no statement of their own.
    fn about_parts(&self, at: usize, statements: &mut Vec<String>) {
        for part in self.layout.parts(at) {
            let object = self.object(*part);
            match &object.body {
                Body::Column(column) => {
                    statements.extend(comment(object));
                    if let (Some(text), Some(table)) =
                        (&column.not_null_comment, object.identity.owner_path())
                    {
                        let name = ident(&not_null_name(object, column));
                        let (table, text) = (qualified(table), literal(text));
                        statements
                            .push(format!("COMMENT ON CONSTRAINT {name} ON {table} IS {text}"));
                    }
                }
                Body::Constraint(constraint) if !self.is_late(*part) => {
                    statements.extend(comment(object));
                    statements.extend(index_comment(object, constraint));
                }
                _ => {}
            }
        }
        for (_, column, _) in self.layout.columns(at) {
            let sequence = self.layout.identity_sequence(column);
            statements.extend(sequence.and_then(|(object, _)| comment(object)));
        }
    }

    fn owner(&self, object: &Object) -> Option<String> {
        let owner = object.owner.as_ref().filter(|_| self.style.owners)?;
        let kind = object.identity.kind;
        // The owner of an extension cannot be changed, and a cast has none.
        if matches!(kind, Kind::Extension | Kind::Cast) {
            return None;
        }
        // Up to PostgreSQL 14 it is whoever made the server.
        let is_public = kind == Kind::Schema && object.identity.name() == "public";
        if is_public && (owner == "pg_database_owner" || self.layout.model.server < 15) {
            return None;
        }
        let phrase = phrase::phrase(object)?;
        Some(format!("ALTER {phrase} OWNER TO {}", ident(owner)))
    }

    fn schema(&self, object: &Object) -> Vec<String> {
        let name = object.identity.name();
        if name == "public" {
            return Vec::new();
        }
        let condition = match self.style.kept_schema.as_deref() == Some(name) {
            true => "IF NOT EXISTS ",
            false => "",
        };
        vec![format!("CREATE SCHEMA {condition}{}", ident(name))]
    }

    fn create_domain(&self, at: usize, name: &str, domain: &model::Domain) -> String {
        let mut sql = format!("CREATE DOMAIN {name} AS {}", domain.r#type);
        if let Some(collation) = &domain.collation {
            sql.push_str(&format!(" COLLATE {collation}"));
        }
        if let Some(default) = &domain.default {
            sql.push_str(&format!(" DEFAULT {default}"));
        }
        if domain.not_null {
            if let Some(name) = &domain.not_null_name {
                sql.push_str(&format!(" CONSTRAINT {}", ident(name)));
            }
            sql.push_str(" NOT NULL");
        }
        for (object, constraint) in self.constraints(at) {
            let name = ident(object.identity.name());
            sql.push_str(&format!(
                "\n    CONSTRAINT {name} {}",
                constraint.definition
            ));
        }
        sql
    }

    fn create_view(&self, at: usize, object: &Object, view: &model::View) -> Vec<String> {
        let name = &object.identity;
        if self.hollow.contains(&at) {
            return vec![self.hollow_view(at)];
        }
        if object.identity.kind == Kind::View {
            let mut statements = vec![view_as(object, view, "CREATE")];
            statements.extend(self.view_defaults(at));
            return statements;
        }
        let mut sql = format!("CREATE MATERIALIZED VIEW {name}");
        if let Some(method) = &view.access_method {
            sql.push_str(&format!(" USING {}", ident(method)));
        }
        if !view.options.is_empty() {
            sql.push_str(&format!(" WITH ({})", parameters(&view.options)));
        }
        let query = trimmed(&view.definition);
        sql.push_str(&format!(" AS\n{query}\n  WITH NO DATA"));
        let mut statements = vec![sql];
        let altered = self.alter_columns(at, &[]);
        if !altered.is_empty() {
            let list = altered.join(",\n    ");
            statements.push(format!("ALTER MATERIALIZED VIEW {name}\n    {list}"));
        }
        statements
    }

    /// A view with the right columns and no query yet.
    pub(super) fn hollow_view(&self, at: usize) -> String {
        let columns: Vec<String> = self
            .layout
            .columns(at)
            .into_iter()
            .map(|(_, object, column)| {
                let collation = column.collation.as_ref();
                let collation = collation.map(|name| format!(" COLLATE {name}"));
                let name = ident(object.identity.name());
                let collation = collation.unwrap_or_default();
                format!("NULL::{}{collation} AS {name}", column.r#type)
            })
            .collect();
        let name = &self.object(at).identity;
        format!("CREATE VIEW {name} AS\nSELECT {}", columns.join(",\n    "))
    }

    fn view_defaults(&self, at: usize) -> Vec<String> {
        let columns = self.layout.columns(at).into_iter();
        columns
            .filter(|(_, _, column)| column.default.is_some())
            .flat_map(|(_, object, _)| set_default(object))
            .collect()
    }

    fn add_constraint(
        &self,
        at: usize,
        object: &Object,
        constraint: &model::Constraint,
    ) -> Vec<String> {
        let name = ident(object.identity.name());
        let path = object.identity.owner_path().unwrap_or_default();
        let give_way = match self.reserved.contains(&at) {
            true => format!("DROP CONSTRAINT {name},\n    "),
            false => String::new(),
        };
        let add = format!("{give_way}ADD CONSTRAINT {name} {}", definition(constraint));
        let statement = if object.identity.kind == Kind::DomainConstraint {
            format!("ALTER DOMAIN {}\n    {add}", qualified(path))
        } else {
            // A unique constraint of a partitioned table; its partitions have their own already.
            let only = match constraint.r#type.as_str() {
                "check" | "foreign key" | "exclude" => "",
                _ => "ONLY ",
            };
            format!("ALTER TABLE {only}{}\n    {add}", qualified(path))
        };
        let comment = index_comment(object, constraint);
        std::iter::once(statement).chain(comment).collect()
    }
}
