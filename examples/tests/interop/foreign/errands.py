"""libtorrent on errands: run Plain|Encrypted DIR TORRENT|MAGNET..., show TORRENT, create PATH OUT TRACKER V1|Hybrid."""

import os
import sys
import threading
import time

import libtorrent as lt


def run(secrecy, directory, *torrents):
    policy = lt.enc_policy.pe_forced if secrecy == "Encrypted" else lt.enc_policy.pe_enabled
    session = lt.session({
        "listen_interfaces": "127.0.0.1:0",
        "outgoing_interfaces": "127.0.0.1",
        "enable_dht": False,
        "enable_lsd": False,
        "enable_upnp": False,
        "enable_natpmp": False,
        # It would wait for some seconds, each time, for an answer over UDP.
        "enable_outgoing_utp": False,
        # All peers have the same address here.
        "allow_multiple_connections_per_ip": True,
        "in_enc_policy": policy,
        "out_enc_policy": policy,
        "allowed_enc_level": lt.enc_level.pe_rc4 if secrecy == "Encrypted" else lt.enc_level.pe_both,
        "alert_mask": lt.alert.category_t.error_notification
        | lt.alert.category_t.status_notification
        | lt.alert.category_t.storage_notification
        | lt.alert.category_t.connect_notification,
    })
    print("listening", session.listen_port())
    handles = []
    for torrent in torrents:
        if torrent.startswith("magnet:"):
            parameters = lt.parse_magnet_uri(torrent)
        else:
            parameters = lt.add_torrent_params()
            parameters.ti = lt.torrent_info(torrent)
        parameters.save_path = directory
        # All at once, instead of a few at a time; and with nobody but the peers of the test.
        parameters.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
        parameters.flags |= lt.torrent_flags.disable_pex
        handles.append(session.add_torrent(parameters))
    flushing = set()
    while True:
        for handle in handles:
            if handle not in flushing and handle.status().is_seeding:
                flushing.add(handle)
                handle.flush_cache()
        # Not `wait_for_alert`: the alert it gives may be moved while Python looks at it, which has crashed.
        time.sleep(0.05)
        for alert in session.pop_alerts():
            if isinstance(alert, lt.cache_flushed_alert):
                print("complete", alert.handle.info_hashes().v1)
            else:
                print(type(alert).__name__, alert)


def show(torrent):
    print(lt.torrent_info(torrent).info_hashes().v1)


def create(path, out, tracker, version):
    files = lt.file_storage()
    lt.add_files(files, path)
    flags = lt.create_torrent.v1_only if version == "V1" else 0
    torrent = lt.create_torrent(files, 0, flags)
    torrent.add_tracker(tracker)
    lt.set_piece_hashes(torrent, os.path.dirname(path))
    with open(out, "wb") as file:
        file.write(lt.bencode(torrent.generate()))


def end_with_input():
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    errand, *arguments = sys.argv[1:]
    if errand == "run":
        threading.Thread(target=end_with_input, daemon=True).start()
    {"run": run, "show": show, "create": create}[errand](*arguments)
