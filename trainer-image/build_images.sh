#!/bin/bash
# build_images.sh [operator|api|trainer-cpu|trainer-gpu]...: builds images, by default all of them.
#
# Called by `make images` and by the cluster tests. Wheels are fetched here, with this machine's own
# pip and its settings, so that build steps need no network. Settings:
#   IMAGE_BUILDER    docker or buildah; by default whichever there is
#   IMAGE_PREFIX     what names begin with (azuraforge/)
#   IMAGE_TAG        their tag (dev)
#   BASE_IMAGE       base; by default python:3.13-slim where a registry answers, else a Debian base that
#                    is made on the spot. Any tag but dev needs one with its digest, such as
#                    python:3.13-slim@sha256:…: a release can be built again from the same bytes.
#                    `docker buildx imagetools inspect python:3.13-slim` tells the digest of today.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/.."

PREFIX=${IMAGE_PREFIX:-azuraforge/}
TAG=${IMAGE_TAG:-dev}
OWN_BASE=azuraforge/python:3.11-bookworm
PUBLIC_BASE=python:3.13-slim

main() {
  local targets=("$@")
  [ ${#targets[@]} -gt 0 ] || targets=(operator api trainer-cpu trainer-gpu)
  check_base
  choose_builder
  choose_base
  local version
  version=$(python_of_base)
  fetch_wheels image-build "$version"
  for target in "${targets[@]}"; do
    fetch_wheels "$target" "$version"
    build "$target"
  done
}

check_base() {
  if [ "$TAG" = dev ] || [[ ${BASE_IMAGE:-} =~ @sha256:[0-9a-f]{64}$ ]]; then return; fi
  echo "A release (IMAGE_TAG=$TAG) is built on a base that is named by its digest, got" \
    "'${BASE_IMAGE:-nothing}'. Set BASE_IMAGE=python:3.13-slim@sha256:…;" \
    "'docker buildx imagetools inspect python:3.13-slim' tells the digest." >&2
  exit 64
}

choose_builder() {
  if [ -z "${IMAGE_BUILDER:-}" ]; then
    if command -v docker >/dev/null; then IMAGE_BUILDER=docker
    elif command -v buildah >/dev/null; then IMAGE_BUILDER=buildah
    else echo "Neither docker nor buildah is installed; install one." >&2; exit 1; fi
  fi
}

choose_base() {
  if [ -n "${BASE_IMAGE:-}" ]; then return; fi
  BASE_IMAGE=$PUBLIC_BASE
  if has_image "$BASE_IMAGE" || "$IMAGE_BUILDER" pull "$BASE_IMAGE" >/dev/null 2>&1; then return; fi
  BASE_IMAGE=$OWN_BASE
  has_image "$BASE_IMAGE" || trainer-image/debian_base.sh "$IMAGE_BUILDER" "$BASE_IMAGE"
}

has_image() {
  "$IMAGE_BUILDER" inspect --type image "$1" >/dev/null 2>&1
}

python_of_base() {
  local program='import sys; print("%d.%d" % sys.version_info[:2])'
  if [ "$IMAGE_BUILDER" = docker ]; then
    docker run --rm --network none --entrypoint python3 "$BASE_IMAGE" -c "$program"
  else
    local container
    container=$(buildah from --pull-never "$BASE_IMAGE")
    buildah run --isolation chroot "$container" python3 -c "$program"
    buildah rm "$container" >/dev/null
  fi
}

# Wheels of one lock for one Python, fetched anew only when either has changed.
fetch_wheels() {
  local name=$1 version=$2 folder=build/wheelhouse/$1 stamp
  stamp="$version $(sha256sum <"requirements/$name.txt")"
  [ "$(cat "$folder.stamp" 2>/dev/null)" = "$stamp" ] && return
  echo "Fetching the wheels of $name …"
  rm -rf "$folder"
  # pip takes every platform by its exact name; these are the C libraries up to Debian 10's.
  "${PYTHON:-python3}" -m pip download --quiet --disable-pip-version-check --require-hashes --no-deps \
    --only-binary :all: --python-version "$version" --implementation cp \
    --platform manylinux2014_x86_64 --platform manylinux_2_17_x86_64 \
    --platform manylinux_2_27_x86_64 --platform manylinux_2_28_x86_64 \
    --dest "$folder" -r "requirements/$name.txt"
  echo "$stamp" >"$folder.stamp"
}

build() {
  local image=$PREFIX$1:$TAG options=() log=build/image.log
  echo "Building $image …"
  # buildah without a container runtime; docker's own default builder.
  [ "$IMAGE_BUILDER" = buildah ] && options=(--isolation chroot --layers --pull-never)
  "$IMAGE_BUILDER" build --target "$1" --tag "$image" --file trainer-image/Containerfile \
    --build-arg "BASE_IMAGE=$BASE_IMAGE" --build-arg PIP_NO_INDEX=1 "${options[@]}" . >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
}

main "$@"
