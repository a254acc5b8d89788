#!/usr/bin/env node
// Publishes a file, and serves it until this script's own input ends: drive_seeder.mjs FILE
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const seeder = spawn("seeder", ["--json"], { stdio: ["pipe", "pipe", "inherit"] });
const ended = once(seeder, "close");
const say = (command) => seeder.stdin.write(`${command}\n`);
let published;

// A URL can hold any name: `file:///music/one%20song.ogg` is the command `file:`.
say(`@publish ${pathToFileURL(process.argv[2])}`);
for await (const line of createInterface({ input: seeder.stdout })) {
  const event = JSON.parse(line);
  if (event.event === "hello" && event.protocol !== 1) {
    throw new Error("this seeder speaks another protocol");
  }
  if (event.tag === "publish") {
    published = event.id;
  }
  if (event.event === "failed") {
    console.error(event.reason);
    say("quit");
  }
  if (event.event === "complete" && event.id === published) {
    console.log(`complete: ${event.name}, to be had with ${event.name}.torrent`);
    process.stdin.on("end", () => say("quit")).resume();
  }
}
const [status] = await ended;
process.exitCode = status ?? 1; // none if a signal has ended it
