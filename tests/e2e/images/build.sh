#!/bin/bash
# build.sh: builds the images that only tests need, on top of the images under test. Called by run.sh.
#
#   azuraforge/operator:upgraded          another release of the operator, of the same code
#   azuraforge/stalling-trainer:dev       a stranger's plugin, whose first attempt hangs
#   allowed.invalid/out-of-gpu-memory:1   a trainer that ends as one does whose model does not fit
#   stand-in.invalid/postgresql:dev       the chart's PostgreSQL, or Debian's with the same entry point
#   stand-in.invalid/{loki,collector,prometheus}:dev   those servers, with their own images' entry points;
#                                         only where tests/cluster/build_observability.sh has built them
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../../cluster/settings.sh"
cd "$(dirname "$(realpath "$0")")"

main() {
  build azuraforge/operator:upgraded - <<<$'FROM azuraforge/operator:dev\nLABEL azuraforge.io/release=upgraded'
  build azuraforge/stalling-trainer:dev stalling-trainer
  build allowed.invalid/out-of-gpu-memory:1 out-of-gpu-memory
  build_postgresql
  build_stand_ins
}

build_postgresql() {
  local image=stand-in.invalid/postgresql:dev official=postgres:17.6-bookworm base=azuraforge/debian-postgresql:15
  if docker image inspect "$official" >/dev/null 2>&1 || docker pull "$official" >/dev/null 2>&1; then
    docker tag "$official" "$image"
    return
  fi
  docker image inspect "$base" >/dev/null 2>&1 || ../../../trainer-image/debian_base.sh docker "$base" postgresql-15
  build "$image" postgresql --build-arg "BASE_IMAGE=$base"
}

build_stand_ins() {
  stand_in loki loki
  stand_in collector otelcol
  stand_in prometheus prometheus
}

# stand_in NAME PROGRAM: the program alone; its folder is the context, so that nothing else is sent.
stand_in() {
  local context
  [ -x "$CLUSTER_BIN/$2" ] || return 0 # its tests say so and are skipped
  context=$(mktemp -d)
  ln "$CLUSTER_BIN/$2" "$context/program" 2>/dev/null || cp "$CLUSTER_BIN/$2" "$context/program"
  printf 'FROM azuraforge/operator:dev\nCOPY program /usr/bin/program\nENTRYPOINT ["/usr/bin/program"]\n' >"$context/Dockerfile"
  build "stand-in.invalid/$1:dev" "$context"
  rm -rf "$context"
}

# build IMAGE CONTEXT [OPTION...]: prints what Docker said only where that failed.
build() {
  local output
  output=$(docker build --tag "$1" "${@:3}" "$2" 2>&1) || { echo "$output" >&2; exit 1; }
}

main
