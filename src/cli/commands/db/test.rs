//! `limbeck db test`: connects, and tells who answers, as whom, how, and what is allowed there.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Value, json};

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::json::milliseconds;
use crate::cli::live;
use crate::cli::paint::Paint;
use crate::database::about::{About, Obstacle};
use crate::database::conninfo::Location;
use crate::database::{Database, Interrupt, Peer};
use crate::execute::short;

/// Connect, and show the server, the user, the rights and the encryption
///
/// Exits with 4 where a run could not write.
#[derive(Debug, Args)]
pub struct TestArgs {}

/// What was found out.
struct Found {
    about: About,
    peer: Peer,
    /// `sslmode`, where the server is no embedded one.
    ssl_mode: Option<&'static str>,
    obstacles: Vec<Obstacle>,
    took: Duration,
}

impl Found {
    fn of(database: &mut Database, begun: Instant) -> Result<Self, Failure> {
        let about = database
            .about()
            .map_err(|error| Failure::of_session(&error))?;
        let took = begun.elapsed();
        let ssl_mode = match database.location() {
            Location::Server(info) => Some(info.tls().mode.as_str()),
            Location::Embedded(_) => None,
        };
        Ok(Self {
            obstacles: about.obstacles(database.table()),
            peer: database.session().peer().clone(),
            about,
            ssl_mode,
            took,
        })
    }

    fn encryption(&self) -> String {
        let how = match (&self.about.tls, self.peer.encrypted) {
            (Some(tls), true) => format!("{}, {}", tls.version, tls.cipher),
            (None, true) => "yes, up to a pooler, whose own connection has none".to_owned(),
            (Some(_), false) => "no; only a pooler's own connection has it".to_owned(),
            (None, false) => "no".to_owned(),
        };
        match self.ssl_mode {
            Some(mode) => format!("{how} (sslmode={mode})"),
            None => how,
        }
    }

    fn rights(&self) -> String {
        let About {
            superuser,
            may_create_databases,
            may_create_schemas,
            may_create_tables,
            ..
        } = self.about;
        if superuser {
            return "superuser".to_owned();
        }
        let tables = match &self.about.schema {
            Some(schema) => format!("tables in {schema}"),
            None => "tables".to_owned(),
        };
        let rights = [
            (may_create_tables, tables),
            (may_create_schemas, "schemas".to_owned()),
            (may_create_databases, "databases".to_owned()),
        ];
        let list = |wanted| {
            let those = rights.iter().filter(|(may, _)| *may == wanted);
            let those: Vec<_> = those.map(|(_, right)| right.as_str()).collect();
            those.join(", ")
        };
        match (list(true).as_str(), list(false).as_str()) {
            (may, "") => format!("may create {may}"),
            ("", may_not) => format!("may not create {may_not}"),
            (may, may_not) => format!("may create {may}; may not create {may_not}"),
        }
    }

    fn tables(&self) -> String {
        let is_there = |there: bool| if there { "there" } else { "not there yet" };
        format!(
            "version table {}, ledger {}",
            is_there(self.about.version_table.is_some()),
            is_there(self.about.ledger.is_some())
        )
    }

    fn render(&self, paint: Paint) -> String {
        let About {
            version,
            standby,
            read_only,
            database,
            encoding,
            user,
            session_user,
            ..
        } = &self.about;
        let role = if *standby { "standby" } else { "primary" };
        let writes = if *read_only {
            "read-only"
        } else {
            "takes writes"
        };
        let user = match session_user == user {
            true => user.clone(),
            false => format!("{user}, signed in as {session_user}"),
        };
        let host = &self.peer.endpoint.host;
        let rows = [
            (
                "server",
                format!("PostgreSQL {version} at {host}, {role}, {writes}"),
            ),
            ("database", format!("{database}, {encoding}")),
            ("user", format!("{user}, {}", self.rights())),
            ("encrypted", self.encryption()),
            ("tables", self.tables()),
        ];
        let mut out = String::new();
        for (name, value) in rows {
            let _ = writeln!(out, "{name:10}  {value}");
        }
        for obstacle in &self.obstacles {
            let (_, message) = told(obstacle, *standby);
            let _ = writeln!(out, "{}  {message}", paint.warning("in the way"));
        }
        out
    }

    fn object(&self) -> Value {
        let about = &self.about;
        let tls = about.tls.as_ref();
        let obstacles = self.obstacles.iter().map(|obstacle| {
            let (code, message) = told(obstacle, about.standby);
            json!({ "code": code, "message": message })
        });
        json!({
            "ready": self.obstacles.is_empty(),
            "server": {
                "host": self.peer.endpoint.host.to_string(),
                "version": about.version,
                "standby": about.standby,
                "read_only": about.read_only,
            },
            "database": about.database,
            "encoding": about.encoding,
            "user": about.user,
            "session_user": about.session_user,
            "tls": {
                "encrypted": self.peer.encrypted,
                "version": tls.map(|tls| tls.version.as_str()),
                "cipher": tls.map(|tls| tls.cipher.as_str()),
                "sslmode": self.ssl_mode,
            },
            "rights": {
                "superuser": about.superuser,
                "create_databases": about.may_create_databases,
                "create_schemas": about.may_create_schemas,
                "create_tables": about.may_create_tables,
            },
            "schema": about.schema,
            "version_table": about.version_table.is_some(),
            "ledger": about.ledger.is_some(),
            "obstacles": obstacles.collect::<Vec<_>>(),
            "duration_ms": milliseconds(self.took),
        })
    }
}

/// A name for programs, and a sentence.
fn told(obstacle: &Obstacle, standby: bool) -> (&'static str, String) {
    match obstacle {
        Obstacle::ReadOnly if standby => (
            "read_only",
            "the server is a standby: connect to the primary".to_owned(),
        ),
        Obstacle::ReadOnly => (
            "read_only",
            "transactions may only read: `default_transaction_read_only` is on".to_owned(),
        ),
        Obstacle::NoSchema(Some(schema)) => (
            "no_schema",
            format!("there is no schema `{schema}` for the version table"),
        ),
        Obstacle::NoSchema(None) => (
            "no_schema",
            "there is no schema for the version table: the search_path names none".to_owned(),
        ),
        Obstacle::MayNotCreate(schema) => (
            "no_rights",
            format!("no right to create limbeck's tables in `{schema}`"),
        ),
        Obstacle::MayNotWrite(table) => {
            ("no_rights", format!("no right to read and write `{table}`"))
        }
    }
}

/// Runs the command.
///
/// # Errors
/// Fails when the database cannot be reached.
pub fn run(_: &TestArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let begun = Instant::now();
    let mut database = live::open(context, Interrupt::default())?;
    let found = Found::of(&mut database, begun)?;
    if context.ui.json {
        context.ui.answer_json(&found.object())?;
    } else {
        let out = found.render(context.ui.paint);
        context.ui.answer(&out)?;
        context
            .ui
            .talk(&format!("connected and answered in {}", short(found.took)));
    }
    Ok(if found.obstacles.is_empty() {
        Exit::Done
    } else {
        Exit::No
    })
}
