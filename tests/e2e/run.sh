#!/bin/bash
# run.sh COMMAND...: builds the images under test and runs the cluster tests. Called by `make e2e` inside
# tests/cluster/run.sh.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/../.."

trainer-image/build_images.sh operator api trainer-cpu
tests/e2e/images/build.sh
kind delete cluster --quiet --name pytest-kind # one that a killed session has left
# A private Docker takes its node along when it ends, quicker than kind deletes it.
[ -z "${KIND_IMAGE:-}" ] || set -- "$@" --keep-cluster
exec "$@"
