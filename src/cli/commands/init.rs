//! `limbeck init`: a new project, with every setting written down and commented out.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;

use crate::cli::config::file::FILE_NAME;
use crate::cli::config::keys;
use crate::cli::environment::Environment;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::ui::Ui;

/// What a project's revisions are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Template {
    /// Revisions in SQL; nothing needs to be compiled
    #[default]
    Sql,
    /// Revisions in Rust or SQL, and a crate that compiles them into one binary
    Rust,
}

impl Template {
    /// Returns the name that `-t` takes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sql => "sql",
            Self::Rust => "rust",
        }
    }

    /// Returns what it is, in one line.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Sql => "revisions in SQL; nothing needs to be compiled",
            Self::Rust => {
                "revisions in Rust or SQL, and a crate that compiles them into one binary"
            }
        }
    }
}

/// Create limbeck.toml and a folder for revisions
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The folder of the project; made where it is missing
    #[arg(value_name = "DIR", default_value = ".")]
    pub directory: PathBuf,

    /// What to create; see list-templates
    #[arg(short, long, value_name = "TEMPLATE", default_value = "sql")]
    pub template: Template,
}

/// Runs the command.
///
/// # Errors
/// Fails when there is a `limbeck.toml` already or something cannot be written.
pub fn run(args: &InitArgs, environment: &Environment, ui: &mut Ui) -> Result<Exit, Failure> {
    let here = args.directory == Path::new(".");
    // Paths are shown as a person would type them.
    let project = if here {
        Path::new("")
    } else {
        args.directory.as_path()
    };
    let full = |path: &Path| environment.directory.join(path);
    let config = project.join(FILE_NAME);
    if full(&config).exists() {
        let message = format!("`{}` exists already", config.display());
        return Err(Failure::new("already_initialised", message)
            .hint("delete it first to begin anew; revision files are never touched"));
    }
    let mut created = Vec::new();
    for folder in folders(args.template) {
        let path = project.join(folder);
        if full(&path).is_dir() {
            continue;
        }
        ui.talk(&format!("Creating directory {} ...  done", path.display()));
        fs::create_dir_all(full(&path)).map_err(|e| Failure::io("create the folder", &path, &e))?;
        created.push(path);
    }
    let mut kept = Vec::new();
    for (name, text) in files(args.template, &project_name(&full(project))) {
        let path = project.join(name);
        if full(&path).exists() {
            kept.push((path, text));
            continue;
        }
        ui.talk(&format!("Generating {} ...  done", path.display()));
        fs::write(full(&path), text).map_err(|e| Failure::io("write", &path, &e))?;
        created.push(path);
    }
    for (path, text) in kept {
        ui.talk(&format!(
            "{} exists and was left as it is; it needs:",
            path.display()
        ));
        for line in text.lines().filter(|line| line.contains("limbeck")) {
            ui.talk(&format!("    {}", line.trim()));
        }
    }
    if !here {
        ui.talk(&format!("next: cd {}", project.display()));
    }
    ui.talk("next: limbeck revision -m \"…\"");
    if ui.json {
        let created: Vec<_> = created
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        ui.answer_json(&json!({ "created": created }))?;
    }
    Ok(Exit::Done)
}

fn folders(template: Template) -> &'static [&'static str] {
    match template {
        Template::Sql => &["versions"],
        Template::Rust => &["versions", "src"],
    }
}

fn files(template: Template, project: &str) -> Vec<(&'static str, String)> {
    let mut settings = "# Settings of limbeck. What stands here commented out is the default,\n\
         # or an example where there is none.\n"
        .to_owned();
    let keys = keys::commented();
    match template {
        Template::Sql => settings.push_str(&keys),
        Template::Rust => settings.push_str(
            // A project made for Rust begins its revisions in Rust.
            &keys.replace("# new_revision = \"sql\"", "new_revision = \"rust\""),
        ),
    }
    let mut files = vec![(FILE_NAME, settings)];
    if template == Template::Rust {
        let version = env!("CARGO_PKG_VERSION");
        files.push((
            "Cargo.toml",
            format!(
                "[package]\nname = \"{project}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
                 publish = false\n\n[dependencies]\nlimbeck = \"{version}\"\n\n\
                 [build-dependencies]\nlimbeck-build = \"{version}\"\n"
            ),
        ));
        files.push((
            "build.rs",
            "fn main() {\n    limbeck_build::versions(\"versions\");\n}\n".to_owned(),
        ));
        files.push((
            "src/main.rs",
            "use std::process::ExitCode;\n\nfn main() -> ExitCode {\n    \
             limbeck::cli::main(limbeck::versions!())\n}\n"
                .to_owned(),
        ));
    }
    files
}

/// The folder's name, as far as it can be the name of a crate.
fn project_name(folder: &Path) -> String {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let name = folder.file_name().map(|name| name.to_string_lossy());
    let name: String = name
        .unwrap_or_default()
        .to_lowercase()
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '_' {
                c
            } else {
                '-'
            }
        })
        .collect();
    let name = name.trim_matches('-');
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) && name != "limbeck" {
        name.to_owned()
    } else {
        "migrate".to_owned()
    }
}
