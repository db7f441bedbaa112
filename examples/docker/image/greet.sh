#!/bin/sh
# greet once|stay
echo "$GREETING"
if [ "$1" = stay ]; then
  # The first process of a container ignores signals that it does not handle.
  trap 'exit 0' TERM INT
  while :; do
    sleep 60 &
    wait $!
  done
fi
