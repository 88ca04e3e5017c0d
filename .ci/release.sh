#!/usr/bin/env bash
# release.sh [--dry-run] VERSION: makes everything that a release publishes, into dist/.
#
# Called by .github/workflows/release.yml for a tag v1.2.3, and by `make release-dry-run` on any machine.
# What needs a registry or a signature is done by the workflow afterwards; a dry run builds the same files
# from the same tree and says what the workflow would do with them. Without Docker or buildah images are
# left out of a dry run, loudly.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/.."

BIN=.venv/bin
DRY_RUN=""
if [ "${1:-}" = --dry-run ]; then DRY_RUN=yes; shift; fi
VERSION=${1:?"Usage: $0 [--dry-run] VERSION"}
REGISTRY=${REGISTRY:-ghcr.io/azuraforge}

main() {
  check_versions
  rm -rf dist && mkdir dist
  build_wheels
  .ci/package_chart.sh "$REGISTRY" dist
  list_dependencies
  write_notes
  build_images
  (cd dist && sha256sum -- * >SHA256SUMS)
  echo "In dist/:"
  (cd dist && ls -l | awk 'NR > 1 {printf "  %10d  %s\n", $5, $9}')
  [ -z "$DRY_RUN" ] || tell_the_rest
}

# Everything that carries the version says the same one.
check_versions() {
  local found place
  for place in pyproject.toml plugins/*/pyproject.toml; do
    found=$(sed -n 's/^version = "\(.*\)"/\1/p' "$place" | head -1)
    [ "$found" = "$VERSION" ] || fail "$place says version $found; expected $VERSION."
  done
  for place in version appVersion; do
    found=$(sed -n "s/^$place: *\"\{0,1\}\([^\"]*\)\"\{0,1\}$/\1/p" charts/azuraforge/Chart.yaml)
    [ "$found" = "$VERSION" ] || fail "charts/azuraforge/Chart.yaml says $place $found; expected $VERSION."
  done
  [ -n "$DRY_RUN" ] || [ -z "$(git status --porcelain)" ] || fail "The tree has changes; commit or remove them."
}

build_wheels() {
  # The same bytes from the same commit.
  SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
  export SOURCE_DATE_EPOCH
  for project in . plugins/*/; do
    "$BIN/python" -m build --wheel --no-isolation --outdir dist "$project" >/dev/null
  done
}

# What is in each image, as CycloneDX documents made of the very locks that the images are built from.
list_dependencies() {
  for lock in requirements/{operator,api,trainer-cpu,trainer-gpu}.txt; do
    "$BIN/cyclonedx-py" requirements "$lock" --output-reproducible --of JSON \
      --output-file "dist/$(basename "$lock" .txt).cdx.json"
  done
}

write_notes() {
  "$BIN/towncrier" build --draft --version "$VERSION" 2>/dev/null >dist/RELEASE_NOTES.md
}

build_images() {
  if [ -z "$DRY_RUN" ]; then
    IMAGE_PREFIX=$REGISTRY/ IMAGE_TAG=$VERSION trainer-image/build_images.sh
  elif docker info >/dev/null 2>&1; then
    IMAGE_BUILDER=docker trainer-image/build_images.sh operator api trainer-cpu
  elif command -v buildah >/dev/null; then
    IMAGE_BUILDER=buildah trainer-image/build_images.sh operator api trainer-cpu
  else
    echo "NOT BUILT: images; neither a running Docker nor buildah is here." >&2
  fi
}

tell_the_rest() {
  echo "The workflow would now push $REGISTRY/{operator,api,trainer-cpu,trainer-gpu}:$VERSION and the chart to"
  echo "oci://$REGISTRY/charts, sign each by cosign, attach the CycloneDX lists, upload the wheels, and open"
  echo "the release v$VERSION with dist/RELEASE_NOTES.md."
}

fail() {
  echo "$*" >&2
  exit 1
}

main
