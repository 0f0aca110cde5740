//! What a server says of itself, of the session, and of what the user may do: one query, which
//! creates nothing.
//!
//! Enough to tell beforehand whether an upgrade could write, and what is in its way.

use super::Database;
use super::ledger;
use super::session::SessionError;
use super::version_table::{TableName, schema_expression};
use crate::sql::quote::literal;

/// What is known of a server, a database and a user.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct About {
    /// The server's version as it says it, such as `15.14 (Debian 15.14-0+deb12u1)`.
    pub version: String,
    /// Whether it is a standby.
    pub standby: bool,
    /// Whether transactions may only read.
    pub read_only: bool,
    /// The database.
    pub database: String,
    /// The database's encoding.
    pub encoding: String,
    /// The role that statements run as.
    pub user: String,
    /// The role that signed in, where it is another.
    pub session_user: String,
    /// Whether the role may do everything.
    pub superuser: bool,
    /// Whether it may create databases.
    pub may_create_databases: bool,
    /// Whether it may create schemas in this database.
    pub may_create_schemas: bool,
    /// The schema of the version table, where there is one.
    pub schema: Option<String>,
    /// Whether the role may create tables there.
    pub may_create_tables: bool,
    /// The encryption as the server sees it, which is a pooler's where there is one in between.
    pub tls: Option<Tls>,
    /// The version table, where it exists.
    pub version_table: Option<Rights>,
    /// The ledger, where it exists.
    pub ledger: Option<Rights>,
}

/// How a session is encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// Such as `TLSv1.3`.
    pub version: String,
    /// Such as `TLS_AES_256_GCM_SHA384`.
    pub cipher: String,
}

/// What the role may do with a table of limbeck's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights {
    /// Whether it may read it.
    pub may_read: bool,
    /// Whether it may do to it what a run does.
    pub may_write: bool,
}

/// What is in the way of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Obstacle {
    /// The server takes no writes.
    ReadOnly,
    /// There is no schema for the version table; the one that is configured, where one is.
    NoSchema(Option<String>),
    /// The role may not create tables in this schema, and there is one to create.
    MayNotCreate(String),
    /// The role may not write this table.
    MayNotWrite(String),
}

impl About {
    /// Returns what is in the way of a run; nothing where it could begin.
    #[must_use]
    pub fn obstacles(&self, table: &TableName) -> Vec<Obstacle> {
        let mut obstacles = Vec::new();
        if self.read_only {
            obstacles.push(Obstacle::ReadOnly);
        }
        let Some(schema) = &self.schema else {
            obstacles.push(Obstacle::NoSchema(table.schema.clone()));
            return obstacles;
        };
        let tables = [
            (table.name.as_str(), self.version_table),
            (ledger::TABLE, self.ledger),
        ];
        let missing = tables.iter().any(|(_, rights)| rights.is_none());
        if missing && !self.may_create_tables {
            obstacles.push(Obstacle::MayNotCreate(schema.clone()));
        }
        for (name, rights) in tables {
            if rights.is_some_and(|rights| !(rights.may_read && rights.may_write)) {
                obstacles.push(Obstacle::MayNotWrite(format!("{schema}.{name}")));
            }
        }
        obstacles
    }
}

impl Database {
    /// Asks the server about itself, the session and the rights of the user. One turn.
    ///
    /// # Errors
    /// Fails when the server does.
    pub fn about(&mut self) -> Result<About, SessionError> {
        let query = query(self.table());
        let sets = self.session().rows(&query)?;
        let row = sets
            .into_iter()
            .next()
            .and_then(|set| set.rows.into_iter().next());
        Ok(read(&mut row.unwrap_or_default().into_iter()))
    }
}

/// Returns the query whose columns [`read`] takes apart, in its order.
fn query(table: &TableName) -> String {
    let schema = schema_expression(table);
    let beside = |name: &str| {
        format!(
            "(SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = \
             c.relnamespace WHERE n.nspname = h.schema AND c.relname = {})",
            literal(name)
        )
    };
    let rights = |oid: &str, writes: &[&str]| {
        let may = |right: &&str| format!("pg_catalog.has_table_privilege({oid}, '{right}')");
        let writes: Vec<_> = writes.iter().map(may).collect();
        format!(
            "{oid} IS NOT NULL, pg_catalog.has_table_privilege({oid}, 'SELECT'), {}",
            writes.join(" AND ")
        )
    };
    format!(
        "SELECT pg_catalog.current_setting('server_version'), pg_catalog.pg_is_in_recovery(), \
         pg_catalog.current_setting('transaction_read_only') = 'on', \
         pg_catalog.current_database(), pg_catalog.current_setting('server_encoding'), \
         current_user, session_user, r.rolsuper, r.rolcreatedb, \
         pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'), o.schema, \
         CASE WHEN o.schema IS NOT NULL THEN pg_catalog.has_schema_privilege(o.schema, 'CREATE') \
         END, s.version, s.cipher, {}, {} FROM (SELECT h.schema, {} AS versions, {} AS ledger FROM \
         (SELECT {schema} AS schema OFFSET 0) AS h OFFSET 0) AS o LEFT JOIN pg_catalog.pg_roles r \
         ON r.rolname = current_user LEFT JOIN pg_catalog.pg_stat_ssl s ON s.pid = \
         pg_catalog.pg_backend_pid() AND s.ssl",
        rights("o.versions", &["INSERT", "UPDATE", "DELETE"]),
        rights("o.ledger", &["INSERT"]),
        beside(&table.name),
        beside(ledger::TABLE),
    )
}

fn read(row: &mut impl Iterator<Item = Option<String>>) -> About {
    let row: Vec<Option<String>> = row.collect();
    let value = |at: usize| row.get(at).cloned().flatten();
    let text = |at: usize| value(at).unwrap_or_default();
    let yes = |at: usize| value(at).as_deref() == Some("t");
    let rights = |at: usize| {
        yes(at).then(|| Rights {
            may_read: yes(at + 1),
            may_write: yes(at + 2),
        })
    };
    let tls = |(version, cipher)| Tls { version, cipher };
    About {
        version: text(0),
        standby: yes(1),
        read_only: yes(2),
        database: text(3),
        encoding: text(4),
        user: text(5),
        session_user: text(6),
        superuser: yes(7),
        may_create_databases: yes(8),
        may_create_schemas: yes(9),
        schema: value(10),
        may_create_tables: yes(11),
        tls: value(12).zip(value(13)).map(tls),
        version_table: rights(14),
        ledger: rights(17),
    }
}
