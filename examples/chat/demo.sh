#!/bin/sh
# Takes the chat application's revisions to their heads on the embedded PostgreSQL, and shows where
# the database stands: `examples/chat/demo.sh`. From any directory, as root or not; it needs the Rust
# toolchain with a C compiler and nothing else. All it makes lies in target/; a second run finds the
# database as the first one left it.
set -eu
cd "$(dirname "$0")/../.."

if ! command -v cc >/dev/null 2>&1; then
    echo "error: this needs a C compiler" >&2
    echo "hint: \`sudo apt-get install -y gcc libc6-dev\`" >&2
    exit 1
fi
. .cargo/setup.sh
if [ -z "$embedded" ]; then
    echo "error: there is no embedded PostgreSQL for $host" >&2
    echo "hint: \`cargo run -p chat -- upgrade heads --url postgresql:///chat\` takes a server's" >&2
    exit 1
fi

cargo build --locked --package chat --features embedded

export LIMBECK_URL="embedded:${CARGO_TARGET_DIR:-target}/demo"

limbeck() {
    echo
    echo "\$ limbeck $*"
    cargo run --quiet --locked --package chat --features embedded -- "$@"
}

limbeck upgrade heads
limbeck current
limbeck history --graph --indicate-current
