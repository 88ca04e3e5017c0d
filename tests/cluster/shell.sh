#!/bin/bash
# shell.sh: a kind cluster with AzuraForge installed, and a shell in it; both end together. Called by
# `make cluster-shell` inside run.sh. Further arguments are a command to run in the shell's place.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/../.."

NAME=azuraforge NAMESPACE=training IMAGES=(azuraforge/{operator,api,trainer-cpu}:dev)
KUBECONFIG=$(mktemp)
export KUBECONFIG
trap 'kind delete cluster --quiet --name "$NAME"; rm -f "$KUBECONFIG"' EXIT

trainer-image/build_images.sh operator api trainer-cpu
kind create cluster --quiet --name "$NAME" ${KIND_IMAGE:+--image "$KIND_IMAGE"} --wait 120s
docker save "${IMAGES[@]}" | docker exec -i "$NAME-control-plane" \
  ctr -n k8s.io images import --all-platforms --digests - >/dev/null
helm install azuraforge charts/azuraforge --namespace "$NAMESPACE" --create-namespace \
  --set images.operator.tag=dev --set images.api.tag=dev --set images.trainerCpu.tag=dev \
  --set images.trainerGpu.tag=dev --set postgresql.mode=disabled \
  --set loki.mode=disabled --set prometheus.mode=disabled --set grafana.mode=disabled
kubectl config set-context --current --namespace "$NAMESPACE" >/dev/null
kubectl rollout status deployment/azuraforge-operator --timeout 300s
kubectl rollout status deployment/azuraforge-api --timeout 300s

if [ $# -gt 0 ]; then
  "$@"
else
  echo "Leaving this shell removes the cluster."
  bash -i
fi
