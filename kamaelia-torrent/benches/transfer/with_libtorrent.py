"""The two ends of a transfer with libtorrent; called and answering as the ends in ours.rs."""
import sys
import time

import libtorrent as lt

SETTINGS = {
    "listen_interfaces": "127.0.0.1:0",
    "enable_dht": False, "enable_lsd": False, "enable_upnp": False, "enable_natpmp": False,
    "enable_incoming_utp": False, "enable_outgoing_utp": False,
    # Neither side encrypts.
    "in_enc_policy": 2, "out_enc_policy": 2,
    "allow_multiple_connections_per_ip": True,
    # What its manual advises for fast peers, with two threads for two cores.
    "aio_threads": 2, "hashing_threads": 2,
    "max_out_request_queue": 1500, "request_queue_time": 10,
    "send_buffer_watermark": 3 << 20, "send_buffer_low_watermark": 1 << 20,
    "send_buffer_watermark_factor": 150,
    "max_queued_disk_bytes": 32 << 20,
}


def parameters(torrent, directory):
    new = lt.add_torrent_params()
    new.ti = lt.torrent_info(torrent)
    new.save_path = directory
    new.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
    return new


def seed(session, torrent, file):
    new = parameters(torrent, file.rpartition("/")[0])
    new.flags |= lt.torrent_flags.seed_mode
    session.add_torrent(new)
    while session.listen_port() == 0:
        time.sleep(0.01)
    before = time.process_time()
    print(f"127.0.0.1:{session.listen_port()}", flush=True)
    sys.stdin.read()
    print(time.process_time() - before)


def download(session, torrent, directory, peer):
    before, since = time.process_time(), time.monotonic()
    handle = session.add_torrent(parameters(torrent, directory))
    host, port = peer.rsplit(":", 1)
    handle.connect_peer((host, int(port)))
    while not handle.status().is_seeding:
        time.sleep(0.01)
    print(time.process_time() - before, time.monotonic() - since)


session = lt.session(SETTINGS)
{"--seed": seed, "--download": download}[sys.argv[1]](session, *sys.argv[2:])
