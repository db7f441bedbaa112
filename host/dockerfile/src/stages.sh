action=$1
shift
case $action in
  tools) tools "$@" ;;
  download) download "$@" ;;
  source) add_source "$@" ;;
esac
