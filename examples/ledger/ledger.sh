#!/usr/bin/env bash
# What the steps of this bundle call. Runs in /cnab/app; journal.txt is kept as the bundle's state.
set -euo pipefail

journal=journal.txt

table() {
  printf '%-4s %-8s %s\n' nr action release
  awk '{ printf "%-4d %-8s %s\n", NR, $1, $2 }' "$journal" 2>/dev/null || true
}

release() { # STAGE SETTINGS --ratio R --replicas N
  local stage=$1 settings=$2 ratio=$4 replicas=$6
  local digest
  digest=$(printf '%s|%s|%s|%s' "$stage" "$settings" "$ratio" "$replicas" | sha256sum | cut -c1-12)
  printf '{"release":"%s-%s","summary":"%s instances in %s"}\n' "$stage" "$digest" "$replicas" "$stage"
}

probe() { # RELEASE
  if grep -q " $1$" "$journal" 2>/dev/null; then
    echo "$1 is already in the journal"
  else
    echo "$1 is new" >&2
    return 3
  fi
}

record() { # ACTION RELEASE
  echo "$1 $2" >>"$journal"
  printf '%s' "$SIGNING_KEY$1$2" | sha256sum | cut -c1-16 | tr -d '\n' >signature.txt
  table >report.txt
  echo "entries=$(wc -l <"$journal")"
}

announce() { # TRUE|FALSE
  if [ "$1" = true ]; then cat announcement.txt; fi
}

audit() {
  table | tee report.txt
}

close() {
  echo "closing after $(wc -l <"$journal") entries"
}

"$@"
