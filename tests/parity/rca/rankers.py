# SPDX-License-Identifier: GPL-3.0-or-later
"""rankers.py - tend and its peers behind one call: cases in, result lines by name of the case out."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

import peers
from cases import write_case

PEERS = tuple(peers.METHODS)


class Tend:
    """`tend diagnose`, with options of the caller's; changed cases go through a folder."""

    def __init__(self, binary, *options):
        self.binary, self.options = os.path.abspath(binary), list(options)

    def rank_folders(self, folders):
        out = tempfile.NamedTemporaryFile(suffix=".jsonl", delete=False)
        out.close()
        try:
            done = subprocess.run([self.binary, "diagnose", "-q", *self.options, *folders, "--out",
                                   out.name], capture_output=True, text=True, check=False)
            if done.returncode:
                sys.exit(f"tend diagnose: exit {done.returncode}\n{done.stderr.strip()}")
            with open(out.name, encoding="utf-8") as f:
                return {line["case"]: line for line in map(json.loads, f)}
        finally:
            os.unlink(out.name)

    def __call__(self, cases):
        if all(case.folder for case in cases):
            return self.rank_folders([case.folder for case in cases])
        with Written(cases) as folders:
            return self.rank_folders(folders)


class Written:
    """Changed cases in a folder of their own, for as long as the block lasts."""

    def __init__(self, cases):
        self.cases, self.root = cases, None

    def __enter__(self):
        # memory where there is some: the files live for one call
        self.root = tempfile.mkdtemp(prefix="tend-rca-",
                                     dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
        shared = {}
        return [write_case(case, self.root, shared) for case in self.cases]

    def __exit__(self, *_):
        shutil.rmtree(self.root)


def peer(method):
    return lambda cases: {case.name: peers.rank(method, case) for case in cases}


def translated(line, back):
    """A result line with the names there were before a renaming."""
    if not back:
        return line

    def old(name):
        place, bar, rest = name.partition("|")
        return ">".join(back.get(p, p) for p in place.split(">")) + bar + rest
    out = dict(line, ranking=[old(s) for s in line.get("ranking") or []],
               metric_ranking=[old(m) for m in line.get("metric_ranking") or []])
    out["evidence"] = [dict(e, service=old(e["service"]) if e.get("service") else None)
                       for e in line.get("evidence") or []]
    return out


def rank_all(ranker, cases):
    lines = ranker(cases)
    return {case.name: translated(lines.get(case.name, {}), getattr(case, "back", None))
            for case in cases}
