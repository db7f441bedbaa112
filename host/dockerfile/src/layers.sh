# place TO OWNER: what was prepared goes into the image, a folder's content into the folder.
place() {
  case $2 in
    bundle) chown -R "$BUNDLE_UID:$BUNDLE_GID" /porter/out ;;
    root) chown -R 0:0 /porter/out ;;
  esac
  if [ -d /porter/out ]; then
    mkdir -p -- "$1"
    cp -a /porter/out/. "$1/"
  else
    mkdir -p -- "$(dirname -- "$1")"
    rm -f -- "$1"
    cp -a /porter/out "$1"
  fi
}

action=$1
shift
case $action in
  tools) tools "$@" ;;
  download)
    to=$1 owner=$2
    shift 2
    download "$@"
    place "$to" "$owner"
    ;;
  source)
    add_source "$@"
    place /etc/apt root
    ;;
esac
