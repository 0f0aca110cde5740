#!/bin/sh
# Prints the folder that holds the packages of tests/trees.txt, unpacked, bringing them first where
# there are none. Only the tests that read public Alembic trees call this: tests/it/trees.
set -eu
cd "$(dirname "$0")/.."

python=$(tests/oracle.sh)
sum=$(cksum <tests/trees.txt)
trees=${CARGO_TARGET_DIR:-target}/trees-${sum%% *}
case $trees in /*) ;; *) trees=$PWD/$trees ;; esac

mkdir -p "$(dirname "$trees")"
exec 9>"$trees.lock"
if command -v flock >/dev/null 2>&1; then flock 9; fi
if [ ! -e "$trees/ready" ]; then
    rm -rf "$trees"
    mkdir -p "$trees/packages"
    "$python" -m pip download --quiet --disable-pip-version-check --no-deps \
        --only-binary :all: --dest "$trees/packages" --requirement tests/trees.txt >&2
    # Their Python alone is wanted, each package in a folder of its own.
    "$python" - "$trees" >&2 <<'END'
import pathlib, sys, zipfile

trees = pathlib.Path(sys.argv[1])
for wheel in (trees / "packages").glob("*.whl"):
    name = wheel.name.split("-")[0].replace("_", "-").lower()
    with zipfile.ZipFile(wheel) as package:
        files = [file for file in package.namelist() if file.endswith(".py")]
        package.extractall(trees / name, files)
    wheel.unlink()
END
    : >"$trees/ready"
fi
echo "$trees"
