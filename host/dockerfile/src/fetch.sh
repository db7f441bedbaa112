#!/bin/sh
# What porter's stages do. Texts of mixins come as arguments and are never part of this script.
set -eu
umask 022

fail() {
  echo "porter: $*" >&2
  exit 1
}

# tools PACKAGE...: what the rest needs.
tools() {
  if command -v curl >/dev/null && [ -e /etc/ssl/certs/ca-certificates.crt ]; then :; else
    set -- ca-certificates curl "$@"
  fi
  if [ $# -eq 0 ]; then return; fi
  command -v apt-get >/dev/null ||
    fail "the base image has neither $* nor apt-get to install them, so nothing can be downloaded"
  apt-get update
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -- "$@"
}

# get PROTOCOLS URL FILE
get() {
  curl --disable --globoff --fail --silent --show-error --location --max-redirs 10 \
    --proto "=$1" --proto-redir "=$1" --connect-timeout 30 --retry 3 \
    --output "$3" --url "$2"
}

# fetch PROTOCOLS URL CHECK VALUE: the content goes to /porter/file once it is verified.
fetch() {
  get "$1" "$2" /porter/file
  case $3 in
    none) return ;;
    sha256 | sha512) sum=$4 ;;
    sums) sum=$(find_sum "$1" "$2" "$4") ;;
  esac
  check=sha256sum
  if [ ${#sum} -eq 128 ]; then check=sha512sum; fi
  printf '%s  /porter/file\n' "$sum" | "$check" -c - >/dev/null || fail "the checksum of $2 is wrong"
}

# find_sum PROTOCOLS URL SUMS: the digest for URL in a vendor's file, or the only thing in it.
find_sum() {
  get "$1" "$3" /porter/sums
  tr -d '\r' </porter/sums >/porter/sums.text
  name=${2%%[?#]*}
  name=${name##*/}
  found=
  while read -r digest file rest || [ -n "$digest" ]; do
    file=${file#\*}
    file=${file##*/}
    if [ "$file" = "$name" ] || [ -z "$found$file" ]; then found=$digest; fi
  done </porter/sums.text
  [ -n "$found" ] || fail "$3 has no checksum for $name"
  printf '%s' "$found"
}

# download PROTOCOLS URL CHECK VALUE ARCHIVE MEMBER MODE: leaves /porter/out.
download() {
  fetch "$1" "$2" "$3" "$4"
  mkdir /porter/unpacked
  found=/porter/unpacked${6:+/$6}
  case $5 in
    none) found=/porter/file ;;
    tar-gz) tar -xzof /porter/file -C /porter/unpacked ;;
    tar-xz) tar -xJof /porter/file -C /porter/unpacked ;;
    zip) unzip -q /porter/file -d /porter/unpacked ;;
  esac
  [ -e "$found" ] || fail "$2 holds no $6"
  mv "$found" /porter/out
  chmod "$7" /porter/out
}

# source NUMBER PROTOCOLS URL CHECK VALUE URI SUITE COMPONENTS: leaves files for /etc/apt.
add_source() {
  fetch "$2" "$3" "$4" "$5"
  mkdir -p /porter/out/keyrings /porter/out/sources.list.d
  kind=gpg
  if grep -q -e '-----BEGIN PGP' /porter/file; then kind=asc; fi
  key=keyrings/porter-$1.$kind
  mv /porter/file "/porter/out/$key"
  chmod 0644 "/porter/out/$key"
  . /etc/os-release
  suite=$7
  while case $suite in *'{codename}'*) true ;; *) false ;; esac; do
    suite=${suite%%'{codename}'*}$VERSION_CODENAME${suite#*'{codename}'}
  done
  {
    printf 'Types: deb\nURIs: %s\nSuites: %s\nSigned-By: /etc/apt/%s\n' "$6" "$suite" "$key"
    if [ -n "$8" ]; then printf 'Components: %s\n' "$8"; fi
  } >"/porter/out/sources.list.d/porter-$1.sources"
}

