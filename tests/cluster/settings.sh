# Sourced by the other scripts: versions, and where everything that is built is kept (about 4 GB).
# Nothing is written elsewhere but below /run.
export CLUSTER_CACHE=${CLUSTER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/azuraforge-cluster}
export CLUSTER_BIN=$CLUSTER_CACHE/bin
export KUBE_VERSION=v1.34.4 KIND_VERSION=v0.30.0 HELM_VERSION=v4.2.4
export NODE_IMAGE=azuraforge/kind-node:$KUBE_VERSION
export DOCKER_RUN=/run/azuraforge-docker
HERE=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
