//! What was typed: the command line as clap reads it, and nothing of what it means.
//!
//! The first of two floors; [`super::config`] is the second. Reading the command line touches
//! neither files nor variables, so `--help` and `--version` always work.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ColorChoice, Parser, Subcommand, ValueEnum};

use super::commands;

/// Manage the revisions of a PostgreSQL database
///
/// Revisions, written in Rust or SQL, form one graph. limbeck takes a database along it, up and
/// down, and records where it stands in a table that Alembic understands, too.
#[derive(Debug, Parser)]
#[command(
    name = "limbeck",
    version,
    max_term_width = 100,
    infer_subcommands = false,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Cli {
    /// What goes for every command.
    #[command(flatten)]
    pub global: Global,
    /// What is to be done.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Read the settings from this file instead of the nearest limbeck.toml
    ///
    /// An alembic.ini or a pyproject.toml will do; one file of each kind may be named.
    #[arg(short, long, global = true, value_name = "FILE")]
    pub config: Vec<PathBuf>,

    /// Use the settings of the file's section [name.NAME] on top of the others
    ///
    /// In an alembic.ini, NAME is the section to read instead of the usual one.
    #[arg(short, long, global = true, value_name = "NAME")]
    pub name: Option<String>,

    /// Hand a value to the Rust-coded revisions, which read it with `op.argument`
    ///
    /// version_table and version_table_schema are settings as well.
    #[arg(short = 'x', global = true, value_name = "KEY=VALUE", value_parser = key_value)]
    pub x: Vec<(String, String)>,

    /// Connect to this database: a URL or libpq's key=value form
    #[arg(long, global = true, value_name = "URL")]
    pub url: Option<String>,

    /// Say nothing but what was asked for
    #[arg(short, long, global = true)]
    pub quiet: bool,

    /// Say of an error all that led to it
    #[arg(long, global = true)]
    pub raiseerr: bool,

    /// Print for people or for programs
    // `graph` has more of them, under the same name.
    #[arg(long, global = true, value_name = "FORMAT", default_value = "human")]
    #[arg(value_parser = text_format())]
    pub format: OutputFormat,

    /// Use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
}

/// Whom the output is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OutputFormat {
    /// Text for people.
    #[default]
    Human,
    /// One JSON object.
    Json,
    /// A picture, which only `graph` makes.
    Picture(Picture),
}

/// The form of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    /// Graphviz's language.
    Dot,
    /// A Mermaid flowchart.
    Mermaid,
    /// An image.
    Svg,
    /// A page with a search field and what each revision runs.
    Html,
}

impl ValueEnum for OutputFormat {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Self::Human,
            Self::Json,
            Self::Picture(Picture::Dot),
            Self::Picture(Picture::Mermaid),
            Self::Picture(Picture::Svg),
            Self::Picture(Picture::Html),
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Human => ("human", "Text for people"),
            Self::Json => ("json", "One JSON object"),
            Self::Picture(Picture::Dot) => ("dot", "The language of Graphviz"),
            Self::Picture(Picture::Mermaid) => ("mermaid", "A Mermaid flowchart, as for Markdown"),
            Self::Picture(Picture::Svg) => ("svg", "An image"),
            Self::Picture(Picture::Html) => ("html", "A page with search and each revision's SQL"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

/// Reads the formats that every command has.
fn text_format() -> impl TypedValueParser<Value = OutputFormat> {
    let texts = [OutputFormat::Human, OutputFormat::Json];
    let values = texts.iter().filter_map(ValueEnum::to_possible_value);
    PossibleValuesParser::new(values)
        .try_map(|text| <OutputFormat as ValueEnum>::from_str(&text, false))
}

/// A value of `-x`: alone, `KEY` stands for `KEY=`.
fn key_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').unwrap_or((text, ""));
    if key.is_empty() {
        return Err("the name in front of `=` is missing".to_owned());
    }
    Ok((key.to_owned(), value.to_owned()))
}

/// The commands, in the order in which a project needs them.
#[derive(Debug, Subcommand)]
#[allow(
    clippy::large_enum_variant,
    reason = "there is one of these in the whole run"
)]
#[expect(
    missing_docs,
    reason = "the help text stands at each command's arguments"
)]
pub enum Command {
    Init(commands::init::InitArgs),
    Revision(commands::revision::RevisionArgs),
    Merge(commands::merge::MergeArgs),
    Rebase(commands::rebase::RebaseArgs),
    Edit(commands::edit::EditArgs),
    Upgrade(commands::upgrade::UpgradeArgs),
    Downgrade(commands::downgrade::DowngradeArgs),
    Rollback(commands::rollback::RollbackArgs),
    Goto(commands::goto::GotoArgs),
    Redo(commands::redo::RedoArgs),
    Stamp(commands::stamp::StampArgs),
    Adopt(commands::adopt::AdoptArgs),
    #[command(alias = "force")]
    Resolve(commands::resolve::ResolveArgs),
    Plan(commands::plan::PlanArgs),
    Current(commands::current::CurrentArgs),
    Status(commands::status::StatusArgs),
    History(commands::history::HistoryArgs),
    Graph(commands::graph::GraphArgs),
    Heads(commands::heads::HeadsArgs),
    Branches(commands::branches::BranchesArgs),
    Show(commands::show::ShowArgs),
    Check(commands::check::CheckArgs),
    Alembic(commands::alembic::AlembicArgs),
    Introspect(commands::introspect::IntrospectArgs),
    Diff(commands::diff::DiffArgs),
    Detect(commands::detect::DetectArgs),
    Fingerprint(commands::fingerprint::FingerprintArgs),
    Reset(commands::reset::ResetArgs),
    Db(commands::db::DbArgs),
    #[command(alias = "ensure_version")]
    EnsureVersion(commands::ensure_version::EnsureVersionArgs),
    #[command(alias = "list_templates")]
    ListTemplates(commands::list_templates::ListTemplatesArgs),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split(' '))
    }

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn alembics_command_lines_are_understood() {
        for line in [
            "limbeck -c other.toml -n staging -x tenant=a -x dry upgrade head",
            "limbeck -c alembic.ini -c pyproject.toml --raiseerr heads",
            "limbeck upgrade +1 --sql --tag v1",
            "limbeck upgrade users@head orders@+2",
            "limbeck upgrade a1:b2 --sql",
            "limbeck downgrade -1",
            "limbeck downgrade users@-1",
            "limbeck downgrade base",
            "limbeck stamp --purge head",
            "limbeck stamp a b c",
            "limbeck current -c",
            "limbeck current --check-heads -v",
            "limbeck -c a.toml current -c",
            "limbeck history -r-3:current -i",
            "limbeck history -r -3:current",
            "limbeck history --rev-range base:head -v",
            "limbeck heads --resolve-dependencies",
            "limbeck graph --format mermaid -r -3:current -i -o graph.md",
            "limbeck --format json graph",
            "limbeck show head-1",
            "limbeck revision -m x --head users@head --splice --branch-label b --rev-id 1",
            "limbeck revision -m x --depends-on a --depends-on b --version-path p",
            "limbeck merge -m x heads",
            "limbeck merge a b --rev-id c --branch-label d --splice",
            "limbeck rebase 1975ea --onto users@head --from a --from -1 --dry-run --no-database",
            "limbeck list_templates",
            "limbeck ensure_version --sql",
            "limbeck init -t rust folder",
            "limbeck plan downgrade -1 --from a,b",
            "limbeck plan upgrade heads --from base --format json",
            "limbeck plan --from base stamp --purge heads",
            "limbeck rollback",
            "limbeck rollback --steps 2",
            "limbeck rollback --to 1975ea --tag v1",
            "limbeck plan rollback --to -2",
            "limbeck goto -1",
            "limbeck plan goto users@head",
            "limbeck redo",
            "limbeck redo 1975ea",
            "limbeck resolve 1975ea --applied",
            "limbeck reset --database-name shop --with-unknown",
            "limbeck db test --format json",
            "limbeck db config",
            "limbeck --url x db create",
            "limbeck db drop --force --database-name shop",
            "limbeck db wait",
            "limbeck db wait --for head --timeout 5min",
            "limbeck force 1975ea --not-applied --tag x",
            "limbeck plan redo",
        ] {
            parse(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        }
    }

    #[test]
    fn options_of_every_command_go_before_or_after_it() {
        let cli = parse("limbeck heads --config a.toml -q").unwrap();
        assert_eq!(cli.global.config, [PathBuf::from("a.toml")]);
        assert!(cli.global.quiet);
        let cli = parse("limbeck -q current -c --config b.toml").unwrap();
        assert_eq!(cli.global.config, [PathBuf::from("b.toml")]);
        let cli = parse("limbeck -c b.toml current -c").unwrap();
        assert_eq!(cli.global.config, [PathBuf::from("b.toml")]);
    }

    #[test]
    fn wrong_command_lines_are_refused() {
        for line in [
            "limbeck upgrad head",
            "limbeck upgrade",
            "limbeck upgrade head --sqll",
            "limbeck -x =v heads",
            "limbeck revision --sql --rust",
            "limbeck heads --format yaml",
            "limbeck heads --format svg",
            "limbeck --format svg graph",
            "limbeck graph --format png",
            "limbeck rollback 1975ea",
            "limbeck rollback --steps 0",
            "limbeck rollback --steps 1 --to a",
            "limbeck goto",
            "limbeck goto a b",
            "limbeck resolve a",
            "limbeck db",
            "limbeck db wait --for nobody",
            "limbeck db wait --timeout 60",
            "limbeck resolve a --applied --not-applied",
            "limbeck resolve --applied",
            "limbeck plan head",
        ] {
            assert_eq!(parse(line).unwrap_err().exit_code(), 2, "{line}");
        }
    }
}
