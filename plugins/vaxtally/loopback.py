"""Ports of the address that everything we start ourselves listens on."""

import socket

HOST = "127.0.0.1"


def free_port(wanted: int = 0) -> int:
    """The wanted port of 127.0.0.1 if nobody listens on it, else any. Raises OSError where none is free."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            # As servers do: a port whose last connection has just ended, or whose server was killed, is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise OSError(f"no port is free on {HOST}")
