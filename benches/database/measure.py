"""Two programs side by side: the same output first, then CPU, memory and time in alternating pairs; medians.

The peer is PostgreSQL's own psql, not Debian's wrapper of it. GLADYS, PSQL and PAIRS in the environment override. With POSTMASTER, the
process number of the server, what its sessions used is measured too: `work` is the CPU of client and server together, which says
more than the wall time of a machine that is busy.
"""

import glob
import hashlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GLADYS = os.environ.get("GLADYS", os.path.join(ROOT, "target/release/gladys"))
PSQL = os.environ.get("PSQL") or max(glob.glob("/usr/lib/postgresql/*/bin/psql"), default="psql")
POSTMASTER = os.environ.get("POSTMASTER")
PAIRS = int(os.environ.get("PAIRS", "5"))


def server():
    """The address of the server to use, from DATABASE_URL: a database that may be written to."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        sys.exit("set DATABASE_URL, such as postgres://postgres@127.0.0.1:5432/bench")
    return url


def project(migrations=None):
    """A folder with a manifest for the database."""
    folder = tempfile.mkdtemp(prefix="gladys-bench-")
    line = f'; migrations "{migrations}"' if migrations else ""
    with open(os.path.join(folder, "gladys.kdl"), "w") as manifest:
        manifest.write(f'project Bench\ndatabase {{ url "{server()}"{line} }}\n')
        manifest.write('command query "Query" { builtin query }\ncommand migrate "Migrate" { builtin migrate }\n')
        manifest.write('command psql "Shell" { builtin psql }\nprofile local default=#true\n')
    return folder


def sql(text, database=None):
    """Runs a statement, in another database of the server if one is named."""
    url = urllib.parse.urlparse(server())
    url = url._replace(path=f"/{database}") if database else url
    quiet = ["-c", "set client_min_messages = error"]
    words = [PSQL, "-Xq", "-v", "ON_ERROR_STOP=1", url.geturl(), *quiet, "-c", text]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def sessions():
    """CPU in seconds of the server's sessions that have ended (proc(5): cutime and cstime of their parent)."""
    if not POSTMASTER:
        return 0.0
    time.sleep(0.2)
    with open(f"/proc/{POSTMASTER}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def run(words, folder):
    """User and system CPU in seconds, wall time in seconds, the same CPU with that of the server's sessions."""
    before = sessions()
    begun = time.monotonic()
    child = subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - begun
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{' '.join(words)} ended with {child.returncode}")
    cpu = usage.ru_utime + usage.ru_stime
    return cpu, wall, cpu + sessions() - before


def memory(words, folder):
    """The largest resident set in MB, by time(1): a child is charged with that of what it was forked from, here Python."""
    run(["/usr/bin/time", "-o", "time", "-f", "%M", *words], folder)
    with open(os.path.join(folder, "time")) as largest:
        return int(largest.read()) / 1024


def digest(words, folder):
    """SHA-256 of what a program prints."""
    child = subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE)
    found = hashlib.sha256()
    for part in iter(lambda: child.stdout.read(1 << 20), b""):
        found.update(part)
    if child.wait():
        sys.exit(f"{' '.join(words)} ended with {child.returncode}")
    return found.hexdigest()


def same(ours, theirs, folder):
    if digest(ours, folder) != digest(theirs, folder):
        sys.exit(f"the outputs differ: {' '.join(ours)} | {' '.join(theirs)}")


def compare(title, ours, theirs, folder, aim, before=lambda: None, repeat=1, by="cpu"):
    """Prints medians and their ratio; `before` prepares each run, `repeat` runs are one measurement."""

    def once(words):
        before()
        runs = [run(words, folder) for _ in range(repeat)]
        return [sum(of[what] for of in runs) / repeat * 1000 for what in range(3)]

    most = []
    for words in (ours, theirs):
        before()
        most.append(memory(words, folder))
    found = [(once(ours), once(theirs)) for _ in range(PAIRS)]
    mid = [[statistics.median(pair[who][what] for pair in found) for who in range(2)] for what in range(3)]
    ratio = {name: mid[what][0] / mid[what][1] for what, name in enumerate(["cpu", "wall", "work"])}
    work = f"   work {mid[2][0]:7.1f} ms / {mid[2][1]:7.1f} ms = {ratio['work']:.2f}"
    print(
        f"{title:<30}"
        f" cpu {mid[0][0]:7.1f} ms / {mid[0][1]:7.1f} ms = {ratio['cpu']:.2f}"
        f"   wall {mid[1][0]:7.1f} ms / {mid[1][1]:7.1f} ms = {ratio['wall']:.2f}"
        f"{work if POSTMASTER else ''}"
        f"   memory {most[0]:5.1f} MB / {most[1]:5.1f} MB"
        f"   aim {aim} of {by}: {'met' if ratio[by] <= aim else 'MISSED'}",
        flush=True,
    )
