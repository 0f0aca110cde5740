#!/bin/sh
# Prints the path of a Python that has Alembic and packages with all that they need, making it first
# where there is none: `tests/installed.sh PACKAGE...`. Only the tests that run the revisions of
# applications call this: tests/it/trees/schema.rs.
set -eu
cd "$(dirname "$0")/.."

python=$(tests/oracle.sh)
alembic=$("$python" -c 'import alembic; print(alembic.__version__)')
sum=$(echo "$*" | cksum)
venv=${CARGO_TARGET_DIR:-target}/installed-${sum%% *}
case $venv in /*) ;; *) venv=$PWD/$venv ;; esac

mkdir -p "$(dirname "$venv")"
exec 9>"$venv.lock"
if command -v flock >/dev/null 2>&1; then flock 9; fi
if [ ! -e "$venv/ready" ]; then
    rm -rf "$venv"
    "$python" -m venv "$venv" >&2
    "$venv/bin/pip" install --quiet --disable-pip-version-check --prefer-binary \
        "alembic==$alembic" 'psycopg[binary]>=3.2,<4' psycopg2-binary "$@" >&2
    : >"$venv/ready"
fi
echo "$venv/bin/python"
