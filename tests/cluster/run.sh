#!/bin/bash
# run.sh COMMAND...: runs a command where kind, kubectl, helm and Docker are, building what is missing.
#
# Where Docker and a registry are in reach, that is the machine itself and the public node image. Else
# it is a private Docker beside a node image of our own, all built once into a cache: needs root, Go
# and Debian. The command finds the node image's name in KIND_IMAGE, empty for kind's own choice.
set -euo pipefail
. "$(dirname "$0")/settings.sh"

main() {
  [ $# -gt 0 ] || { echo "Usage: $0 COMMAND..." >&2; exit 2; }
  if has_public_images; then
    for program in kind kubectl helm; do
      command -v "$program" >/dev/null || { echo "Install $program, or stop Docker to use a private one." >&2; exit 1; }
    done
    exec "$@"
  fi
  can_build || exit 1
  "$HERE/install_packages.sh"
  "$HERE/build_binaries.sh"
  export KIND_IMAGE=$NODE_IMAGE PATH=$CLUSTER_BIN:$PATH
  # shellcheck disable=SC2016  # the inner shell's own arguments
  exec "$HERE/with_docker.sh" sh -c '"$1" && shift && exec "$@"' sh "$HERE/build_node_image.sh" "$@"
}

# Told before anything is built for many minutes.
can_build() {
  local missing=""
  [ "$(id -u)" = 0 ] || missing="root, for a private Docker"
  [ -f /etc/debian_version ] || missing+="${missing:+; }Debian, for the node's packages"
  command -v go >/dev/null || [ -f "$CLUSTER_BIN/.built" ] || missing+="${missing:+; }Go (https://go.dev/doc/install)"
  [ -z "$missing" ] && return
  echo "No cluster for the tests: Docker with a registry in reach is not there, and to build one without" >&2
  echo "this is missing: $missing. tests/cluster/README.md tells more." >&2
  return 1
}

has_public_images() {
  docker info >/dev/null 2>&1 && docker pull --quiet "kindest/node:$KUBE_VERSION" >/dev/null 2>&1
}

main "$@"
