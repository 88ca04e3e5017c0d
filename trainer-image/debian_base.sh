#!/bin/bash
# debian_base.sh BUILDER IMAGE [PACKAGE...]: makes an image out of Debian bookworm's packages, by default
# a base image with Python 3.11.
#
# Called by build_images.sh where no registry is in reach; needs root, debootstrap and a Debian mirror.
set -euo pipefail

builder=$1 image=$2
shift 2
packages=${*:-python3 python3-venv ca-certificates}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# The mirror that this machine uses itself.
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Release: bookworm' \
  'Component: main' | head -n 1)
echo "Making the image $image out of Debian packages …"
debootstrap --variant=minbase --include="${packages// /,}" bookworm \
  "$folder/rootfs" "$mirror" >"$folder/log" || { tail "$folder/log" >&2; exit 1; }
rm -rf "$folder"/rootfs/var/cache/apt/* "$folder"/rootfs/var/lib/apt/lists/* \
  "$folder"/rootfs/usr/share/{doc,man,locale} "$folder"/rootfs/var/log/*
: >"$folder/rootfs/etc/apt/sources.list"  # package sources are the machine's affair, not the image's

if [ "$builder" = docker ]; then
  tar -C "$folder/rootfs" -c . | docker import --change 'CMD ["python3"]' - "$image" >/dev/null
else
  container=$(buildah from scratch)
  buildah add --quiet "$container" "$folder/rootfs" / >/dev/null
  buildah commit --quiet "$container" "$image" >/dev/null
  buildah rm "$container" >/dev/null
fi
