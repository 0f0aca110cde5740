//! Builds a small package with real cargo, as a user would.
//!
//! The package depends on a stand-in for `limbeck` that has the same macro and table entry, so
//! that the test compiles in seconds.

#![allow(clippy::unwrap_used, reason = "a test's helpers fail like the test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const STAND_IN: &str = r#"
    pub type OpFn = fn(&mut u32) -> Result<(), ()>;
    #[derive(Clone, Copy)]
    pub struct Revision(pub &'static str);
    pub mod op {
        pub struct CompiledRevision {
            pub path: &'static str,
            pub source: &'static str,
            pub code: CompiledCode,
        }
        pub enum CompiledCode {
            Rust {
                revision: super::Revision,
                upgrade: super::OpFn,
                downgrade: Option<super::OpFn>,
            },
            Sql,
        }
    }
    #[path = MACRO]
    #[macro_use]
    mod versions;
"#;

const MAIN: &str = r#"
    fn main() {
        for entry in limbeck::versions!() {
            let mut op = 0;
            match entry.code {
                limbeck::op::CompiledCode::Sql => println!("sql {} {}", entry.path, entry.source),
                limbeck::op::CompiledCode::Rust { revision, upgrade, downgrade } => {
                    let run = upgrade(&mut op).is_ok() && entry.source.contains(revision.0);
                    println!("{} {} {run} {}", revision.0, entry.path, downgrade.is_some());
                }
            }
        }
    }
"#;

struct Package {
    folder: tempfile::TempDir,
}

impl Package {
    fn new(build: &str) -> Self {
        // A path that must be escaped wherever it is written.
        let folder = tempfile::Builder::new()
            .prefix("it's \"a\" pack age")
            .tempdir()
            .unwrap();
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let versions_macro = here.join("../src/source/versions.rs");
        let package = Self { folder };
        package.write("limbeck/Cargo.toml", &manifest("limbeck", ""));
        let stand_in = STAND_IN.replace("MACRO", &format!("{versions_macro:?}"));
        package.write("limbeck/src/lib.rs", &stand_in);
        let dependencies = format!(
            "[dependencies]\nlimbeck = {{ path = \"../limbeck\" }}\n\
             [build-dependencies]\nlimbeck-build = {{ path = {here:?} }}\n"
        );
        package.write("app/Cargo.toml", &manifest("app", &dependencies));
        package.write("app/build.rs", &format!("fn main() {{ {build}; }}"));
        package.write("app/src/main.rs", MAIN);
        package
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn revision(&self, file: &str, id: &str) {
        let text = format!(
            "//! a revision\nuse limbeck::Revision;\npub const REVISION: Revision = \
             Revision(\"{id}\");\npub fn upgrade(_: &mut u32) -> Result<(), ()> {{ Ok(()) }}\n"
        );
        self.write(file, &text);
    }

    fn cargo(&self, command: &str) -> Output {
        Command::new(env!("CARGO"))
            .args([command, "--offline", "--quiet"])
            .current_dir(self.path("app"))
            .env("CARGO_TARGET_DIR", self.path("target"))
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .output()
            .unwrap()
    }

    fn run(&self) -> String {
        let output = self.cargo("run");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{stderr}");
        assert_eq!(stderr, "");
        String::from_utf8(output.stdout).unwrap()
    }

    fn errors(&self) -> String {
        let output = self.cargo("build");
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    }
}

fn manifest(name: &str, rest: &str) -> String {
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n{rest}[workspace]\n"
    )
}

#[test]
fn a_plain_build_sees_files_added_changed_and_deleted() {
    let package = Package::new("limbeck_build::versions(\"../db/versions\")");
    package.revision("db/versions/0002 it's.rs", "b");
    package.revision("db/versions/0001_a.rs", "a");
    package.revision("db/versions/deeper/0003.rs", "no");
    package.write("db/versions/mod.rs", "not Rust");
    package.write("db/versions/9.sql", "SELECT 1");
    assert_eq!(
        package.run(),
        "a db/versions/0001_a.rs true false\nb db/versions/0002 it's.rs true false\n\
         sql db/versions/9.sql SELECT 1\n"
    );

    fs::remove_file(package.path("db/versions/9.sql")).unwrap();
    package.revision("db/versions/0000.rs", "z");
    fs::remove_file(package.path("db/versions/0001_a.rs")).unwrap();
    assert_eq!(
        package.run(),
        "z db/versions/0000.rs true false\nb db/versions/0002 it's.rs true false\n"
    );

    let downgrade = "pub fn downgrade(_: &mut u32) -> Result<(), ()> { Ok(()) }";
    let path = package.path("db/versions/0000.rs");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{text}{downgrade}")).unwrap();
    assert!(
        package
            .run()
            .starts_with("z db/versions/0000.rs true true\n")
    );
}

#[test]
fn sub_folders_and_several_folders_are_listed_where_asked_for() {
    let package = Package::new(
        "limbeck_build::Versions::new().folder(\"w\").folder(\"v\").recursive().emit()",
    );
    package.revision("app/v/b/1.rs", "b1");
    package.revision("app/v/2.rs", "2");
    package.revision("app/w/1.rs", "w1");
    assert_eq!(
        package.run(),
        "w1 w/1.rs true false\n2 v/2.rs true false\nb1 v/b/1.rs true false\n"
    );
}

#[test]
fn what_is_wrong_is_an_error_that_names_the_file() {
    let package = Package::new("limbeck_build::versions(\"versions\")");
    let errors = package.errors();
    assert!(
        errors.contains("cannot read the folder of revisions"),
        "{errors}"
    );

    package.write(
        "app/versions/1.rs",
        "// pub fn upgrade()\nfn downgrade() {}\n",
    );
    let errors = package.errors();
    for expected in [
        "versions/1.rs has no `pub const REVISION: Revision`",
        "versions/1.rs has no `pub fn upgrade(op: &mut Op) -> Result<()>`",
        "versions/1.rs:2: `fn downgrade` must be public: `pub fn downgrade`",
    ] {
        assert!(errors.contains(expected), "{errors}");
    }

    package.revision("app/versions/1.rs", "a");
    let path = package.path("app/versions/1.rs");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("Ok(())", "wrong()")).unwrap();
    let errors = package.errors();
    assert!(errors.contains("app/versions/1.rs:4:"), "{errors}");
}
