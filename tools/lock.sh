#!/usr/bin/env bash
# Resolve pyproject.toml into hashed requirement files for every platform and Python from 3.11 on; no index addresses are written.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() {
  .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate "$@"
}
compile pyproject.toml --extra build --output-file locks/core.txt
media="--extra speech --extra whisper-base --extra sherpa --extra microphone --extra vision --extra faces"
# shellcheck disable=SC2086 - several words on purpose
compile pyproject.toml --extra build $media --constraints locks/core.txt --output-file locks/media.txt
compile pyproject.toml --extra build --extra dev --constraints locks/media.txt --output-file locks/dev.txt
compile pyproject.toml --extra build --extra dev --extra bench --constraints locks/dev.txt --output-file locks/bench.txt
echo "uv==$(.venv/bin/uv --version | cut -d' ' -f2)" | compile - --output-file locks/uv.txt
