#!/usr/bin/env bash
# Runs a command, by default the README's test command, in a bare Debian 12: what mmdebstrap makes, this machine's Node, a
# clone of the last commit, and nothing else. Where packages come from is this machine's configuration of apt and npm.
# docs/bare-root.md says what came of it.
set -euo pipefail

usage='usage: sudo tools/bare-root/run.sh [--folder FOLDER] [--keep] [COMMAND]
  --folder FOLDER  where the root goes; a root that is there is used again (default: a temporary folder, removed at the end)
  --keep           keep the temporary folder
  COMMAND          default: npm ci && npm test'

folder='' keep='' command='npm ci && npm test'
while [ $# -gt 0 ]; do
  case $1 in
    --folder) folder=${2:?$usage}; keep=1; shift 2 ;;
    --keep) keep=1; shift ;;
    -h | --help) echo "$usage"; exit 0 ;;
    -*) echo "$usage" >&2; exit 2 ;;
    *) command=$1; shift ;;
  esac
done
[ "$(id -u)" = 0 ] || { echo 'bare-root: only root can change its root: use sudo' >&2; exit 2; }
for program in mmdebstrap unshare git node npm; do
  command -v "$program" > /dev/null || { echo "bare-root: no $program: apt-get install $program" >&2; exit 4; }
done

clone=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
root=${folder:-$work/root}
finish() { rm -rf "$work/acquire.conf" "$work/mmdebstrap.log"; [ -n "$keep" ] || rm -rf --one-file-system "$work"; }
trap finish EXIT

if [ ! -e "$root/etc/debian_version" ]; then
  sources=()
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list; do
    if grep -qs bookworm "$file"; then sources+=("$file"); fi
  done
  [ ${#sources[@]} -gt 0 ] || { echo 'bare-root: apt has no source for bookworm' >&2; exit 4; }
  apt-config dump Acquire > "$work/acquire.conf"
  mmdebstrap --mode=root --variant=apt --aptopt="$work/acquire.conf" bookworm "$root" "${sources[@]}"
fi

# Node as a program and its npm, as a tarball of Node has them.
real=$(readlink -f "$(command -v node)")
install -D "$real" "$root/usr/local/bin/node"
modules=$(dirname "$real")/../lib/node_modules
mkdir -p "$root/usr/local/lib/node_modules"
cp -a "$modules/npm" "$root/usr/local/lib/node_modules/"
for name in npm npx; do ln -sfn "../lib/node_modules/npm/bin/$name-cli.js" "$root/usr/local/bin/$name"; done

# How this machine reaches the network: names, certificates, npm's registry.
for file in /etc/resolv.conf /etc/hosts /etc/ssl/certs/ca-certificates.crt; do
  if [ -e "$file" ]; then install -D -m 644 "$(readlink -f "$file")" "$root$file"; fi
done
environment=(HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  "npm_config_registry=$(npm config get registry)")
if [ -e /etc/ssl/certs/ca-certificates.crt ]; then
  environment+=(npm_config_cafile=/etc/ssl/certs/ca-certificates.crt
    NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt)
fi

rm -rf "$root/root/zeropage"
git clone -q --depth 1 "file://$clone" "$root/root/zeropage"

printf 'Debian %s, Node %s, %s, %s packages\n' "$(cat "$root/etc/debian_version")" "$(node --version)" \
  "$(git -C "$root/root/zeropage" log -1 --format=%h)" "$(find "$root/var/lib/dpkg/info" -name '*.list' | wc -l)"
# In namespaces of their own, mounts and processes end with the command.
log=$root/root/log
set +e
unshare --mount --pid --fork bash -c '
  root=$1; shift
  mount --make-rprivate /
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  mount -t sysfs sysfs "$root/sys" 2> /dev/null
  mount -t tmpfs tmpfs "$root/run"
  exec chroot "$root" env -i "$@"' bare-root \
  "$root" "${environment[@]}" bash -c "cd /root/zeropage && $command" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}
set -e
printf '\n%s: exit code %s; last lines:\n' "$command" "$status"
tail -n 5 "$log"
exit "$status"
