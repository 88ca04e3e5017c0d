#!/bin/bash
# operator_load.sh PYTHON [ARGUMENTS...]: the operator's load test, with what it needs built. Called by
# `make bench-operator` inside tests/cluster/run.sh.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/.."

KWOK_VERSION=v0.8.0
KWOK=${CLUSTER_BIN:-${XDG_CACHE_HOME:-$HOME/.cache}/azuraforge-cluster/bin}/kwok
PYTHON=$1
shift

if [ ! -x "$KWOK" ]; then
  command -v go >/dev/null || { echo "Go is needed to build kwok: https://go.dev/doc/install" >&2; exit 1; }
  echo "Building kwok $KWOK_VERSION (once; 4 CPU minutes) …" >&2
  (cd / && CGO_ENABLED=0 GOFLAGS=-buildvcs=false GOBIN=$(dirname "$KWOK") \
    go install -trimpath -ldflags "-s -w" "sigs.k8s.io/kwok/cmd/kwok@$KWOK_VERSION")
fi
trainer-image/build_images.sh operator
kind delete cluster --quiet --name azuraforge-load # one that a killed session has left
exec "$PYTHON" benchmarks/operator_load.py --kwok "$KWOK" "$@"
