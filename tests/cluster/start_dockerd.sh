#!/bin/bash
# A private Docker daemon; called by with_docker.sh alone, inside its namespaces.
set -euo pipefail
. "$(dirname "$0")/settings.sh"

# Everything in the cluster together is one group to the scheduler. With the weight of one process it
# would stand still on a machine where others are busy.
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
  weight=/sys/fs/cgroup/azuraforge/cpu.weight value=800
else
  weight=/sys/fs/cgroup/cpu/azuraforge/cpu.shares value=8192
fi
mkdir -p "$(dirname "$weight")" && [ -w "$weight" ] && echo "$value" >"$weight" || true

mkdir -p "$CLUSTER_CACHE/docker"
sysctl -q -w net.ipv4.ip_forward=1
setsid dockerd --host "$DOCKER_HOST" --data-root "$CLUSTER_CACHE/docker" --exec-root "$DOCKER_RUN/exec" \
  --pidfile "$DOCKER_RUN/pid" --storage-driver overlay2 --cgroup-parent /azuraforge \
  --default-cgroupns-mode private --mtu "$(cat /sys/class/net/eth0/mtu)" \
  --add-runtime nocap="$HERE/runc_without_resource_capability.sh" --default-runtime nocap \
  >"$CLUSTER_CACHE/dockerd.log" 2>&1 </dev/null &
for _ in $(seq 150); do
  docker info >/dev/null 2>&1 && break
  sleep 0.2
done
if docker info >/dev/null 2>&1; then
  # Nodes of a session that was killed would start again, half alive.
  docker ps --all --quiet | xargs -r docker rm --force --volumes >/dev/null
  docker image prune --force --filter until=72h >/dev/null # layers of builds long ago
  exit 0
fi
echo "dockerd did not start; its log is $CLUSTER_CACHE/dockerd.log" >&2
exit 1
