//! `limbeck list-templates`: what `limbeck init` can make.

use clap::{Args, ValueEnum};
use serde_json::json;

use super::init::Template;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::ui::Ui;

/// Show the templates of `limbeck init`
#[derive(Debug, Args)]
pub struct ListTemplatesArgs {}

/// Runs the command.
///
/// # Errors
/// Fails when stdout cannot be written.
pub fn run(_: &ListTemplatesArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    let templates = Template::value_variants()
        .iter()
        .map(|template| (template.name(), template.about()));
    if ui.json {
        let list: Vec<_> = templates
            .map(|(name, about)| json!({ "name": name, "about": about }))
            .collect();
        ui.answer_json(&json!({ "templates": list }))?;
        return Ok(Exit::Done);
    }
    let lines: String = templates
        .map(|(name, about)| format!("{name:<5} {about}\n"))
        .collect();
    ui.answer(&lines)?;
    ui.talk("`limbeck init DIR -t rust` uses one of them");
    Ok(Exit::Done)
}
