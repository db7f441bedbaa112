# Runs a program in a root of its own: everything that is there, and an empty /cnab.
set -eu
umask 0
root=$1
shift
mount -t tmpfs tmpfs "$root"
for entry in /*; do
  name=${entry##*/}
  if [ "$name" = cnab ]; then continue; fi
  if [ -L "$entry" ]; then
    ln -s "$(readlink "$entry")" "$root/$name"
  elif [ -d "$entry" ]; then
    mkdir "$root/$name"
    mount --rbind "$entry" "$root/$name"
  fi
done
mkdir "$root/cnab"
exec chroot "$root" "$@"
