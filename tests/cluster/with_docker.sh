#!/bin/bash
# with_docker.sh COMMAND...: runs a command beside a private Docker daemon, all of it inside network,
# mount and process namespaces of its own. When the command ends, or this is killed, every daemon, node,
# mount, bridge and firewall rule goes with it; images stay for the next time. Needs root.
#
# One session at a time on a machine: a second one waits.
set -euo pipefail
. "$(dirname "$0")/settings.sh"

NAMESPACE=azuraforge
SESSION_LOCK=/run/azuraforge-docker.lock
OUTER_ADDRESS=10.200.0.1 INNER_ADDRESS=10.200.0.2
export DOCKER_HOST=unix://$DOCKER_RUN/docker.sock

main() {
  [ $# -gt 0 ] || { echo "Usage: $0 COMMAND..." >&2; exit 2; }
  [ "$(id -u)" = 0 ] || { echo "A private Docker daemon needs root." >&2; exit 1; }
  mkdir -p "$CLUSTER_CACHE"
  exec 9>"$SESSION_LOCK"
  flock -n 9 || { echo "Waiting for another session's cluster to end …" >&2; flock 9; }
  # The kubelet sets the last three for the whole machine; they are set back at the end.
  SYSTEM_SETTINGS=$(sysctl net.ipv4.ip_forward vm.overcommit_memory kernel.panic kernel.panic_on_oops)
  trap clean_up EXIT
  remove_network # of a session that was killed without a chance to
  make_network
  local status=0
  nsenter --net="/var/run/netns/$NAMESPACE" \
    unshare --mount --propagation private --pid --fork --kill-child --mount-proc \
    sh -c "exec 9>&-; $(inside_namespaces)" sh "$@" || status=$?
  return $status
}

inside_namespaces() {
  echo "mkdir -p $DOCKER_RUN && mount -t tmpfs tmpfs $DOCKER_RUN && mount -t tmpfs tmpfs /var/run/netns;"
  echo "mount -t tmpfs tmpfs /run/docker 2>/dev/null;"
  echo "'$HERE/start_dockerd.sh' && \"\$@\""
}

make_network() {
  local device mtu
  device=$(ip route show default | sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -n 1)
  mtu=$(cat "/sys/class/net/${device:-lo}/mtu")
  ip netns add "$NAMESPACE"
  ip link add "v-$NAMESPACE" type veth peer name eth0 netns "$NAMESPACE"
  ip addr add "$OUTER_ADDRESS/30" dev "v-$NAMESPACE"
  ip link set "v-$NAMESPACE" mtu "$mtu" up
  ip -n "$NAMESPACE" link set lo up
  ip -n "$NAMESPACE" addr add "$INNER_ADDRESS/30" dev eth0
  ip -n "$NAMESPACE" link set eth0 mtu "$mtu" up
  ip -n "$NAMESPACE" route add default via "$OUTER_ADDRESS"
  sysctl -q -w net.ipv4.ip_forward=1
  iptables -t nat -A POSTROUTING -s "$INNER_ADDRESS/32" ! -o "v-$NAMESPACE" -j MASQUERADE
}

remove_network() {
  iptables -t nat -D POSTROUTING -s "$INNER_ADDRESS/32" ! -o "v-$NAMESPACE" -j MASQUERADE 2>/dev/null || true
  ip link del "v-$NAMESPACE" 2>/dev/null || true
  ip netns del "$NAMESPACE" 2>/dev/null || true
}

clean_up() {
  remove_network
  echo "$SYSTEM_SETTINGS" | sysctl -q -p - >/dev/null || true
  local hierarchy
  for _ in 1 2 3; do # control groups go once their last process has
    for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/*; do
      [ -d "$hierarchy/azuraforge" ] || continue
      find "$hierarchy/azuraforge" -depth -type d -exec rmdir {} \; 2>/dev/null || true
    done
    sleep 0.3
  done
}

main "$@"
