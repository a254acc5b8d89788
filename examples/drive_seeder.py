#!/usr/bin/env python3
"""Publishes a file for as long as its own input stays open: drive_seeder.py FILE"""
import json, subprocess, sys

pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
with subprocess.Popen(["seeder", "--json"], **pipes) as seeder:
    print(f"file:{sys.argv[1]}", file=seeder.stdin, flush=True)
    for event in map(json.loads, seeder.stdout):
        if event["event"] == "failed":
            sys.exit(event["reason"])
        if event.get("percent") == 100:
            print(f"complete: {event['name']}, to be had with {event['name']}.torrent", flush=True)
            sys.stdin.read()
            seeder.stdin.close()
sys.exit(seeder.returncode)
