#!/bin/sh
# Passes all tests: `tests/run.sh`, or `tests/run.sh FILTER` for some. From any directory, as root or
# not. Installs what the tests stand on where it is missing and this user may; else says the command.
set -eu
cd "$(dirname "$0")/.."

has() { command -v "$1" >/dev/null 2>&1; }

# Where tests/it/support/server.rs looks.
has_server() {
    for bin in "${LIMBECK_PG_BIN:-/nowhere}" /usr/lib/postgresql/*/bin; do
        if [ -x "$bin/initdb" ]; then return 0; fi
    done
    has initdb && has postgres
}

missing=
has_server || missing="$missing postgresql"
has psql || missing="$missing postgresql-client"
has openssl || missing="$missing openssl"
has chromedriver || missing="$missing chromium chromium-driver"
has git || missing="$missing git"
has cc || missing="$missing gcc libc6-dev"

if [ -n "$missing" ]; then
    if has apt-get && [ "$(id -u)" = 0 ]; then
        echo "tests: installing$missing" >&2
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq
        # shellcheck disable=SC2086 # a list of words
        apt-get install -y -qq --no-install-recommends $missing >/dev/null
    else
        echo "error: the tests need$missing" >&2
        echo "hint: \`sudo apt-get install -y$missing\`" >&2
        exit 1
    fi
fi

. .cargo/setup.sh

status=0
cargo test --locked --workspace "$@" || status=$?

# One more build, in which `embedded:PATH` has a server.
if [ $# -eq 0 ] && [ -n "$embedded" ]; then
    cargo test --locked --features embedded --test it embedded || status=$?
fi
exit $status
