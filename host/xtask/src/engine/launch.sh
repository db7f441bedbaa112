# Starts the private Docker engine: run as process 1 of a process and mount namespace of its own.
# Everything mounted here disappears with the last process of the namespace, and every process of
# it dies with this one.
# Arguments: the root folder, the group of the socket, the bridge, its address, the pool of networks.
set -eu
rootfs=$1 group=$2 bridge=$3 address=$4 pool=$5

# Without a mount of its own below it, runc cannot make the root of a container private.
mount --bind "$rootfs" "$rootfs"
mount -t proc proc "$rootfs/proc"
mount --rbind /sys "$rootfs/sys"
mount --rbind /dev "$rootfs/dev"
mount -t tmpfs -o mode=755 tmpfs "$rootfs/run"

cd "$rootfs"
chroot "$rootfs" ip link show "$bridge" >/dev/null 2>&1 ||
    chroot "$rootfs" ip link add name "$bridge" type bridge
chroot "$rootfs" ip address replace "$address" dev "$bridge"
chroot "$rootfs" ip link set "$bridge" up

# The second socket is for containers that mount the engine's socket from its usual place.
exec chroot "$rootfs" /usr/bin/docker-init -- /usr/sbin/dockerd \
    -H unix:///engine/docker.sock -H unix:///run/docker.sock --group "$group" \
    --data-root /engine/data --exec-root /run/docker --pidfile /run/docker.pid \
    --bridge "$bridge" --default-address-pool "base=$pool,size=24" --ip6tables=false \
    --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent /porter-engine
