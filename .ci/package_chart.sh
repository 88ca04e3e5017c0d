#!/usr/bin/env bash
# package_chart.sh REGISTRY FOLDER: packs the chart into FOLDER, with our images where a release pushes them.
#
# Called by .ci/release.sh. In the tree the names have no registry: who builds images has them under these.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/.."

REGISTRY=${1:?"Usage: $0 REGISTRY FOLDER"}
FOLDER=${2:?"Usage: $0 REGISTRY FOLDER"}
SECRETS=grafana.existingSecret=lint,postgresql.existingSecret=lint,api.existingSecret=lint

HELM=$(command -v helm || ls "${XDG_CACHE_HOME:-$HOME/.cache}/azuraforge-cluster/bin/helm" 2>/dev/null) || {
  echo "helm is not installed; \`make cluster\` builds one." >&2
  exit 1
}
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -r charts/azuraforge "$copy/"
sed -i "s|\"azuraforge/|\"$REGISTRY/|" "$copy/azuraforge/values.yaml" "$copy/azuraforge/README.md"
"$HELM" lint --strict "$copy/azuraforge" --set "$SECRETS" >/dev/null
"$HELM" package "$copy/azuraforge" --destination "$FOLDER" >/dev/null
