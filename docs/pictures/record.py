#!/usr/bin/env python3
"""Records two terminals of one machine, in which two seeders meet, as one SVG that moves.

    record.py DIRECTORY_OF_SEEDER OUT.svg

Nothing in the recording is written by hand but what is typed: two shells run behind two terminals, and
each change of what they show becomes a frame, with the time at which it came. Needs pyte (pip install
pyte), which knows what a terminal shows.
"""

import fcntl, html, os, pty, select, shutil, signal, struct, sys, tempfile, termios, time

import pyte

COLUMNS, ROWS = 82, 14
PROMPT = "$ "
TITLES = ["one seeder", "another seeder, on the same machine"]
# Who types what, and what shows that it is done.
SESSION = [
    (0, "seeder --dir torrents", None),
    (0, "file:song one.ogg", ":100"),
    (1, 'echo "torrent:$PWD/torrents/song one.ogg.torrent" | seeder --dir copy', PROMPT),
    (1, 'cmp "song one.ogg" "copy/song one.ogg" && echo the same', PROMPT),
    (0, "list", "0:list:0"),
    (0, "quit", PROMPT),
]
PATIENCE = 60.0     # seconds until a step counts as failed
KEY, REST, END = 0.045, 0.9, 4.0    # seconds: between keys, between steps, before it begins again
FRAME = 0.08        # seconds: changes that come faster become one frame

COLOURS = {
    "default": "#d8dee9", "black": "#4c566a", "red": "#e06c75", "green": "#98c379",
    "brown": "#e5c07b", "blue": "#61afef", "magenta": "#c678dd", "cyan": "#56b6c2",
    "white": "#eceff4", "title": "#8b95a7",
}
LETTER, LINE, MARGIN, HEAD = 8.4, 18, 12, 30


class Terminal:
    """A shell, and what its terminal shows."""

    def __init__(self, place, programs):
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self.stream = pyte.ByteStream(self.screen)
        environment = {
            "HOME": place, "PATH": f"{programs}:/usr/bin:/bin", "TERM": "xterm-256color",
            "LANG": "C.UTF-8", "PS1": PROMPT, "HISTFILE": "/dev/null",
            # The recording stays on this machine.
            "SEEDER_LISTEN": "127.0.0.1:0", "SEEDER_TRACKER_LISTEN": "127.0.0.1:0",
            # Slow enough to be seen.
            "SEEDER_MAX_DOWN": "6M",
        }
        self.child, self.tty = pty.fork()
        if self.child == 0:
            os.chdir(place)
            shell = ["bash", "--noprofile", "--norc", "--noediting", "-i"]
            os.execvpe("bash", shell, environment)
        fcntl.ioctl(self.tty, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))

    def rows(self):
        """What is shown: for each row runs of letters with their colour, without what is empty."""
        rows = []
        for y in range(ROWS):
            runs = []
            for x in range(COLUMNS):
                letter = self.screen.buffer[y][x]
                look = (letter.fg, letter.bold)
                if runs and runs[-1][1] == look:
                    runs[-1] = (runs[-1][0] + letter.data, look, runs[-1][2])
                else:
                    runs.append((letter.data, look, x))
            rows.append(tuple(run for run in runs if run[0].strip()))
        return tuple(rows)

    def last_line(self):
        """The line of the cursor, or the one above it if that is empty."""
        lines = self.screen.display
        line = self.screen.cursor.y
        return lines[line] if lines[line].strip() or line == 0 else lines[line - 1]


class Recorder:
    def __init__(self, terminals):
        self.terminals = terminals
        self.began = time.monotonic()
        self.frames = []

    def watch(self, seconds, until=lambda: False):
        """Shows what comes, for so long or until something is so; says whether it was."""
        end = time.monotonic() + seconds
        while not until():
            left = end - time.monotonic()
            if left <= 0:
                return False
            ready, _, _ = select.select([it.tty for it in self.terminals], [], [], min(left, FRAME))
            for terminal in self.terminals:
                if terminal.tty in ready:
                    try:
                        terminal.stream.feed(os.read(terminal.tty, 65536))
                    except OSError:     # the shell has ended
                        return until()
            self.take()
        return True

    def take(self):
        now = time.monotonic() - self.began
        shown = tuple(terminal.rows() for terminal in self.terminals)
        if self.frames and self.frames[-1][1] == shown:
            return
        if self.frames and now - self.frames[-1][0] < FRAME:
            self.frames[-1] = (self.frames[-1][0], shown)
        else:
            self.frames.append((now, shown))

    def type(self, terminal, text):
        for letter in text:
            os.write(terminal.tty, letter.encode())
            self.watch(KEY)
        os.write(terminal.tty, b"\n")
        self.watch(KEY)


def record(place, programs):
    with open(os.path.join(place, "song one.ogg"), "wb") as song:
        song.write(os.urandom(24 << 20))
    terminals = [Terminal(place, programs) for _ in TITLES]
    recorder = Recorder(terminals)
    try:
        for terminal in terminals:
            if not recorder.watch(PATIENCE, lambda: terminal.last_line().startswith(PROMPT)):
                sys.exit("record.py: there is no prompt")
        for which, text, done in SESSION:
            terminal = terminals[which]
            recorder.type(terminal, text)
            is_done = lambda: done is None or (
                terminal.last_line().rstrip() == done.rstrip() if done == PROMPT
                else terminal.last_line().rstrip().endswith(done))
            if not recorder.watch(PATIENCE, is_done):
                sys.exit(f"record.py: nothing came of {text!r}: {terminal.screen.display}")
            recorder.watch(REST)
        return recorder.frames
    finally:
        for terminal in terminals:
            os.close(terminal.tty)      # hangs up, so that everything in it ends
            os.kill(terminal.child, signal.SIGHUP)
            os.waitpid(terminal.child, 0)


def svg(frames):
    length = frames[-1][0] + END
    width = COLUMNS * LETTER + 2 * MARGIN
    pane = HEAD + ROWS * LINE + MARGIN
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {2 * pane + MARGIN}"'
        f' font-family="ui-monospace,Menlo,Consolas,monospace" font-size="14">',
        "<title>Two seeders: one publishes a file, the other fetches it</title>",
        "<style>text{white-space:pre}.b{font-weight:bold}.f{visibility:hidden;animation:"
        f"{length:.2f}s step-end infinite}}",
    ]
    for name, colour in COLOURS.items():
        out.append(f".{name}{{fill:{colour}}}")
    begins = [0.0] + [at for at, _ in frames[1:]]
    parts = []
    for pane_number, title in enumerate(TITLES):
        top = pane_number * (pane + MARGIN)
        parts.append(f'<rect y="{top}" width="{width:.0f}" height="{pane}" rx="8" fill="#22262e"/>')
        parts.append(f'<text class="title" x="{MARGIN}" y="{top + 20}">{title}</text>')
        for y in range(ROWS):
            parts += row(frames, begins, length, pane_number, y, top + HEAD + (y + 1) * LINE - 5, out)
    return "\n".join([*out, "</style>", *parts, "</svg>"]) + "\n"


def row(frames, begins, length, pane, y, place, styles):
    """One row of one terminal: a text for each thing it ever shows, each visible at its times."""
    parts, at = [], 0
    while at < len(frames):
        shown, first = frames[at][1][pane][y], at
        while at < len(frames) and frames[at][1][pane][y] == shown:
            at += 1
        if not shown:
            continue
        is_always = first == 0 and at == len(frames)
        name = f"r{pane}_{y}_{first}"
        if not is_always:
            start = 100 * begins[first] / length
            end = 100 * begins[at] / length if at < len(frames) else 100.0
            styles.append(f"#{name}{{animation-name:{name}}}@keyframes {name}{{"
                          f"0%{{visibility:hidden}}{start:.3f}%{{visibility:visible}}"
                          f"{end:.3f}%{{visibility:{'hidden' if at < len(frames) else 'visible'}}}}}")
        # Without animation the last frame is what is seen.
        hidden = "" if is_always else ' class="f"'
        last = "" if at < len(frames) or is_always else ' style="visibility:visible"'
        runs = "".join(tspan(run) for run in shown)
        parts.append(f'<text id="{name}"{hidden}{last} y="{place}">{runs}</text>')
    return parts


def tspan(run):
    text, (colour, bold), x = run
    look = colour if colour in COLOURS else "default"
    fill = "" if colour in COLOURS else f' fill="#{colour}" style="fill:#{colour}"'
    look += " b" if bold else ""
    text = html.escape(text.rstrip(), quote=False)
    return f'<tspan class="{look}"{fill} x="{MARGIN + x * LETTER:.1f}">{text}</tspan>'


def main():
    programs, out = os.path.abspath(sys.argv[1]), sys.argv[2]
    place = tempfile.mkdtemp()
    try:
        frames = record(place, programs)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    with open(out, "w", encoding="utf-8") as file:
        file.write(svg(frames))


if __name__ == "__main__":
    main()
