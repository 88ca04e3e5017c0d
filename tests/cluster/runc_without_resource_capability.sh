#!/bin/bash
# An OCI runtime for machines without CAP_SYS_RESOURCE: Docker asks for all capabilities when a
# container (or a program in it) is privileged, and runc fails where one is not to be had.
config='' previous=''
for argument in "$@"; do
  case $previous in
    --bundle | -b) config=$argument/config.json ;;
    --process | -p) config=$argument ;;
  esac
  previous=$argument
done
case " $* " in
  *" create "* | *" exec "*) [ -f "$config" ] && sed -i 's/"CAP_SYS_RESOURCE",//g' "$config" ;;
esac
exec "$(command -v runc)" "$@"
