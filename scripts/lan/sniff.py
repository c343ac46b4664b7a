"""Writes every frame that goes over the interfaces of this network namespace to a file, until it is ended."""
import socket
import sys

ETH_P_ALL = 3

frames = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
frames.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
with open(sys.argv[1], "wb", buffering=0) as out:
    print("ready", flush=True)
    while True:
        out.write(frames.recv(65535))
