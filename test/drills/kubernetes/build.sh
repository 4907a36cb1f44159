#!/bin/sh
# Builds the parts of a Kubernetes cluster from their Go modules, where no registry of images is in reach: build.sh FOLDER VERSION KWOK_VERSION.
# Takes some ten minutes on two cores, once. The modules of k8s.io/kubernetes name their neighbours by folder, so each is told its version.
set -eu
folder=$1 version=$2 kwok=$3
neighbours="v0.${version#1.}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$folder"
cd "$work"
export CGO_ENABLED=0
GOBIN="$folder" go install "sigs.k8s.io/kwok/cmd/kwok@v$kwok"

export GOFLAGS=-mod=mod
from=$(go mod download -json "k8s.io/kubernetes@v$version" | sed -n 's/.*"Dir": "\(.*\)",/\1/p')
{
  echo "module drill"
  grep -E '^go ' "$from/go.mod"
  sed -n '/^godebug/p;/^require (/,/^)/p' "$from/go.mod" | sed -E "s#^([[:space:]]+k8s.io/[a-z-]+) v0.0.0( .*)?\$#\\1 $neighbours#"
  echo "require k8s.io/kubernetes v$version"
  echo "replace ("
  sed -nE "s#^[[:space:]]+(k8s.io/[a-z-]+) => ./staging.*#\\1 => \\1 $neighbours#p" "$from/go.mod"
  echo ")"
} >go.mod
cp "$from/go.sum" go.sum
named="k8s.io/component-base/version"
minor=$(echo "$version" | cut -d. -f2)
for part in kubectl kube-scheduler kube-controller-manager kube-apiserver; do
  echo "building $part"
  go build -ldflags "-s -w -X $named.gitVersion=v$version -X $named.gitMajor=1 -X $named.gitMinor=$minor" -o "$folder/" "k8s.io/kubernetes/cmd/$part"
done
