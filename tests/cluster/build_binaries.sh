#!/bin/bash
# Builds Kubernetes, kind, etcd, CoreDNS, the storage provisioner and Helm out of Go modules into
# $CLUSTER_BIN. Does nothing where they are there and neither modules nor versions have changed.
#
# CPU minutes, cold: Kubernetes 22, Helm 6, storage provisioner 5, CoreDNS 4, kind 1.5, etcd 1.
set -euo pipefail
. "$(dirname "$0")/settings.sh"

main() {
  mkdir -p "$CLUSTER_BIN"
  local stamp
  stamp=$(cat "$HERE"/go/{kubernetes,local-path-provisioner,etcd,coredns}/go.sum "$HERE/settings.sh" "$0" | sha256sum | cut -c1-16)
  [ "$(cat "$CLUSTER_BIN/.built" 2>/dev/null)" = "$stamp" ] && exit 0
  command -v go >/dev/null || { echo "Go is needed to build a cluster: https://go.dev/doc/install" >&2; exit 1; }
  echo "Building a Kubernetes $KUBE_VERSION cluster out of Go modules into $CLUSTER_BIN (once; up to 40 CPU minutes) …"
  export CGO_ENABLED=0 GOFLAGS=-buildvcs=false
  build_tools kubernetes "-s -w $(kubernetes_version_flags)"
  build_tools local-path-provisioner "-s -w"
  for name in etcd coredns; do
    (cd "$HERE/go/$name" && go build -trimpath -ldflags "-s -w" -o "$CLUSTER_BIN/$name" .)
  done
  install_tool "sigs.k8s.io/kind@$KIND_VERSION"
  install_tool "helm.sh/helm/v4/cmd/helm@$HELM_VERSION"
  echo "$stamp" >"$CLUSTER_BIN/.built"
}

# The programs that a module names as its tools.
build_tools() {
  (cd "$HERE/go/$1" && go build -trimpath -ldflags "$2" -o "$CLUSTER_BIN/" tool)
}

install_tool() {
  (cd / && GOBIN=$CLUSTER_BIN go install -trimpath -ldflags "-s -w" "$1")
}

kubernetes_version_flags() {
  local package minor
  minor=$(echo "$KUBE_VERSION" | cut -d. -f2)
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    echo -n " -X $package.gitVersion=$KUBE_VERSION -X $package.gitMajor=1 -X $package.gitMinor=$minor"
    echo -n " -X $package.gitTreeState=archive -X $package.buildDate=2026-01-01T00:00:00Z"
  done
}

main
