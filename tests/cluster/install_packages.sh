#!/bin/bash
# Installs the Debian packages that a cluster of our own needs, where they are missing; needs root.
set -euo pipefail

PACKAGES=(docker.io containerd runc containernetworking-plugins iptables conntrack debootstrap socat
  ethtool jq iproute2 gcc libc6-dev)

missing=()
for package in "${PACKAGES[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0
[ "$(id -u)" = 0 ] || { echo "Install as root: apt-get install ${missing[*]}" >&2; exit 1; }
echo "Installing ${missing[*]} …"
export DEBIAN_FRONTEND=noninteractive
# Only a daemon of our own runs, inside its namespaces: no service of the machine is started.
apt-get update -qq
RUNLEVEL=1 apt-get install -qq --no-install-recommends "${missing[@]}" >/dev/null
