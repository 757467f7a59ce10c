#!/bin/sh
# Make or bring up to date the Python environment in .venv, from the hashed locks.
# Usage: scripts/environment.sh demo|test|bench
#
# Each of the three holds all of the one before it, so an environment made for more serves for less and is not
# taken apart again. .venv/duogui-environment says which one it is and from which lock.
set -eu

cd "$(dirname "$0")/.."
wanted=${1:?usage: scripts/environment.sh demo|test|bench}
record=.venv/duogui-environment
export UV_PYTHON_DOWNLOADS=never

lock_of() {
    case $1 in
        demo) echo requirements.lock ;;
        test) echo requirements-dev.lock ;;
        bench) echo requirements-bench.lock ;;
        *) echo "unknown environment: $1" >&2; exit 2 ;;
    esac
}
rank_of() {
    case $1 in
        demo) echo 1 ;;
        test) echo 2 ;;
        bench) echo 3 ;;
        *) echo 0 ;;
    esac
}
fingerprint() {
    cat "$(lock_of "$1")" pyproject.toml | sha256sum | cut -d' ' -f1
}

lock_of "$wanted" >/dev/null
present=$(cut -d' ' -f1 "$record" 2>/dev/null || true)
profile=$wanted
if [ "$(rank_of "$present")" -gt "$(rank_of "$wanted")" ]; then
    profile=$present
fi
state="$profile $(fingerprint "$profile") $PWD"
if [ "$(cat "$record" 2>/dev/null)" = "$state" ] && .venv/bin/python -c '' 2>/dev/null; then
    exit 0
fi

lock=$(lock_of "$profile")
# Programs in .venv name its folder and its Python in their first lines: after a move or an upgrade it is made anew.
made_in=$(cut -d' ' -f3- "$record" 2>/dev/null || true)
rm -f "$record"
if [ "${made_in:-$PWD}" != "$PWD" ] || ! .venv/bin/python -c 'import uv' 2>/dev/null; then
    python3 -m venv --clear .venv
    # Only uv and its hashes out of the lock; uv then installs the rest.
    awk '/^[^ #]/ { wanted = /^uv==/ } wanted' "$lock" >.venv/uv.lock
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r .venv/uv.lock
fi
# Compiled once here, not at every start where nothing may be written beside the packages.
.venv/bin/uv pip sync --quiet --compile-bytecode --python .venv/bin/python --require-hashes "$lock"
.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
echo "$state" >"$record"
