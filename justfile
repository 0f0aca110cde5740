# What is done here often. `just` alone lists it.

set shell := ["bash", "-euo", "pipefail", "-c"]

[private]
default:
    @just --list

# Builds limbeck as a developer runs it
[group('build')]
build:
    cargo build --workspace

# Builds limbeck as it is shipped
[group('build')]
release:
    cargo build --release

# Passes all tests, or those whose name holds FILTER
[group('test')]
test *FILTER:
    tests/run.sh {{ FILTER }}

# Passes the tests inside the library, which need no server
[group('test')]
unit *FILTER:
    cargo test --workspace --lib {{ FILTER }}

# Passes the tests and writes what they saw into their snapshots; read the diff before it is kept
[group('test')]
snapshots *FILTER:
    INSTA_UPDATE=always INSTA_FORCE_PASS=1 cargo test --test it {{ FILTER }}
    git diff --stat

# Runs every check that a change must pass
[group('lint')]
ci:
    .ci/run

# Formats all code, the revisions included
[group('lint')]
fmt:
    cargo fmt --all
    shopt -s nullglob; for file in versions/*.rs; do rustfmt --edition 2024 "$file"; done

# Runs clippy as the checks do
[group('lint')]
lint:
    cargo clippy --workspace --all-targets -- -D warnings

# Builds the documentation as the checks do
[group('lint')]
doc:
    RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --no-deps

# Prints the measures as ratios; NAME picks one bench
[group('bench')]
bench NAME='':
    cargo bench {{ if NAME == '' { '--benches' } else { '--bench ' + NAME } }}

# Writes a new revision of the worked example in versions/
[group('new')]
new-version +MESSAGE:
    cargo run --quiet -- revision --rust -m {{ quote(MESSAGE) }}
