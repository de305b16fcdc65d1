"""gladys and its peers behind one interface, each set up as its manual advises, with the options that serve it best.

supervisord comes from PyPI, runit from Debian; neither is installed on the machine, both are unpacked under target/peers.
"""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / "target" / "peers"
STANDIN = ROOT / "target" / "release" / "standin"
GLADYS = Path(os.environ.get("GLADYS", ROOT / "target" / "release" / "gladys"))
COOKIE = "GLADYS_PEERS_BENCH"
SUPERVISOR = "4.3.0"


def run(words, **more):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, stdin=subprocess.DEVNULL, **more)


def fetch():
    """Unpacks the peers, unless that was done before."""
    PLACE.mkdir(parents=True, exist_ok=True)
    if not (PLACE / "venv/bin/supervisord").exists():
        subprocess.run([sys.executable, "-m", "venv", PLACE / "venv"], check=True)
        subprocess.run([PLACE / "venv/bin/pip", "install", "--quiet", f"supervisor=={SUPERVISOR}"], check=True)
    if not (PLACE / "runit/usr/bin/runsv").exists():
        subprocess.run(["apt-get", "download", "--quiet", "runit"], cwd=PLACE, check=True, capture_output=True)
        package = next(PLACE.glob("runit_*.deb"))
        subprocess.run(["dpkg", "-x", package, PLACE / "runit"], check=True)


# ---- the oracle: what the kernel says

def processes(folder):
    """Every living process that was started for this folder: {pid: command line}."""
    wanted, found = f"{COOKIE}={folder}".encode(), {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            if wanted not in Path(f"/proc/{entry}/environ").read_bytes().split(b"\0"):
                continue
            state = Path(f"/proc/{entry}/stat").read_text().rsplit(") ", 1)[1][0]
            words = Path(f"/proc/{entry}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if state not in "ZX":
            found[int(entry)] = words.strip()
    return found


def services(folder, name=None):
    """The fixtures among them, their children too; only those called `name` when that is given."""
    found = {pid: words for pid, words in processes(folder).items() if words.startswith(str(STANDIN))}
    return {pid: words for pid, words in found.items() if name is None or f" --name {name} " in f"{words} "}


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0] not in "ZX"
    except OSError:
        return False


def listening():
    """Every port of this machine that somebody listens on."""
    ports = set()
    for table in ("tcp", "tcp6"):
        for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = row.split()
            if fields[3] == "0A":
                ports.add(int(fields[1].rsplit(":", 1)[1], 16))
    return ports


def until(condition, patience=30.0, step=0.01):
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(step)
    return True


# ---- the peers

class Service:
    """One program: the fixture with these flags, on a port or on none."""

    def __init__(self, name, flags="", port=None, needs=(), words=None):
        listen = ["--listen", str(port)] if port else []
        self.name, self.port, self.needs = name, port, needs
        self.words = words or [str(STANDIN), "fixture", "--name", name, *listen, *flags.split()]


class Peer:
    def __init__(self, folder, services):
        self.folder, self.services = Path(folder), services
        self.env = {**os.environ, COOKIE: str(folder)}
        self.env.pop("GLADYS_PROFILE", None)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.set_up()

    def call(self, words, **more):
        """Runs a command of the peer; its output goes to a file, for a daemon it leaves behind would keep a pipe open."""
        with open(self.folder / "said", "w+") as said:
            done = subprocess.run([str(word) for word in words], cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL,
                                  stdout=said, stderr=subprocess.STDOUT, start_new_session=True, **more)
            said.seek(0)
            return done.returncode, said.read()

    def begin(self, words):
        return subprocess.Popen([str(word) for word in words], cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

    def clean(self):
        """Kills whatever is left of it."""
        while left := processes(self.folder):
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.02)


class Gladys(Peer):
    name = "gladys"
    restart = 'restart on-failure'
    more = ''

    @staticmethod
    def version():
        return run([GLADYS, "--version"]).stdout.strip()

    def set_up(self):
        quoted = lambda words: " ".join('"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"' for word in words)
        text = ""
        placed = ""
        for service in self.services:
            needs = f"needs {' '.join(service.needs)}; " if service.needs else ""
            ready = 'ready tcp timeout="5s"' if service.port else ""
            text += f"service {service.name} {{ {needs}{ready} }}\n"
            port = f"port {service.port} fixed=#true; " if service.port else ""
            placed += f"  service {service.name} {{ {port}{self.restart}; {self.more}exec {quoted(service.words)} }}\n"
        text += 'command start { targets default="*"; each start order=needs { wait } }\n'
        text += 'command stop { targets default="*"; each stop order=reverse }\n'
        text += 'profile local default=#true {\n  recipe start { spawn }\n  recipe stop { terminate grace="2s" }\n' + placed + "}\n"
        (self.folder / "gladys.kdl").write_text(text)

    def start_words(self):
        return [GLADYS, "start"]

    def start(self):
        return self.call(self.start_words())

    def stop(self):
        return self.call([GLADYS, "stop"])

    def managers(self):
        return [pid for pid, words in processes(self.folder).items() if words.endswith("internal supervise")]

    def logs(self, name):
        return [self.folder / ".gladys/local" / name / "log"]


class Supervisord(Peer):
    name = "supervisord"
    bin = PLACE / "venv/bin"

    @staticmethod
    def version():
        return "supervisord " + run([Supervisord.bin / "supervisord", "--version"]).stdout.strip()

    def set_up(self):
        here = self.folder
        text = (f"[unix_http_server]\nfile={here}/sock\n[supervisord]\nlogfile={here}/supervisord.log\npidfile={here}/pid\n"
                f"[supervisorctl]\nserverurl=unix://{here}/sock\n[rpcinterface:supervisor]\n"
                "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n")
        for service in self.services:
            command = shlex.join(service.words).replace("%", "%%")
            text += (f"[program:{service.name}]\ncommand={command}\nredirect_stderr=true\nstdout_logfile={here}/{service.name}.log\n"
                     "stopasgroup=true\nkillasgroup=true\nstopwaitsecs=2\nautorestart=unexpected\n")
        (here / "conf").write_text(text)

    def start_words(self):
        return [self.bin / "supervisord", "-c", "conf"]

    def start(self):
        said = self.call(self.start_words())
        def settled():
            status = self.call([self.bin / "supervisorctl", "-c", "conf", "status"])
            return not re.search("STARTING|BACKOFF", status[1])
        until(settled, 20, 0.05)
        status = self.call([self.bin / "supervisorctl", "-c", "conf", "status"])
        return said[0] or status[0], said[1] + status[1]

    def stop(self):
        return self.call([self.bin / "supervisorctl", "-c", "conf", "stop", "all"])

    def managers(self):
        return [pid for pid, words in processes(self.folder).items() if "/supervisord -c" in words]

    def logs(self, name):
        numbered = sorted(self.folder.glob(f"{name}.log.*"), key=lambda path: -int(path.suffix[1:]))
        return [*numbered, self.folder / f"{name}.log"]


class Runit(Peer):
    name = "runit"
    bin = PLACE / "runit/usr/bin"

    @staticmethod
    def version():
        package = next(iter(PLACE.glob("runit_*.deb")), None)
        return "runit " + package.name.split("_")[1] if package else "runit"

    def set_up(self):
        self.env["PATH"] = f"{self.bin}:{self.env['PATH']}"
        for service in self.services:
            for place, text in (("", f"exec {shlex.join(service.words)} 2>&1"), ("log", "exec svlogd ./main")):
                folder = self.folder / "svc" / service.name / place
                folder.mkdir(parents=True, exist_ok=True)
                (folder / "run").write_text(f"#!/bin/sh\n{text}\n")
                (folder / "run").chmod(0o755)
            (self.folder / "svc" / service.name / "log/main").mkdir()

    def paths(self):
        return [self.folder / "svc" / service.name for service in self.services]

    def start_words(self):
        return [self.bin / "runsvdir", self.folder / "svc"]

    def start(self):
        if not any("runsvdir" in words for words in processes(self.folder).values()):
            self.begin(self.start_words())
        ok = lambda: all((path / "supervise/ok").exists() for path in self.paths())
        until(ok, 5)
        return self.call([self.bin / "sv", "start", *self.paths()])

    def stop(self):
        return self.call([self.bin / "sv", "-w", "2", "force-stop", *self.paths()])

    def managers(self):
        """The supervisor of the service itself; runsvdir starts a new one."""
        return [pid for pid, words in processes(self.folder).items() if words.startswith("runsv ")]

    def logs(self, name):
        main = self.folder / "svc" / name / "log/main"
        return [*sorted(main.glob("@*")), main / "current"]


PEERS = [Gladys, Supervisord, Runit]
