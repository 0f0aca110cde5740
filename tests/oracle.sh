#!/bin/sh
# Prints the path of a Python that has Alembic, making it first where there is none. Only the tests
# that compare limbeck with Alembic call this: `tests/it/support/oracle.rs` and those of
# alembic-compat. `tests/oracle.sh 2.0` asks for that version of SQLAlchemy instead of the newest.
set -eu
cd "$(dirname "$0")/.."

alembic=1.20.1
sqlalchemy=${1:-}
venv=${CARGO_TARGET_DIR:-target}/oracle-$alembic${sqlalchemy:+-sqlalchemy-$sqlalchemy}
case $venv in /*) ;; *) venv=$PWD/$venv ;; esac

if [ -e "$venv/ready" ]; then
    echo "$venv/bin/python"
    exit 0
fi

# `ensurepip` stands for the package python3-venv, without which a venv has no pip.
python=${LIMBECK_PYTHON:-python3}
if ! "$python" -c 'import venv, ensurepip' >/dev/null 2>&1; then
    if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
        export DEBIAN_FRONTEND=noninteractive
        { apt-get update -qq &&
            apt-get install -y -qq --no-install-recommends python3 python3-venv; } >&2
        python=/usr/bin/python3
    else
        echo "error: the comparison with Alembic needs Python and its venv module" >&2
        echo "hint: \`sudo apt-get install -y python3 python3-venv\`" >&2
        exit 1
    fi
fi

# A venv holds its own path, so it cannot be made elsewhere and moved here whole: one maker at a time.
mkdir -p "$(dirname "$venv")"
exec 9>"$venv.lock"
if command -v flock >/dev/null 2>&1; then flock 9; fi
if [ ! -e "$venv/ready" ]; then
    rm -rf "$venv"
    "$python" -m venv "$venv" >&2
    "$venv/bin/pip" install --quiet --disable-pip-version-check \
        "alembic==$alembic" "sqlalchemy${sqlalchemy:+~=$sqlalchemy.0}" 'psycopg[binary]>=3.2,<4' >&2
    : >"$venv/ready"
fi
echo "$venv/bin/python"
