"""Which port a server of ours is given."""

import socket

from vaxtally.loopback import HOST, free_port


def test_port_of_a_server_that_ended_under_its_clients_is_free_again() -> None:
    """Whoever closes first keeps the connection's end for a while: of a killed server, that is its port."""
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection((HOST, port)) as client:
            served, _ = server.accept()
            served.close()
            assert client.recv(1) == b""
    assert free_port(port) == port


def test_port_that_somebody_listens_on_is_not() -> None:
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
        assert free_port(port) not in {port, 0}
