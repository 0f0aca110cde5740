//! `limbeck db config`: every setting, what it comes to, and who said so.

use std::fmt::Write as _;

use clap::Args;
use serde_json::{Value, json};

use crate::cli::config::keys::{KEYS, Key};
use crate::cli::config::{Config, Origin};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::live;
use crate::cli::paint::Paint;
use crate::cli::text;
use crate::database::conninfo::{ConnectInfo, Location, Origin as Found, Place};

/// Show the resolved configuration, with the origin of each value
///
/// Connects to nothing. Passwords are not shown.
#[derive(Debug, Args)]
pub struct ConfigArgs {}

/// One setting.
struct Row {
    name: String,
    /// `null` where there is none.
    value: Value,
    origin: Option<String>,
}

impl Row {
    fn object(&self) -> Value {
        json!({ "name": self.name, "value": self.value, "origin": self.origin })
    }
}

/// The keys of `limbeck.toml`.
fn keys(config: &Config, location: &Location) -> Vec<Row> {
    let row = |key: &Key| Row {
        name: key.name.to_owned(),
        value: value(key, config, location),
        origin: match config.origin(key.name) {
            Origin::Default if !key.has_default => None,
            origin => Some(origin.to_string()),
        },
    };
    KEYS.iter().map(row).collect()
}

fn value(key: &Key, config: &Config, location: &Location) -> Value {
    let given = config.given(key.name);
    match key.name {
        // As it was given it may have a password in it; what stands after `?` is shown below.
        "url" if given.is_some() => json!(text::place(location)),
        "version_locations" => json!(config.version_locations),
        "rust.binary" if given.is_some() => json!(config.rust_binary),
        _ => match given {
            Some(given) => given.to_json(),
            // What stands for TOML there is JSON as well.
            None if key.has_default => serde_json::from_str(key.example).unwrap_or_default(),
            None => Value::Null,
        },
    }
}

/// What the connection comes to, by libpq's names.
fn connection(location: &Location, context: &Context<'_>) -> Vec<Row> {
    let info = match location {
        Location::Server(info) => info,
        Location::Embedded(path) => {
            return vec![Row {
                name: "embedded".to_owned(),
                value: json!(path),
                origin: Some(context.config.origin("url").to_string()),
            }];
        }
    };
    let mut rows = Vec::new();
    let mut add = |name: &str, value: Value| {
        rows.push(Row {
            name: name.to_owned(),
            value,
            origin: origin(name, info, context),
        });
    };
    let hosts = info.hosts().iter().map(|host| match &host.place {
        Place::Socket(directory) => directory.display().to_string(),
        Place::Tcp { name, .. } => name.clone(),
    });
    let ports = info.hosts().iter().map(|host| host.port.to_string());
    add("host", json!(hosts.collect::<Vec<_>>().join(",")));
    add("port", json!(ports.collect::<Vec<_>>().join(",")));
    add("dbname", json!(info.database()));
    add("user", json!(info.user()));
    let first = info.hosts().first();
    if first.is_some_and(|host| info.password(host).is_some()) {
        add("password", json!("***"));
    } else {
        add("password", Value::Null);
    }
    if info.origin("sslmode").is_none() {
        add("sslmode", json!(info.tls().mode.as_str()));
    }
    for (name, value) in info.others() {
        add(name, json!(value));
    }
    rows
}

/// Who said so: the connection string is itself a setting of limbeck's, and two variables are set
/// by limbeck where nobody else has.
fn origin(name: &str, info: &ConnectInfo, context: &Context<'_>) -> Option<String> {
    let of_key = |key| context.config.origin(key).to_string();
    let is_set = |variable| context.environment.get(variable).is_some();
    Some(match info.origin(name) {
        Some(Found::Text) => of_key("url"),
        Some(Found::Variable(variable)) if is_set(variable) => format!("the variable {variable}"),
        Some(Found::Variable(_)) if name == "connect_timeout" => of_key("connect_timeout"),
        Some(Found::Service { path, line }) => format!("{}:{line}", path.display()),
        None if name == "password" => {
            let host = info.hosts().first()?;
            info.password(host)?;
            "the password file".to_owned()
        }
        _ => Origin::Default.to_string(),
    })
}

fn render(rows: &[Row], paint: Paint) -> String {
    let shown: Vec<_> = rows
        .iter()
        .map(|row| match &row.value {
            Value::Null => "-".to_owned(),
            Value::String(text) => text.clone(),
            value => value.to_string(),
        })
        .collect();
    let longest = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or(0);
    let names = longest(&mut rows.iter().map(|row| row.name.chars().count()));
    // One long value does not push all origins away.
    let values = longest(
        &mut shown
            .iter()
            .map(|text| text.chars().count())
            .filter(|n| *n <= 40),
    );
    let mut out = String::new();
    for (row, value) in rows.iter().zip(&shown) {
        let origin = paint.dim(row.origin.as_deref().unwrap_or_default());
        let line = format!("{:names$}  {value:values$}  {origin}", row.name);
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out
}

/// Runs the command.
///
/// # Errors
/// Fails when the connection string makes no sense.
pub fn run(_: &ConfigArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let location = live::location(context)?;
    let settings = keys(context.config, &location);
    let connection = connection(&location, context);
    let file = context.config.file.as_deref();
    let file = file.map(|path| path.display().to_string());
    if context.ui.json {
        context.ui.answer_json(&json!({
            "file": file,
            "settings": settings.iter().map(Row::object).collect::<Vec<_>>(),
            "connection": connection.iter().map(Row::object).collect::<Vec<_>>(),
        }))?;
        return Ok(Exit::Done);
    }
    let paint = context.ui.paint;
    let out = format!(
        "{}\n{}",
        render(&settings, paint),
        render(&connection, paint)
    );
    context.ui.answer(&out)?;
    context.ui.talk(&match file {
        Some(file) => format!("settings of {file}, variables and the command line"),
        None => "there is no limbeck.toml; settings of variables and the command line".to_owned(),
    });
    if let Location::Server(info) = &location {
        for warning in info.warnings() {
            context.ui.talk(&format!("note: {warning}"));
        }
    }
    Ok(Exit::Done)
}
