#!/usr/bin/env python3
"""Publishes a file, and serves it until this script's own input ends: drive_seeder.py FILE"""
import json, pathlib, subprocess, sys

pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
with subprocess.Popen(["seeder", "--json"], **pipes) as seeder:
    say = lambda command: print(command, file=seeder.stdin, flush=True)
    published = None

    # A URL can hold any name: `file:///music/one%20song.ogg` is the command `file:`.
    say("@publish " + pathlib.Path(sys.argv[1]).absolute().as_uri())
    for event in map(json.loads, seeder.stdout):
        if event["event"] == "hello" and event["protocol"] != 1:
            sys.exit("this seeder speaks another protocol")
        if event.get("tag") == "publish":
            published = event.get("id")
        if event["event"] == "failed":
            print(event["reason"], file=sys.stderr)
            say("quit")
        if event["event"] == "complete" and event["id"] == published:
            print(f"complete: {event['name']}, to be had with {event['name']}.torrent", flush=True)
            sys.stdin.read()
            say("quit")
sys.exit(seeder.returncode)
