#!/bin/bash
# A LAN without a computer around it: N hosts h1, h2, … (10.77.0.11, 10.77.0.12, …) as network namespaces on one
# bridge, without a router and without any way out. Needs no root, only user namespaces (Linux).
#
#   scripts/lan/lab.sh 3 ip netns exec h1 ip addr
set -eu
exec unshare -rnm bash -euc '
  hosts=$1; shift
  mount -t tmpfs none /run; mkdir -p /run/netns
  ip link set lo up
  ip link add br0 type bridge; ip link set br0 up
  for i in $(seq "$hosts"); do
    ip netns add "h$i"
    ip link add "v$i" type veth peer name eth0 netns "h$i"
    ip link set "v$i" master br0 up
    ip -n "h$i" link set lo up
    ip -n "h$i" addr add "10.77.0.1$i/24" brd + dev eth0
    ip -n "h$i" link set eth0 up
  done
  set +e; "$@"' lab "$@"
