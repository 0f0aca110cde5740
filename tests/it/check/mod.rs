//! `limbeck check`: every kind of finding, alone and together, as a person and as a program read it.

mod database;
mod files;
mod git;
mod objects;

use crate::support::Project;

/// A revision's file with statements of its own.
fn sql(id: &str, down: &str, up: &str) -> String {
    format!(
        "-- revision: {id}\n-- down_revision: {down}\n-- message: {id}\n\n\
         -- limbeck: upgrade\n{up}\n\n-- limbeck: downgrade\n"
    )
}

/// Runs a check and returns its findings, each as `path:line code revision`.
#[track_caller]
fn found(project: &Project, options: &str) -> Vec<String> {
    let output = project.run(&format!("check --format json {options}"));
    let answer = output.json();
    let findings = answer["findings"].as_array().unwrap();
    let code = if findings.is_empty() { 0 } else { 4 };
    assert_eq!(output.code(), Some(code), "{output}");
    assert_eq!(answer["ok"], findings.is_empty(), "{output}");
    let text = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let told = findings.iter().map(|finding| {
        let [path, line, code, revision] =
            ["path", "line", "code", "revision"].map(|field| text(&finding[field]));
        format!("{path}:{line} {code} {revision}")
    });
    told.collect()
}
