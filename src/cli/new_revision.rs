//! Writing a new revision file: everything is checked first, then the file appears as a whole.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::{SubsecRound, Utc};

use super::config::Config;
use super::context::Context;
use super::failure::Failure;
use super::file_name;
use super::hint::{self, Asking};
use super::hooks;
use super::project;
use crate::declaration::{Claim, Declaration, Format};
use crate::graph::{Node, RevisionGraph};
use crate::id::{Label, RevisionId};
use crate::source::template;

/// What a person wants of a new revision.
#[derive(Debug, Default)]
pub struct NewRevision<'a> {
    /// What it goes on top of; none begins a new line.
    pub parents: Vec<&'a Node>,
    /// Whether parents may be no heads.
    pub splice: bool,
    /// The labels of its line.
    pub labels: &'a [String],
    /// Its id, where it is not to be random.
    pub id: Option<&'a str>,
    /// Its message.
    pub message: Option<&'a str>,
    /// What must be applied first.
    pub depends_on: &'a [String],
    /// Where the file goes, where that is said.
    pub folder: Option<&'a Path>,
    /// Its format, where that is said.
    pub format: Option<Format>,
    /// Its sections, in SQL, where it does not begin empty; then it has no date, so that one schema
    /// gives one text.
    pub sections: Option<&'a str>,
}

/// A revision that was written.
#[derive(Debug)]
pub struct Written {
    /// Its id.
    pub id: RevisionId,
    /// Its file.
    pub path: PathBuf,
}

/// Writes a new revision.
///
/// # Errors
/// Fails, without having written anything, when it would not fit into the graph or its place is
/// not clear, and when the file cannot be written.
pub fn write(
    context: &mut Context<'_>,
    graph: &RevisionGraph,
    new: &NewRevision<'_>,
) -> Result<Written, Failure> {
    if !new.splice {
        refuse_non_heads(graph, &new.parents)?;
    }
    let config = context.config;
    if config.file_template.makes_folders() && !config.recursive {
        let message = "`file_template` makes sub-folders, which are not read";
        return Err(Failure::new("config", message)
            .hint("`recursive_version_locations = true` has them read"));
    }
    let hooks = hooks::prepare(context)?;
    let id = free_id(graph, new.id)?;
    let labels = free_labels(graph, new.labels, &id)?;
    let depends_on = dependencies(context, graph, new.depends_on)?;
    let folder = folder(config, new)?;
    let format = new.format.unwrap_or(config.new_revision);
    let created = config.timezone.clock(Utc::now().trunc_subsecs(0));
    let message = new.message.map_or("", str::trim);

    let mut declaration = Declaration::new(claim(id.as_str()), format);
    declaration.down_revision = new.parents.iter().map(|n| claim(n.id().as_str())).collect();
    declaration.depends_on = depends_on.iter().map(|name| claim(name)).collect();
    declaration.branch_labels = labels.iter().map(|label| claim(label.as_str())).collect();
    declaration.message = message.to_owned();
    declaration.created = Some(created).filter(|_| new.sections.is_none());
    let slug = file_name::slug(message, config.truncate_slug_length);
    let name = config.file_template.name(id.as_str(), &slug, &created);
    let (ending, text) = match (format, new.sections) {
        (_, Some(sections)) => ("sql", template::header(&declaration) + "\n" + sections),
        (Format::Rust, None) => ("rs", template::rust(&declaration)),
        (Format::Sql | Format::Alembic | Format::Tool(_) | Format::Ledger, None) => {
            ("sql", template::sql(&declaration))
        }
    };
    let path = folder.join(format!("{name}.{ending}"));
    create(&context.environment.directory.join(&path), &text).map_err(|error| {
        if error.kind() == io::ErrorKind::AlreadyExists {
            let message = format!("the file `{}` exists already", path.display());
            return Failure::new("file_exists", message)
                .hint("another message gives it another name");
        }
        Failure::io("write", &path, &error)
    })?;
    context
        .ui
        .talk(&format!("Generating {} ...  done", path.display()));
    hooks::run(&hooks, &path, context);
    Ok(Written { id, path })
}

fn claim(name: &str) -> Claim {
    Claim::new(name, 0)
}

fn refuse_non_heads(graph: &RevisionGraph, parents: &[&Node]) -> Result<(), Failure> {
    let Some(parent) = parents.iter().find(|node| !node.is_head()) else {
        return Ok(());
    };
    let children = graph.children(parent).map(hint::candidate).collect();
    let message = format!("revision `{}` is no head: these follow it", parent.id());
    Err(Failure::new("not_a_head", message)
        .candidates(children)
        .hint("`--splice` begins a branch there"))
}

fn free_id(graph: &RevisionGraph, wanted: Option<&str>) -> Result<RevisionId, Failure> {
    if let Some(wanted) = wanted {
        let id = RevisionId::parse(wanted).map_err(|error| Failure::of_id(&error))?;
        if let Some(taken) = graph.named(wanted) {
            let what = if *taken.id() == *wanted {
                "a revision"
            } else {
                "a branch label"
            };
            let message = format!("there is {what} `{wanted}` already");
            return Err(Failure::new("duplicate_revision", message)
                .candidates(vec![hint::candidate(taken)])
                .hint("without `--rev-id` a revision gets an id of its own"));
        }
        return Ok(id);
    }
    loop {
        let id = file_name::new_id().map_err(|error| {
            let message = format!("the system gives no random number: {error}");
            Failure::new("io", message).hint("`--rev-id ID` gives an id by hand")
        })?;
        if graph.named(&id).is_none() {
            return RevisionId::parse(&id).map_err(|error| Failure::of_id(&error));
        }
    }
}

fn free_labels(
    graph: &RevisionGraph,
    wanted: &[String],
    id: &RevisionId,
) -> Result<Vec<Label>, Failure> {
    let mut labels: Vec<Label> = Vec::new();
    for name in wanted {
        let label = Label::parse(name).map_err(|error| Failure::of_id(&error))?;
        if let Some(taken) = graph.named(name) {
            let message = if *taken.id() == **name {
                format!("the label `{name}` is the id of a revision")
            } else {
                format!("the label `{name}` is taken")
            };
            return Err(Failure::new("duplicate_label", message)
                .candidates(vec![hint::candidate(taken)])
                .hint(
                    "a label belongs to the revision with which its line begins; choose another",
                ));
        }
        if *id == **name || labels.contains(&label) {
            let message = format!("the label `{name}` would be there twice");
            return Err(Failure::new("duplicate_label", message));
        }
        labels.push(label);
    }
    Ok(labels)
}

/// A label stays a label, for it moves with its line; anything else becomes a full id.
fn dependencies(
    context: &mut Context<'_>,
    graph: &RevisionGraph,
    wanted: &[String],
) -> Result<Vec<String>, Failure> {
    let mut names: Vec<String> = Vec::new();
    for name in wanted {
        if graph.label(name).is_some() {
            names.push(name.clone());
            continue;
        }
        let nodes = project::named(context, graph, name, Asking::DependsOn)?;
        names.extend(nodes.iter().map(|node| node.id().to_string()));
    }
    let mut seen = Vec::new();
    names.retain(|name| {
        let new = !seen.contains(name);
        seen.push(name.clone());
        new
    });
    Ok(names)
}

/// Where the file goes: where it is said, else beside its parent, else the only place there is.
fn folder(config: &Config, new: &NewRevision<'_>) -> Result<PathBuf, Failure> {
    let locations = &config.version_locations;
    let listed = || locations.iter().map(|l| format!("  {}", l.display()));
    if let Some(folder) = new.folder {
        let same = |location: &&PathBuf| {
            **location == folder || config.root.join(folder) == **location || {
                let real = (location.canonicalize(), folder.canonicalize());
                matches!(real, (Ok(a), Ok(b)) if a == b)
            }
        };
        let Some(location) = locations.iter().find(same) else {
            let message = format!("`{}` is none of the version_locations", folder.display());
            let mut failure = Failure::new("unknown_version_path", message);
            failure
                .details
                .extend(listed().map(|line| line.trim().to_owned()));
            return Err(failure.hint("only revisions in version_locations are read"));
        };
        return Ok(location.clone());
    }
    if let [location] = &locations[..] {
        return Ok(location.clone());
    }
    let mut beside = new.parents.iter().filter_map(|parent| {
        let path = parent.path()?;
        locations.iter().find(|location| path.starts_with(location))
    });
    if let Some(location) = beside.next() {
        return Ok(location.clone());
    }
    let message = format!("there are {} version_locations", locations.len());
    let mut failure = Failure::new("no_version_path", message);
    failure
        .details
        .extend(listed().map(|line| line.trim().to_owned()));
    Err(failure.hint("`--version-path FOLDER` chooses one"))
}

/// Makes a file appear with all its text, or not at all.
fn create(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".new-");
    #[cfg(unix)]
    {
        use std::fs::Permissions;
        use std::os::unix::fs::PermissionsExt;
        // As for any other new file; the process's umask takes its part away.
        builder.permissions(Permissions::from_mode(0o666));
    }
    // Its own words would name the temporary file, of which nobody knows.
    let named = |error: io::Error| io::Error::from(error.kind());
    let mut file = builder.tempfile_in(folder).map_err(named)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_exists_stays_as_it_is_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b.sql");
        create(&path, "one").unwrap();
        let error = create(&path, "two").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one");
        let names = std::fs::read_dir(folder.path().join("a")).unwrap().count();
        assert_eq!(names, 1);
    }
}
