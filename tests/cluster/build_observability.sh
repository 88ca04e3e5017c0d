#!/bin/bash
# Builds the log collector, Loki and Prometheus out of Go modules into $CLUSTER_BIN. Does nothing where
# they are there and neither modules nor versions have changed. (Debian's Prometheus knows no Kubernetes.)
#
# CPU minutes, cold: Loki 19, Prometheus 12, collector 9. Loki is AGPL: it is built unmodified and run by tests only,
# and neither the program nor an image of it is ever published.
set -euo pipefail
. "$(dirname "$0")/settings.sh"
LOKI_VERSION=3.7.8

main() {
  mkdir -p "$CLUSTER_BIN"
  local stamp
  stamp=$(cat "$HERE"/go/{loki,otelcol,prometheus}/go.{mod,sum} "$HERE/go/otelcol/main.go" "$0" | sha256sum | cut -c1-16)
  [ "$(cat "$CLUSTER_BIN/.built-observability" 2>/dev/null)" = "$stamp" ] && exit 0
  command -v go >/dev/null || { echo "Go is needed to build them: https://go.dev/doc/install" >&2; exit 1; }
  echo "Building Loki $LOKI_VERSION, Prometheus and the OpenTelemetry Collector into $CLUSTER_BIN (once; up to 40 CPU minutes) …"
  export CGO_ENABLED=0 GOFLAGS=-buildvcs=false
  (cd "$HERE/go/otelcol" && go build -trimpath -ldflags "-s -w" -o "$CLUSTER_BIN/otelcol" .)
  (cd "$HERE/go/loki" && go build -trimpath -o "$CLUSTER_BIN/" \
    -ldflags "-s -w -X github.com/grafana/loki/v3/pkg/util/build.Version=$LOKI_VERSION" tool)
  (cd "$HERE/go/prometheus" && go build -trimpath -ldflags "-s -w" -o "$CLUSTER_BIN/" tool)
  echo "$stamp" >"$CLUSTER_BIN/.built-observability"
}

main
