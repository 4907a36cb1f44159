#!/usr/bin/env bash
# Stand-ins for the images of others, for a machine that reaches no registry of images: Debian by debootstrap, Node and npm as npm has them,
# Debian's PostgreSQL. As root. Usage: bases.sh FOLDER NODE_VERSION; what is there already is not made again.
set -euo pipefail
folder=$1 node_version=$2
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$folder/debs"

# debian NAME PACKAGE…: a root file system, without what the slim images of Docker's library leave out too.
debian() {
  local root=$folder/$1 packages
  [ ! -e "$root.done" ] || return 0
  shift
  packages=$(IFS=,; echo "$*")
  rm -rf "$root"
  debootstrap --variant=minbase --cache-dir="$folder/debs" --include="$packages" bookworm "$root" http://deb.debian.org/debian >"$root.log" 2>&1 ||
    { tail -n 20 "$root.log" >&2; exit 1; }
  rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,locale,info}/* "$root"/var/log/*
  touch "$root.done"
}

if [ ! -e "$folder/node.done" ]; then
  debian base ca-certificates
  rm -rf "$folder/node" && cp -a "$folder/base" "$folder/node"
  mkdir -p "$folder/npm" && echo '{"private": true}' >"$folder/npm/package.json"
  # Its own install script puts the program in place.
  npm install --prefix "$folder/npm" --no-audit --no-fund "node@$node_version" npm@11 >"$folder/npm.log" 2>&1 || { tail -n 20 "$folder/npm.log" >&2; exit 1; }
  install -m 755 "$folder/npm/node_modules/node/bin/node" "$folder/node/usr/local/bin/node"
  mkdir -p "$folder/node/usr/local/lib/node_modules"
  cp -a "$folder/npm/node_modules/npm" "$folder/node/usr/local/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$folder/node/usr/local/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$folder/node/usr/local/bin/npx"
  chroot "$folder/node" useradd --uid 1000 --create-home --shell /bin/bash node
  # Programs of this machine that are to be trusted from within, such as a proxy's certificate.
  cp /etc/ssl/certs/ca-certificates.crt "$folder/node/etc/ssl/certs/ca-certificates.crt"
  touch "$folder/node.done"
fi

if [ ! -e "$folder/postgres.done" ]; then
  debian postgres postgresql
  install -m 755 "$here/postgres-entrypoint.sh" "$folder/postgres/usr/local/bin/docker-entrypoint.sh"
fi
