#!/bin/sh
# Install the Debian packages that a purpose needs and the machine lacks.
# Usage: scripts/packages.sh demo|test|bench|qgis
set -eu

purpose=${1:?usage: scripts/packages.sh demo|test|bench|qgis}
missing=""

if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "Duogui needs python3 of version 3.11 or newer; this machine has $(python3 --version 2>&1 || echo none)." >&2
    exit 1
fi
# Debian splits venv from python3; without it ensurepip is what is missing.
python3 -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"

has_postgis() {
    for control in /usr/share/postgresql/*/extension/postgis.control; do
        version=${control#/usr/share/postgresql/}
        [ -x "/usr/lib/postgresql/${version%%/*}/bin/initdb" ] && [ -e "$control" ] && return 0
    done
    command -v pg_config >/dev/null && [ -x "$(pg_config --bindir)/initdb" ] &&
        [ -e "$(pg_config --sharedir)/extension/postgis.control" ]
}
# A demo against a database elsewhere needs no server here; the tests always make their own.
if [ "$purpose" = test ] || [ "$purpose" = bench ] || { [ "$purpose" = demo ] && [ -z "${DUOGUI_DATABASE_URL:-}" ]; }; then
    has_postgis || missing="$missing postgresql postgresql-postgis"
fi
if [ "$purpose" = test ] || [ "$purpose" = bench ]; then
    command -v chromium >/dev/null || missing="$missing chromium"
    command -v ogrinfo >/dev/null || missing="$missing gdal-bin"
    command -v mapserv >/dev/null || missing="$missing mapserver-bin"
fi
if [ "$purpose" = bench ]; then
    # The loader complains of what it cannot find.
    [ -z "$(LD_PRELOAD=libjemalloc.so.2 env 2>&1 >/dev/null)" ] || missing="$missing libjemalloc2"
fi
# The tests ask QGIS through the Python of the system.
if [ "$purpose" = qgis ]; then
    /usr/bin/python3 -c 'import qgis.core' 2>/dev/null || missing="$missing python3-qgis qgis-providers"
fi
[ -n "$missing" ] || exit 0

by_hand() {
    echo "These packages are missing and could not be installed:$missing" >&2
    echo "Install them by hand, then run make again:" >&2
    echo "    sudo apt-get update && sudo apt-get install$missing" >&2
    exit 1
}
command -v apt-get >/dev/null || by_hand
if [ "$(id -u)" = 0 ]; then
    as_root="env"
elif command -v sudo >/dev/null; then
    as_root="sudo env"
else
    by_hand
fi
install() {
    # shellcheck disable=SC2086 # the names are separate words
    $as_root DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $missing
}
echo "Installing:$missing"
# The package lists of a new machine are empty, those of an old one name files that are gone.
install || { $as_root apt-get update && install; } || by_hand
