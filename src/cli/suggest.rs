//! What a mistyped part of the command line was probably meant to be.
//!
//! clap knows most of it. Of commands it lists too many, and aliases among them.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};

/// Returns the error with the commands that are nearest to what was typed.
pub fn commands(mut error: Error, command: &Command) -> Error {
    if error.kind() != ErrorKind::InvalidSubcommand {
        return error;
    }
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidSubcommand) else {
        return error;
    };
    let names = within(&error, command).get_subcommands();
    let names = names.map(Command::get_name);
    let near = nearest(typed, names);
    if !near.is_empty() {
        let value = ContextValue::Strings(near);
        error.insert(ContextKind::SuggestedSubcommand, value);
    }
    error
}

/// The command whose commands are meant: one that has commands of its own says how it is used.
fn within<'c>(error: &Error, command: &'c Command) -> &'c Command {
    let usage = match error.get(ContextKind::Usage) {
        Some(ContextValue::StyledStr(usage)) => usage.to_string(),
        _ => return command,
    };
    let is_used = |own: &&Command| {
        let words = format!(" {} ", own.get_name());
        own.has_subcommands() && usage.contains(&words)
    };
    command.get_subcommands().find(is_used).unwrap_or(command)
}

/// Returns what an error says may have been meant.
pub fn suggested(error: &Error) -> Vec<String> {
    let kinds = [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ];
    let values = kinds.iter().filter_map(|kind| error.get(*kind));
    let names = values.flat_map(|value| match value {
        ContextValue::String(one) => vec![one.clone()],
        ContextValue::Strings(several) => several.clone(),
        _ => Vec::new(),
    });
    names.collect()
}

/// Returns the names that fewest edits away, if those are few, or that begin so.
fn nearest<'a>(typed: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let most = (typed.chars().count() / 3).max(1);
    let distance = |name: &str| match name.starts_with(typed) && typed.len() > 1 {
        true => 1,
        false => strsim::osa_distance(typed, name),
    };
    let mut near: Vec<_> = names.map(|name| (distance(name), name)).collect();
    near.sort_unstable();
    let least = near.first().map_or(0, |(distance, _)| *distance);
    near.retain(|(distance, _)| *distance == least && least <= most);
    near.into_iter().map(|(_, name)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::args::Cli;

    #[test]
    fn the_nearest_command_is_suggested() {
        let told = |typed: &str| {
            let command = Cli::command();
            let error = command.clone().try_get_matches_from(typed.split(' '));
            suggested(&commands(error.unwrap_err(), &command)).join(" ")
        };
        assert_eq!(told("limbeck upgrad head"), "upgrade");
        assert_eq!(told("limbeck help chek"), "check");
        assert_eq!(told("limbeck ensureversion"), "ensure-version");
        assert_eq!(told("limbeck list-template"), "list-templates");
        assert_eq!(told("limbeck hist"), "history");
        assert_eq!(told("limbeck plan downgrad base"), "downgrade");
        assert_eq!(told("limbeck plan heads"), "");
        assert_eq!(told("limbeck db confg"), "config");
        assert_eq!(told("limbeck heads --format jsn"), "json");
        assert_eq!(told("limbeck check --git-bse x"), "--git-base");
        assert_eq!(told("limbeck xyz"), "");
    }
}
