#!/bin/bash
# Builds $NODE_IMAGE, a kind node, without any registry: a Debian tree, kind's own base files (from its
# Go module) and our builds of Kubernetes. Runs beside a private Docker (with_docker.sh), after
# build_binaries.sh; skips where the image is there and fits the binaries. Two minutes.
set -euo pipefail
. "$(dirname "$0")/settings.sh"

WORK=$CLUSTER_CACHE/node
ROOT=$WORK/rootfs
IMAGES=$WORK/images
LIBRARIES=/usr/lib/x86_64-linux-gnu
NAMES=()

main() {
  local stamp
  stamp=$(cat "$CLUSTER_BIN/.built" "$0" "$HERE/pause.c" | sha256sum | cut -c1-16)
  [ "$(docker inspect -f '{{index .Config.Labels "stamp"}}' "$NODE_IMAGE" 2>/dev/null)" = "$stamp" ] && exit 0
  echo "Building the node image $NODE_IMAGE …"
  KIND_MODULE=$(cd / && go mod download -json "sigs.k8s.io/kind@$KIND_VERSION" | jq -r .Dir)
  mkdir -p "$WORK"
  make_debian_tree
  add_kind_files
  adapt_to_machine
  add_kubernetes
  make_container_images
  bake_container_images
  import_node_image "$stamp"
}

make_debian_tree() {
  if [ ! -d "$WORK/debian" ]; then
    local mirror packages
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Release: bookworm' \
      'Component: main' | head -n 1)
    packages=systemd,conntrack,iptables,nftables,iproute2,ethtool,util-linux,mount,kmod,libseccomp2
    packages+=,ca-certificates,jq,procps,socat,containerd,runc,containernetworking-plugins,busybox-static
    rm -rf "$WORK/debian.part"
    debootstrap --variant=minbase "--include=$packages" bookworm "$WORK/debian.part" "$mirror" >"$WORK/debian.log" \
      || { tail "$WORK/debian.log" >&2; exit 1; }
    rm -rf "$WORK"/debian.part/var/cache/apt/* "$WORK"/debian.part/var/lib/apt/lists/* \
      "$WORK"/debian.part/usr/share/{doc,man,locale} "$WORK/debian.part/var/log/bootstrap.log"
    : >"$WORK/debian.part/etc/apt/sources.list"
    mv "$WORK/debian.part" "$WORK/debian"
  fi
  rm -rf "$ROOT"
  cp -a "$WORK/debian" "$ROOT"
}

# What kind's images/base/Dockerfile does.
add_kind_files() {
  local units=$ROOT/lib/systemd/system
  cp -r --no-preserve=mode "$KIND_MODULE/images/base/files/." "$ROOT/"
  chmod 755 "$ROOT"/usr/local/bin/* "$ROOT"/kind/bin/*
  find "$units/sysinit.target.wants/" -name systemd-tmpfiles-setup.service -delete
  rm -f "$units"/multi-user.target.wants/* "$ROOT"/etc/systemd/system/*.wants/* "$units"/local-fs.target.wants/* \
    "$units"/sockets.target.wants/*udev* "$units"/sockets.target.wants/*initctl* "$units"/basic.target.wants/*
  echo ReadKMsg=no >>"$ROOT/etc/systemd/journald.conf"
  ln -sf /lib/systemd/systemd "$ROOT/sbin/init"
  systemctl -q "--root=$ROOT" enable kubelet.service containerd.service undo-mount-hacks.service
  systemctl -q "--root=$ROOT" mask systemd-binfmt.service
  ln -sf /usr/bin/containerd /usr/bin/ctr /usr/bin/containerd-shim-runc-v2 "$ROOT/usr/local/bin/"
  ctr oci spec | jq '.hooks.createContainer |= [{"path": "/kind/bin/mount-product-files.sh"}]
    | del(.process.rlimits)' >"$ROOT/etc/containerd/cri-base.json"
  mkdir -p "$ROOT/etc/kubernetes/manifests" "$ROOT/opt/cni/bin" "$ROOT/etc/cni/net.d" "$ROOT/kind/manifests"
  cp "$ROOT"/usr/lib/cni/{host-local,loopback,ptp,portmap,bridge} "$ROOT/opt/cni/bin/"
}

# No CAP_SYS_RESOURCE, no AppArmor; containerd 1.6 names its plug-ins as kind's configuration does.
adapt_to_machine() {
  sed -i -e 's/restrict_oom_score_adj = false/restrict_oom_score_adj = true\n  disable_apparmor = true/' \
    -e 's#pause:3.10"#pause:3.10.1"#' "$ROOT/etc/containerd/config.toml"
}

# Kubernetes, and a static bridge network instead of kindnetd: there is one node.
add_kubernetes() {
  install -m755 "$CLUSTER_BIN"/{kubelet,kubectl,kubeadm} "$ROOT/usr/bin/"
  echo -n "$KUBE_VERSION" >"$ROOT/kind/version"
  cat >"$ROOT/etc/cni/net.d/10-bridge.conflist" <<'NETWORK'
{"cniVersion": "0.4.0", "name": "kindnet", "plugins": [
  {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": true, "hairpinMode": true, "mtu": 1400,
   "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.244.0.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
NETWORK
  printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cni-is-baked-in, namespace: kube-system}\n' \
    >"$ROOT/kind/manifests/default-cni.yaml"
}

# The images that kubeadm and kind run, each FROM scratch.
make_container_images() {
  rm -rf "$IMAGES"
  local name
  for name in kube-apiserver kube-controller-manager kube-scheduler; do
    install -D -m755 "$CLUSTER_BIN/$name" "$IMAGES/$name/usr/local/bin/$name"
    import_image "$name" "registry.k8s.io/$name:$KUBE_VERSION"
  done
  install -D -m755 "$CLUSTER_BIN/etcd" "$IMAGES/etcd/usr/local/bin/etcd"
  import_image etcd registry.k8s.io/etcd:3.6.5-0
  install -D -m755 "$CLUSTER_BIN/coredns" "$IMAGES/coredns/coredns"
  import_image coredns registry.k8s.io/coredns/coredns:v1.12.1 -c 'ENTRYPOINT ["/coredns"]'
  mkdir -p "$IMAGES/pause"
  gcc -Os -static -s -o "$IMAGES/pause/pause" "$HERE/pause.c"
  import_image pause registry.k8s.io/pause:3.10.1 -c 'USER 65535:65535' -c 'ENTRYPOINT ["/pause"]'
  make_kube_proxy_image
  make_storage_images
}

# import_image FOLDER NAME [docker import's options...]
import_image() {
  tar -C "$IMAGES/$1" -c . | docker import "${@:3}" - "$2" >/dev/null
  NAMES+=("$2")
}

# kube-proxy calls iptables and conntrack: their programs with the libraries these load.
make_kube_proxy_image() {
  local tree=$IMAGES/kube-proxy name variant library
  mkdir -p "$tree/usr/local/bin" "$tree/usr/sbin" "$tree$LIBRARIES" "$tree/run"
  ln -s usr/sbin usr/lib "$tree/"
  ln -s usr/lib "$tree/lib64"
  ln -s usr/sbin "$tree/bin"
  cp "$CLUSTER_BIN/kube-proxy" "$tree/usr/local/bin/"
  cp "$ROOT"/usr/sbin/{xtables-nft-multi,nft,conntrack} "$tree/usr/sbin/"
  cp -r "$ROOT$LIBRARIES/xtables" "$tree$LIBRARIES/"
  for name in iptables ip6tables; do
    for variant in "" -save -restore; do ln -s xtables-nft-multi "$tree/usr/sbin/$name$variant"; done
  done
  # shellcheck disable=SC2016  # the loop runs in the tree
  for library in $(chroot "$ROOT" sh -c \
    'for program in /usr/sbin/xtables-nft-multi /usr/sbin/nft /usr/sbin/conntrack '"$LIBRARIES"'/xtables/*.so; do
       ldd "$program"; done' | grep -oE '/lib[^ ]+' | sort -u); do
    cp -L "$ROOT$library" "$tree$LIBRARIES/"
  done
  ln -sf x86_64-linux-gnu/ld-linux-x86-64.so.2 "$tree/usr/lib/ld-linux-x86-64.so.2"
  import_image kube-proxy "registry.k8s.io/kube-proxy:$KUBE_VERSION"
}

# The storage provisioner that kind installs, under the names that its manifest uses.
make_storage_images() {
  local source=$KIND_MODULE/pkg/build/nodeimage/const_storage.go provisioner helper name
  provisioner=$(sed -n 's/.*storageProvisionerImage = "\(.*\)"/\1/p' "$source")
  helper=$(sed -n 's/.*storageHelperImage = "\(.*\)"/\1/p' "$source")
  sed -n '/^const defaultStorageManifest/,/^`$/p' "$source" \
    | sed "1d;\$d; s#\` + storageProvisionerImage + \`#$provisioner#; s#\` + storageHelperImage + \`#$helper#" \
      >"$ROOT/kind/manifests/default-storage.yaml"
  install -D -m755 "$CLUSTER_BIN/local-path-provisioner" \
    "$IMAGES/provisioner/usr/local/bin/local-path-provisioner"
  import_image provisioner "$provisioner"
  install -D -m755 "$ROOT/bin/busybox" "$IMAGES/helper/bin/busybox"
  for name in sh mkdir rm; do ln -s busybox "$IMAGES/helper/bin/$name"; done
  import_image helper "$helper"
}

# Unpacks the images into the node's containerd store, by the same containerd run here on its folder.
bake_container_images() {
  local run process digest
  run=$(mktemp -d /run/azuraforge-bake.XXXX)
  cat >"$run/config.toml" <<CONFIG
version = 2
root = "$ROOT/var/lib/containerd"
state = "$run/state"
[grpc]
address = "$run/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
path = "$run/opt"
CONFIG
  containerd -c "$run/config.toml" >"$WORK/bake.log" 2>&1 &
  process=$!
  # shellcheck disable=SC2064  # the process of now
  trap "kill $process 2>/dev/null" EXIT
  local client=(ctr -a "$run/containerd.sock" -n k8s.io)
  for _ in $(seq 50); do "${client[@]}" version >/dev/null 2>&1 && break; sleep 0.1; done
  docker save "${NAMES[@]}" >"$IMAGES/all.tar"
  "${client[@]}" images import "$IMAGES/all.tar" >/dev/null
  # Layers are not needed once they are unpacked: containerd's discard_unpacked_layers does the same.
  for digest in $("${client[@]}" content ls | awk '$2 ~ /[MG]i?B$/ || $3 ~ /^[MG]i?B$/ {print $1}'); do
    "${client[@]}" content rm "$digest" >/dev/null
  done
  # Removing an image synchronously runs the garbage collection now.
  "${client[@]}" images tag registry.k8s.io/pause:3.10.1 collect.local/garbage:1 >/dev/null
  "${client[@]}" images rm --sync collect.local/garbage:1 >/dev/null
  kill $process
  wait $process || true
  trap - EXIT
  awk -v run="$run" 'index($2, run) == 1 {print $2}' /proc/mounts | xargs -r -n1 umount
  rm -rf "$run" "$ROOT/var/lib/containerd/tmpmounts"
}

import_node_image() {
  mkdir -p "$WORK/context"
  tar -C "$ROOT" -c . | docker import - "$NODE_IMAGE-raw" >/dev/null
  cat >"$WORK/context/Dockerfile" <<DOCKERFILE
FROM $NODE_IMAGE-raw
LABEL stamp=$1
ENV container=docker
STOPSIGNAL SIGRTMIN+3
ENTRYPOINT ["/usr/local/bin/entrypoint", "/sbin/init"]
DOCKERFILE
  DOCKER_BUILDKIT=0 docker build -q -t "$NODE_IMAGE" "$WORK/context" >/dev/null 2>&1
  docker rmi -f "${NAMES[@]}" >/dev/null 2>&1 || true
  docker image prune -f >/dev/null
  rm -rf "$ROOT" "$IMAGES" "$WORK/context"
}

main
