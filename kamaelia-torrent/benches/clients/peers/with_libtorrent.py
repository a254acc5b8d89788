"""What a client does, done with libtorrent; called as libtorrent.rs beside it says."""
import glob
import os
import signal
import sys

import libtorrent as lt

SETTINGS = {
    "enable_dht": False, "enable_lsd": False, "enable_upnp": False, "enable_natpmp": False,
    "enable_incoming_utp": False, "enable_outgoing_utp": False,
    # Neither side encrypts.
    "in_enc_policy": 2, "out_enc_policy": 2,
    "allow_multiple_connections_per_ip": True,
    # A tracker on this machine is one like others.
    "ssrf_mitigation": False,
    "connections_limit": 4000, "unchoke_slots_limit": 64, "listen_queue_size": 512,
    "active_seeds": -1, "active_limit": 100000, "active_checking": 4,
    # What its manual advises for fast peers, with two threads for two cores.
    "aio_threads": 2, "hashing_threads": 2,
    "max_out_request_queue": 1500, "request_queue_time": 10,
    "send_buffer_watermark": 3 << 20, "send_buffer_low_watermark": 1 << 20,
    "send_buffer_watermark_factor": 150,
    "max_queued_disk_bytes": 32 << 20,
}


def session(address="127.0.0.1:0"):
    known = lt.default_settings()
    settings = {**SETTINGS, "listen_interfaces": address}
    return lt.session({key: value for key, value in settings.items() if key in known}, 0)


def parameters(torrent, directory, resume=None):
    if resume and os.path.exists(resume):
        with open(resume, "rb") as file:
            new = lt.read_resume_data(file.read())
    else:
        new = lt.add_torrent_params()
    new.ti = lt.torrent_info(torrent)
    new.save_path = directory
    new.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
    return new


def make(path, piece_length, out):
    files = lt.file_storage()
    lt.add_files(files, path)
    # 64 is create_torrent::v1_only, which the binding does not name.
    new = lt.create_torrent(files, piece_size=int(piece_length), flags=64)
    lt.set_piece_hashes(new, os.path.dirname(path))
    with open(out, "wb") as file:
        file.write(lt.bencode(new.generate()))


def get(torrent, directory):
    here = session()
    handle = here.add_torrent(parameters(torrent, directory))
    while not handle.status().is_seeding:
        here.wait_for_alert(5)
        here.pop_alerts()
    # Without the goodbyes to trackers.
    os._exit(0)


def seed(torrent, directory, address):
    here = session(address)
    here.add_torrent(parameters(torrent, directory))
    signal.pause()


def many(torrents, directory, address, state):
    """Keeps what it knows once all are complete, for the next run."""
    here = session(address)
    resume = {}
    for torrent in sorted(glob.glob(torrents + "/*.torrent")):
        kept = os.path.join(state, os.path.basename(torrent))
        handle = here.add_torrent(parameters(torrent, directory, kept))
        if not os.path.exists(kept):
            resume[str(handle.info_hash())] = (handle, kept)
    waiting = dict(resume)
    while resume:
        for name, (handle, _) in list(waiting.items()):
            if handle.status().is_seeding:
                handle.save_resume_data()
                del waiting[name]
        here.wait_for_alert(100)
        for alert in here.pop_alerts():
            if isinstance(alert, lt.save_resume_data_alert):
                _, kept = resume.pop(str(alert.handle.info_hash()))
                with open(kept, "wb") as file:
                    file.write(lt.write_resume_data_buf(alert.params))
    signal.pause()


globals()[sys.argv[1]](*sys.argv[2:])
