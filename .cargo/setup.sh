# Read by the scripts that call cargo, in the root of the repository: finds cargo, and the PostgreSQL
# of the feature `embedded` where .cargo/config.toml names the one for another kind of machine.
# shellcheck shell=sh

if ! command -v cargo >/dev/null 2>&1; then
    PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
fi
if ! command -v cargo >/dev/null 2>&1; then
    echo "error: this needs the Rust toolchain" >&2
    echo "hint: see https://rustup.rs" >&2
    exit 1
fi

# Empty where there is no embedded PostgreSQL for this machine.
embedded=embedded
host=$(rustc -vV | sed -n 's/^host: //p')
if [ -z "${PGLITE_LIB_DIR:-}" ] && ! grep -q "pglite-rs-lib-$host-" .cargo/config.toml; then
    version=$(sed -n "/^name = \"pglite-rs-lib-$host\"\$/{n;s/^version = \"\(.*\)\"\$/\1/p;}" Cargo.lock)
    if [ -n "$version" ]; then
        export PGLITE_LIB_DIR="../pglite-rs-lib-$host-$version/lib"
    else
        embedded=
    fi
fi
