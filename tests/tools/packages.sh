#!/bin/sh
# Installs the Debian packages named, unless they are there already: then it does nothing at all.
set -u

if ! command -v dpkg-query >/dev/null; then
    echo "This is not Debian. What these packages hold must be there: $*" >&2
    exit 0
fi

there=" $(dpkg-query -W -f '${db:Status-Status}:${Package} ' "$@" 2>/dev/null)"
missing=
for package; do
    case $there in
    *" installed:$package "*) ;;
    *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
    as_root=sudo
fi
for tool in apt-get $as_root; do
    if ! command -v "$tool" >/dev/null; then
        echo "There is no $tool here. Please install:$missing" >&2
        exit 1
    fi
done

apt() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q \
        -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" </dev/null
}

echo "installing:$missing"
apt update || echo "apt-get update failed; going on with the lists that are there" >&2
# shellcheck disable=SC2086 # the list is meant to be split
if ! apt install -y --no-install-recommends $missing; then
    echo "Could not install:$missing" >&2
    exit 1
fi
