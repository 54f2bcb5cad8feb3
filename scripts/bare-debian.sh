#!/usr/bin/env bash
# Proves that a bare Debian 12 becomes a working vidcsl machine with one command.
#
#   sudo scripts/bare-debian.sh [COMMAND...]        default: make demo
#
# Makes a minimal Debian 12 root (debootstrap, minbase) in a temporary folder, adds Go, make and CA
# certificates, clones the current HEAD into it, runs COMMAND there by chroot and checks its exit
# status. Prints the seconds spent in all and since the last package was installed.
# Exit: COMMAND's status; 77 (skipped) without root, debootstrap or a mirror; 1 if the setup failed.
#
# Environment:
#   VIDCSL_BARE_EXPECT   paths, relative to the checkout, that COMMAND must leave (default for
#                        "make demo": bin/vidcsl)
#   VIDCSL_BARE_LIMIT    fail if COMMAND takes more seconds than this after its last package
#   VIDCSL_BARE_TIMEOUT  kill everything after this many seconds (default 1800)
#   VIDCSL_DEBIAN_MIRROR used when apt knows no bookworm mirror
#   TMPDIR               where the root is made (about 2 GB)
# Registry settings (GOPROXY, GOFLAGS, pip, http proxies, apt's Acquire options) are passed on.
#
# Everything is mounted in a mount and process namespace of its own: mounts and left-over processes
# vanish with it, however it ends, before the folder is removed.
set -euo pipefail

readonly suite=bookworm
say() { printf 'bare-debian: %s\n' "$*" >&2; }
skip() { say "skipped: $*"; exit 77; }
die() { say "$*"; exit 1; }

# repos prints "URI RELEASE COMPONENT" for each bookworm repository that apt on this machine uses.
repos() {
	# shellcheck disable=SC2016 # apt's own placeholders, not the shell's
	{ apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null || true; } |
		sort -u | awk -v s="$suite" '$2 ~ "^" s "(-updates|-security)?$" && $3 == "main"'
}

# inside runs in the namespaces: builds the root and runs the command. $1 is the root.
inside() {
	local root=$1 mirror=$2
	shift 2
	local src=$root/src/vidcsl began packages status=0 path

	say "debootstrap $suite"
	debootstrap --variant=minbase --include=make,ca-certificates "$suite" "$root" "$mirror" >"$root.log" 2>&1 ||
		{ tail -n 20 "$root.log" >&2; die "debootstrap failed"; }

	say "adding Go and the checkout"
	cp -a "$goroot" "$root/usr/local/go"
	git clone --quiet --no-hardlinks "$repo" "$src"
	settings "$root"

	# debootstrap may leave its own /proc and /sys mounted
	mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
	mountpoint -q "$root/dev/shm" || { mkdir -p "$root/dev/shm"; mount -t tmpfs tmpfs "$root/dev/shm"; }
	mkdir -p "$root/dev/pts"
	mountpoint -q "$root/dev/pts" || mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
	ln -sf pts/ptmx "$root/dev/ptmx"
	for path in null zero full random urandom tty; do
		[ -e "$root/dev/$path" ] || : >"$root/dev/$path"
		mount --bind "/dev/$path" "$root/dev/$path"
	done

	say "running: $*"
	began=$(date +%s)
	chroot "$root" /usr/bin/env -i "${environment[@]}" \
		/bin/sh -c 'cd /src/vidcsl && exec "$@"' sh "$@" || status=$?
	packages=$(stat -c %Y "$root/var/lib/dpkg/status")
	[ "$packages" -gt "$began" ] || packages=$began
	local now total after
	now=$(date +%s) total=$(($(date +%s) - began)) after=$((now - packages))
	printf '{"command":"%s","status":%d,"seconds":%d,"seconds_after_packages":%d}\n' "$*" "$status" "$total" "$after"

	[ "$status" -eq 0 ] || { say "the command failed with status $status"; exit "$status"; }
	for path in $expect; do
		[ -s "$src/$path" ] || [ -d "$src/$path" ] || die "the command succeeded but left no $path"
	done
	if [ -n "${VIDCSL_BARE_LIMIT:-}" ] && [ "$after" -gt "$VIDCSL_BARE_LIMIT" ]; then
		die "$after s after the last package, more than the allowed $VIDCSL_BARE_LIMIT s"
	fi
	say "ok"
}

# settings copies what this machine needs to reach its package mirrors into the root.
settings() {
	local root=$1 file
	repos | awk '{ print "deb", $1, $2, $3 }' >"$root/etc/apt/sources.list"
	[ -s "$root/etc/apt/sources.list" ] || echo "deb $mirror $suite main" >"$root/etc/apt/sources.list"
	{ grep -ls '^[[:space:]]*Acquire' /etc/apt/apt.conf /etc/apt/apt.conf.d/* || true; } | while read -r file; do
		cp "$file" "$root/etc/apt/apt.conf.d/"
	done
	for file in /etc/resolv.conf /etc/hosts /etc/pip.conf; do
		[ ! -e "$file" ] || cp -L "$file" "$root$file"
	done
	local bundle=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
	[ ! -e "$bundle" ] || cp -L "$bundle" "$root/etc/ssl/certs/ca-certificates.crt"
	if compgen -G '/usr/local/share/ca-certificates/*.crt' >/dev/null; then
		cp -L /usr/local/share/ca-certificates/*.crt "$root/usr/local/share/ca-certificates/"
	fi
}

# collect fills environment with what the command sees in the root.
collect() {
	local name value
	environment=(HOME=/root LANG=C.UTF-8 TERM=dumb DEBIAN_FRONTEND=noninteractive GOTOOLCHAIN=local
		PATH=/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
	for name in GOPROXY GOSUMDB GONOSUMDB GOPRIVATE GOFLAGS GOINSECURE; do
		value=$(go env "$name")
		[ -z "$value" ] || environment+=("$name=$value")
	done
	for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY \
		PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_TRUSTED_HOST PIP_DEFAULT_TIMEOUT PIP_DISABLE_PIP_VERSION_CHECK; do
		[ -z "${!name:-}" ] || environment+=("$name=${!name}")
	done
}

# unmounted succeeds if nothing is mounted at or under $1.
unmounted() { ! awk '{ print $5 }' /proc/self/mountinfo | grep -qE "^$1(/|\$)"; }

cleanup() {
	if ! unmounted "$work"; then
		awk '{ print $5 }' /proc/self/mountinfo | grep -E "^$work/" | sort -r | while read -r at; do
			umount "$at" || umount -l "$at" || true
		done
	fi
	if unmounted "$work"; then
		rm -rf --one-file-system "$work"
	else
		say "left $work in place: something is still mounted in it"
	fi
}

if [ "${1:-}" = --inside ]; then # the second half, in the namespaces
	work=$2 repo=$3 goroot=$4 expect=$5 mirror=$6
	shift 6
	environment=()
	collect
	inside "$work/root" "$mirror" "$@"
	exit
fi

[ "$(id -u)" -eq 0 ] || skip "needs root for debootstrap and chroot"
for tool in debootstrap unshare chroot git go; do
	command -v "$tool" >/dev/null || skip "needs $tool"
done
mirror=$(repos | awk -v s="$suite" '$2 == s { print $1; exit }')
mirror=${mirror:-${VIDCSL_DEBIAN_MIRROR:-}}
[ -n "$mirror" ] || skip "apt knows no $suite mirror; set VIDCSL_DEBIAN_MIRROR"
repo=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
goroot=$(go env GOROOT)
expect=${VIDCSL_BARE_EXPECT:-}
if [ $# -eq 0 ]; then
	set -- make demo
	expect=${expect:-bin/vidcsl}
fi
if [ -z "${http_proxy:-}" ]; then # debootstrap does not read apt's proxy setting
	eval "$(apt-config shell proxy Acquire::http::Proxy)"
	[ -z "${proxy:-}" ] || export http_proxy=$proxy
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/vidcsl-bare.XXXXXXXX")
work=$(realpath "$work")
child=
trap cleanup EXIT
trap '[ -z "$child" ] || kill -KILL "$child" 2>/dev/null || true; exit 130' INT TERM HUP
chmod 755 "$work"
mkdir "$work/root"

timeout --kill-after=10 "${VIDCSL_BARE_TIMEOUT:-1800}" \
	unshare --mount --pid --fork --kill-child --propagation private --mount-proc \
	"$BASH" "$(realpath "$0")" --inside "$work" "$repo" "$goroot" "$expect" "$mirror" "$@" &
child=$!
wait "$child"
