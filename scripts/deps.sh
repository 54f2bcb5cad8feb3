#!/usr/bin/env bash
# Finds what vidcsl needs from the system, and installs it where that is possible.
#
#   scripts/deps.sh build|test     what to have: for building, or for running the tests as well
#
# On Debian and Ubuntu missing packages are installed with apt, by sudo if not root. Elsewhere the needed packages are
# printed. Exit: 0 all there; 1 something is missing, or FFmpeg has a version this module does not build against.
set -euo pipefail

readonly need=${1:-build}
readonly libs=(libavcodec libavformat libavutil libswscale libswresample libavfilter libavdevice)
readonly build_packages=(gcc libc6-dev pkg-config libavcodec-dev libavformat-dev libavutil-dev libswscale-dev libswresample-dev libavfilter-dev libavdevice-dev)
readonly test_packages=(ffmpeg python3 python3-venv)

say() { printf 'deps: %s\n' "$*" >&2; }

# missing prints the Debian packages of what is not there; nothing when all is.
missing() {
	local lib
	command -v gcc >/dev/null || command -v cc >/dev/null || echo gcc libc6-dev
	[ -e /usr/include/stdlib.h ] || [ ! -e /etc/debian_version ] || echo libc6-dev
	if ! command -v pkg-config >/dev/null; then
		printf '%s\n' "${build_packages[@]}"
	else
		for lib in "${libs[@]}"; do pkg-config --exists "$lib" || echo "$lib-dev"; done
	fi
	[ "$need" = test ] || return 0
	command -v ffmpeg >/dev/null && command -v ffprobe >/dev/null || echo ffmpeg
	python3 -c 'import venv, ensurepip' 2>/dev/null || echo python3 python3-venv
}

install_missing() {
	local -a packages
	read -ra packages <<<"$(missing | tr ' ' '\n' | sort -u | tr '\n' ' ')"
	[ ${#packages[@]} -gt 0 ] || return 0
	if ! command -v apt-get >/dev/null; then
		say "missing; install with your system's package manager what Debian calls: ${build_packages[*]}"
		[ "$need" = build ] || say "and, for the tests: ${test_packages[*]}"
		return 1
	fi
	local -a as_root=()
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null || { say "not root and no sudo; as root, run: apt-get install ${packages[*]}"; return 1; }
		as_root=(sudo)
	fi
	say "installing ${packages[*]}"
	"${as_root[@]}" apt-get update -qq
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
	if [ -n "$(missing)" ]; then
		say "still missing after the installation: $(missing | tr '\n' ' ')"
		return 1
	fi
}

# check_ffmpeg says which go-astiav matches when FFmpeg is not the version that FFMPEG asks for.
# Tested: 5.1 (Debian 12), 7.1 (Debian 13), 8.0 (Ubuntu 26.04); see docs/design/006-ffmpeg-versions.md.
check_ffmpeg() {
	local version found astiav
	version=$(pkg-config --modversion libavcodec)
	case ${version%%.*} in
	59) found=5 astiav="v0.16.0 (go.mod)" ;;
	61) found=7 astiav="v0.39.0 (go.ffmpeg7.mod)" ;;
	62) found=8 astiav="v0.42.0 (go.ffmpeg8.mod)" ;;
	*) say "found libavcodec $version; vidcsl builds against FFmpeg 5.1 (libavcodec 59, go-astiav v0.16.0), 7 (61, v0.39.0) and 8 (62, v0.42.0)"; return 1 ;;
	esac
	[ "${FFMPEG:-5}" = "$found" ] && return
	say "found FFmpeg $found (libavcodec $version): use make FFMPEG=$found, which builds against it with go-astiav $astiav"
	return 1
}

# install_onednn tries to install the library that the CPU engine opens when it runs, for the tests. Without it they run on the
# reference kernels, and systems with another version have no such package: so nothing here is an error.
install_onednn() {
	if [ "$need" != test ] || /sbin/ldconfig -p | grep -q 'libdnnl\.so\.2' || ! command -v apt-get >/dev/null; then return 0; fi
	local -a as_root=()
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null || return 0
		as_root=(sudo -n)
	fi
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends libdnnl2 >/dev/null 2>&1 ||
		say "libdnnl2 (oneDNN 2) cannot be installed: the CPU engine is tested on its reference kernels"
}

# install_chromium tries to install the browser that the tests look at reports with. Without it they skip that, and systems other than Debian
# call it otherwise: so nothing here is an error.
install_chromium() {
	if [ "$need" != test ] || command -v chromium chromium-browser google-chrome >/dev/null || ! command -v apt-get >/dev/null; then return 0; fi
	local -a as_root=()
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null || return 0
		as_root=(sudo -n)
	fi
	say "installing chromium, to look at reports with"
	{ "${as_root[@]}" apt-get update -qq &&
		"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } >/dev/null 2>&1 ||
		say "chromium cannot be installed: reports are tested without a browser"
}

install_missing
check_ffmpeg
install_onednn
install_chromium
