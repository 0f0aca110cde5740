//! A database for each test, and roles that may log in to it.
//!
//! It is empty at first, it is the test's alone, and it is dropped with the value that stands for it.
//! Its helpers read and write behind the program's back, as the superuser.

use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use postgres::{Client, SimpleQueryMessage};

use super::proxy::Proxy;
use super::server::{Server, number};

/// Returns a fresh database of the shared server, dropped when the test ends.
#[track_caller]
pub fn database() -> Database {
    Server::shared().database()
}

impl Server {
    /// Returns the throw-away databases that are there. Other tests make some as well, so this is for a
    /// server of the test's own.
    #[track_caller]
    pub fn scratches(&self) -> Vec<String> {
        let sql = "SELECT datname FROM pg_database WHERE datname LIKE 'limbeck\\_scratch\\_%'";
        let rows = self.client("postgres").query(sql, &[]).unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// Makes a fresh database, dropped when the test ends.
    #[track_caller]
    pub fn database(&self) -> Database {
        self.database_from("template1")
    }

    /// Makes a database that begins as a copy of another one, to which nobody may be connected.
    #[track_caller]
    pub fn database_from(&self, template: &str) -> Database {
        let name = format!("limbeck_{}", number());
        self.client("postgres")
            .batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}"))
            .unwrap();
        Database {
            server: self.clone(),
            name,
            roles: Mutex::default(),
        }
    }
}

/// A database of one test.
pub struct Database {
    server: Server,
    name: String,
    roles: Mutex<Vec<String>>,
}

/// A role made for one test, and how it reaches the test's database.
pub struct Role {
    /// The role's name, unique in its server.
    pub name: String,
    /// The database's URL for this role, with its password.
    pub url: String,
}

impl Database {
    /// Returns the database's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the server it lives in.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Returns the URL for the superuser, over TCP.
    pub fn url(&self) -> String {
        self.server.url(&self.name)
    }

    /// Returns the URL that leads through a proxy.
    pub fn url_through(&self, proxy: &Proxy) -> String {
        format!(
            "postgres://postgres@127.0.0.1:{}/{}",
            proxy.port(),
            self.name
        )
    }

    /// Starts a proxy to this database's server.
    #[track_caller]
    pub fn proxy(&self) -> Proxy {
        Proxy::to(self.server.port())
    }

    /// Returns a new connection.
    #[track_caller]
    pub fn client(&self) -> Client {
        self.server.client(&self.name)
    }

    /// Makes a role that may log in and owns nothing; with a password it must show it on TCP.
    #[track_caller]
    pub fn role(&self, password: Option<&str>) -> Role {
        let name = format!("role_{}", number());
        let mut sql = format!("CREATE ROLE {name} LOGIN");
        let mut user = name.clone();
        if let Some(password) = password {
            let literal = password.replace('\'', "''");
            write!(sql, " IN ROLE by_password PASSWORD '{literal}'").unwrap();
            user.push(':');
            for byte in password.bytes() {
                write!(user, "%{byte:02X}").unwrap();
            }
        }
        self.execute(&sql);
        self.roles.lock().unwrap().push(name.clone());
        let port = self.server.port();
        let url = format!("postgres://{user}@127.0.0.1:{port}/{}", self.name);
        Role { name, url }
    }

    /// Runs SQL.
    #[track_caller]
    pub fn execute(&self, sql: &str) {
        if let Err(error) = self.client().batch_execute(sql) {
            panic!("{error:?}\n{sql}");
        }
    }

    /// Returns the rows of a query as text: columns joined by ` | `, NULL as `-`.
    #[track_caller]
    pub fn rows(&self, sql: &str) -> Vec<String> {
        let messages = match self.client().simple_query(sql) {
            Ok(messages) => messages,
            Err(error) => panic!("{error:?}\n{sql}"),
        };
        messages
            .iter()
            .filter_map(|message| match message {
                SimpleQueryMessage::Row(row) => Some(row),
                _ => None,
            })
            .map(|row| {
                let cells: Vec<_> = (0..row.len()).map(|i| row.get(i).unwrap_or("-")).collect();
                cells.join(" | ")
            })
            .collect()
    }

    /// Returns whether a relation exists, named as in SQL.
    #[track_caller]
    pub fn has(&self, relation: &str) -> bool {
        let literal = relation.replace('\'', "''");
        self.rows(&format!("SELECT to_regclass('{literal}') IS NOT NULL")) == ["t"]
    }

    /// Returns the rows of the version table, sorted; none where there is no table.
    #[track_caller]
    pub fn heads(&self) -> Vec<String> {
        if !self.has("public.alembic_version") {
            return Vec::new();
        }
        self.rows("SELECT version_num FROM public.alembic_version ORDER BY 1")
    }

    /// Returns the tables outside of the system's schemas, sorted, with their schemas.
    #[track_caller]
    pub fn tables(&self) -> Vec<String> {
        self.rows(
            r#"SELECT schemaname || '.' || tablename FROM pg_tables
               WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
               ORDER BY 1"#,
        )
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // The server may be a dead one, or one that is read-only: then there is nothing to tidy.
        let Ok(mut client) = self.server.connect("postgres") else {
            return;
        };
        let name = &self.name;
        let _ = client.batch_execute(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        ));
        let _ = client.batch_execute(&format!("DROP DATABASE IF EXISTS {name}"));
        for role in self.roles.get_mut().unwrap_or_else(PoisonError::into_inner) {
            let _ = client.batch_execute(&format!("DROP ROLE {role}"));
        }
    }
}
