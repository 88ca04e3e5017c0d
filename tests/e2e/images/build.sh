#!/bin/bash
# build.sh: builds the images that only tests need, on top of the images under test. Called by run.sh.
#
#   azuraforge/operator:upgraded          another release of the operator, of the same code
#   azuraforge/stalling-trainer:dev       a stranger's plugin, whose first attempt hangs
#   allowed.invalid/out-of-gpu-memory:1   a trainer that ends as one does whose model does not fit
set -euo pipefail
cd "$(dirname "$(realpath "$0")")"

main() {
  build azuraforge/operator:upgraded - <<<$'FROM azuraforge/operator:dev\nLABEL azuraforge.io/release=upgraded'
  build azuraforge/stalling-trainer:dev stalling-trainer
  build allowed.invalid/out-of-gpu-memory:1 - <<'CONTAINERFILE'
FROM azuraforge/trainer-cpu:dev
ENTRYPOINT ["python", "-c", "raise SystemExit(71)"]
CONTAINERFILE
}

# build IMAGE CONTEXT: prints what Docker said only where that failed.
build() {
  local output
  output=$(docker build --tag "$1" "$2" 2>&1) || { echo "$output" >&2; exit 1; }
}

main
