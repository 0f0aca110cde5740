//! What both kinds of files say, apart and together.

use super::*;

fn file<'a>(path: &'a str, text: &'a str) -> File<'a> {
    File {
        path: Path::new(path),
        here: Path::new("/srv/app"),
        text,
    }
}

fn ini(text: &str) -> Result<Config, ConfigError> {
    Config::read(Some(file("alembic.ini", text)), None, SECTION)
}

fn toml(text: &str) -> Result<Config, ConfigError> {
    Config::read(None, Some(file("pyproject.toml", text)), SECTION)
}

fn folders(config: &Config) -> String {
    let folders = config.folders().unwrap();
    let names = folders.value.iter().map(ToString::to_string);
    format!("{}: {}", folders.line, names.collect::<Vec<_>>().join("|"))
}

const FULL: &str = "\
[alembic]
script_location = %(here)s/db
file_template = %%(year)d-%%(rev)s_%%(slug)s
timezone = europe/berlin
truncate_slug_length = 60
recursive_version_locations = true
prepend_sys_path = .:src
path_separator = os
sourceless = false
output_encoding = latin-1
sqlalchemy.url = postgresql+psycopg2://u:p%%40w@h/d

[post_write_hooks]
hooks = black, isort
black.type = console_scripts
black.entrypoint = black
black.options = -l 79 REVISION_SCRIPT_FILENAME
isort.type = exec
isort.executable = %(here)s/isort
";

#[test]
fn every_key_is_read_with_its_line() {
    let config = ini(FULL).unwrap();
    assert_eq!(folders(&config), "2: /srv/app/db/versions");
    let template = config.file_template.unwrap();
    assert_eq!(template.value, "%(year)d-%(rev)s_%(slug)s");
    assert_eq!(
        (template.path.as_path(), template.line),
        (Path::new("alembic.ini"), 3)
    );
    assert_eq!(config.timezone.unwrap().value, "europe/berlin");
    assert_eq!(config.truncate_slug_length.unwrap().value, 60);
    assert!(config.recursive_version_locations.unwrap().value);
    assert!(!config.sourceless.unwrap().value);
    assert_eq!(config.output_encoding.unwrap().value, "latin-1");
    assert_eq!(
        config.url.unwrap().value,
        "postgresql+psycopg2://u:p%40w@h/d"
    );
    #[cfg(unix)]
    assert_eq!(config.prepend_sys_path.unwrap().value, [".", "src"]);
    let [black, isort] = &config.post_write_hooks[..] else {
        panic!("not two hooks");
    };
    assert_eq!((black.name.as_str(), black.line), ("black", 14));
    assert_eq!(black.options["options"], "-l 79 REVISION_SCRIPT_FILENAME");
    assert_eq!(isort.options["executable"], "/srv/app/isort");
    assert_eq!(isort.options.len(), 2);
}

#[test]
fn version_locations_are_split_as_the_separator_says() {
    let split = |separator: &str, paths: &str| {
        let text = format!("[alembic]\n{separator}\nversion_locations = {paths}\n");
        folders(&ini(&text).unwrap())
    };
    assert_eq!(split("", "a b,c, d"), "3: a|b|c|d");
    assert_eq!(split("path_separator = space", "a  b,c"), "3: a|b,c");
    assert_eq!(
        split("path_separator = newline", "\n  a b\n  pkg:c\n"),
        "3: a b|pkg:c"
    );
    assert_eq!(split("path_separator = ;", "a ; /b:c"), "3: a|/b:c");
    assert_eq!(split("path_separator = :", "a:b"), "3: a|b");
    assert_eq!(split("version_path_separator = :", "a:b"), "3: a|b");
    #[cfg(unix)]
    assert_eq!(split("path_separator = os", "a:b"), "3: a|b");
    let error = ini("[alembic]\npath_separator = ,\nversion_locations = a").unwrap_err();
    assert_eq!(
        error.to_string(),
        "alembic.ini:2: `path_separator` takes `os`, `newline`, `space`, `:` or `;`"
    );
}

#[test]
fn a_pyproject_has_the_same_keys() {
    let config = toml(
        "[project]\nname = 'x'\n[tool.alembic]\nscript_location = '%(here)s/db'\n\
         version_locations = ['%(here)s/a', 'pkg:b']\nrecursive_version_locations = true\n\
         file_template = '%%(rev)s'\ntruncate_slug_length = 50\nprepend_sys_path = ['.']\n\
         [[tool.alembic.post_write_hooks]]\nname = 'lint'\ntype = 'exec'\n\
         executable = '%(here)s/ruff'\n",
    )
    .unwrap();
    assert_eq!(folders(&config), "5: /srv/app/a|pkg:b");
    assert_eq!(config.file_template.unwrap().value, "%(rev)s");
    assert_eq!(config.truncate_slug_length.unwrap().value, 50);
    assert!(config.recursive_version_locations.unwrap().value);
    assert_eq!(config.post_write_hooks[0].name, "lint");
    assert_eq!(config.post_write_hooks[0].line, 10);
    assert_eq!(
        config.post_write_hooks[0].options["executable"],
        "/srv/app/ruff"
    );
    let without = toml("[tool.other]\na = 1").unwrap();
    assert_eq!(without, Config::default());
}

#[test]
fn of_two_files_the_ini_file_has_the_last_word() {
    let pyproject = file(
        "pyproject.toml",
        "[tool.alembic]\nscript_location = 'toml'\ntimezone = 'UTC'\n\
         [[tool.alembic.post_write_hooks]]\nname = 'a'\n",
    );
    let ini = "[alembic]\nscript_location = ini\n[other]\nsqlalchemy.url = x\n";
    let read =
        |section| Config::read(Some(file("alembic.ini", ini)), Some(pyproject), section).unwrap();
    let config = read(SECTION);
    assert_eq!(folders(&config), "2: ini/versions");
    assert_eq!(config.timezone.unwrap().path, Path::new("pyproject.toml"));
    assert_eq!(config.post_write_hooks.len(), 1);
    let config = read("other");
    assert_eq!(folders(&config), "2: toml/versions");
    assert_eq!(config.url.unwrap().value, "x");
    assert_eq!(
        sections(&file("alembic.ini", ini)).unwrap(),
        ["alembic", "other"]
    );
}

#[test]
fn values_of_the_wrong_kind_are_told_with_their_line() {
    let refused = |text: &str| {
        toml(&format!("[tool.alembic]\n{text}"))
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        refused("version_locations = 'a'"),
        "pyproject.toml:2: `version_locations` takes a list of strings"
    );
    assert_eq!(
        refused("recursive_version_locations = 'true'"),
        "pyproject.toml:2: `recursive_version_locations` takes `true` or `false`"
    );
    assert_eq!(
        refused("file_template = '%(rev)s'"),
        "pyproject.toml:2: `%(rev)s` is no reference: a `%` of its own is written `%%`"
    );
    assert_eq!(
        refused("post_write_hooks = [{type = 'exec'}]"),
        "pyproject.toml:2: `post_write_hooks` takes a list of tables, each with a `name`"
    );
    assert!(refused("a = ").starts_with("pyproject.toml:2: "));
    let error = ini("[alembic]\ntruncate_slug_length = long").unwrap_err();
    assert_eq!(
        error.to_string(),
        "alembic.ini:2: `truncate_slug_length` takes a whole number"
    );
}
