#!/bin/sh
# Takes the chat application's revisions to their heads on the embedded PostgreSQL, and shows where
# the database stands: `examples/chat/demo.sh`. From any directory, as root or not; it needs the Rust
# toolchain with a C compiler and nothing else. All it makes lies below target/; a second run finds
# the database as the first one left it.
set -eu
cd "$(dirname "$0")/../.."

has() { command -v "$1" >/dev/null 2>&1; }

fail() {
    echo "error: $1" >&2
    echo "hint: $2" >&2
    exit 1
}

if ! has cargo && [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ]; then
    PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
fi
has cargo || fail "building limbeck needs the Rust toolchain" "see https://rustup.rs"
has cc || fail "building limbeck needs a C compiler" "\`apt-get install gcc libc6-dev\` as root"

# .cargo/config.toml names the PostgreSQL for one kind of machine; this is one of the others.
host=$(rustc -vV | sed -n 's/^host: //p')
if [ -z "${PGLITE_LIB_DIR:-}" ] && ! grep -q "pglite-rs-lib-$host-" .cargo/config.toml; then
    version=$(sed -n "/^name = \"pglite-rs-lib-$host\"\$/{n;s/^version = \"\(.*\)\"\$/\1/p;}" Cargo.lock)
    [ -n "$version" ] || fail "there is no embedded PostgreSQL for $host" \
        "\`DATABASE_URL=postgres://… cargo run -p chat -- upgrade heads\` needs none"
    export PGLITE_LIB_DIR="../pglite-rs-lib-$host-$version/lib"
fi

cargo build --locked --package chat --features embedded

data=${CARGO_TARGET_DIR:-$PWD/target}/demo
mkdir -p "$data"
data=$(cd "$data" && pwd)
# Where the server is unpacked; a folder in /tmp could be another user's.
export PGLITE_RUNTIME_DIR="$data/server"
export LIMBECK_URL="embedded:$data/database"

limbeck() {
    echo
    echo "\$ limbeck $*"
    cargo run --quiet --locked --package chat --features embedded -- "$@"
}

limbeck upgrade heads
limbeck current
limbeck history --graph --indicate-current
