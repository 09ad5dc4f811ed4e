# SPDX-License-Identifier: GPL-3.0-or-later
"""cases.py - recorded incidents as arrays: read, written again, and with what is true of them.

A Case is what `tend diagnose` reads of a folder: case.json, the CSV of the incident, the CSV of
ordinary rows before it and the call graph. Columns of the ordinary rows are brought into the order
of the incident's; what they lack is NAN. Nothing here looks at a set's name but the scorer's rule
for databases of Sock Shop, which is in score.py.
"""
import csv
import json
import os

import numpy as np

# The first pattern found in the lower-case name wins; "^" anchors. None: of no use to a ranking.
ROLES = (("^node_", None), ("^src_", "client"), ("^dst_", "server"), ("client", "client"),
         ("availab", "availability"), ("success", "availability"), ("error", "errors"),
         ("restart", "restarts"), ("lat", "latency"), ("p95_ms", "latency"), ("_p50", "latency"),
         ("satur", "saturation"), ("locks", "saturation"), ("cpu", "cpu"), ("mem", "memory"),
         ("request", "requests"), ("workload", "requests"), ("^lod", "requests"),
         ("ready", "ready"))
# closest to what all requests see first
STATISTICS = ("avg", "average", "50", "", "90", "95", "99")
SHORT_STEP_S = 30  # below it a recording counts seconds, above it minutes


def owner(column):
    return column.split("|")[0]


def metric(column):
    return column.split("|", 1)[1]


def role(column):
    """latency, cpu, ... of `service|metric` or `caller>callee|metric`, None for the rest."""
    name = metric(column).lower()
    for pattern, what in ROLES:
        if name.startswith(pattern[1:]) if pattern[0] == "^" else pattern in name:
            return what
    return None


def is_latency(column):
    name = metric(column)
    return "lat" in name or name.endswith(("_p50", "p95_ms"))


def statistic(column):
    """0 for a mean, more for higher quantiles, as an order of preference."""
    found = [i for i, s in enumerate(STATISTICS) if s and s in metric(column).lower()]
    return found[0] if found else STATISTICS.index("")


class Case:
    """rows [n][columns]; onset is None where it is to be found; normal is None without history."""

    def __init__(self, name, dataset, step_s, columns, rows, normal, onset, graph, target, time):
        self.name, self.dataset, self.step_s = name, dataset, step_s
        self.columns, self.rows, self.normal, self.onset = columns, rows, normal, onset
        self.graph, self.target, self.time = graph, target, time
        self.normal_key = None  # cases with the same key share their ordinary rows
        self.folder = None      # where it was read from, None of a changed one

    def changed(self, **fields):
        other = Case.__new__(Case)
        other.__dict__.update(self.__dict__, folder=None, **fields)
        return other

    def services(self):
        """Owners of columns that may be blamed, in the order of the file."""
        return list(dict.fromkeys(o for o in map(owner, self.columns)
                                  if o != "SLI" and ">" not in o))

    def window(self):
        """All rows, ordinary ones first, and the row the onset is at, None where unknown."""
        if self.normal is None:
            return self.rows, self.onset or None  # row 0: nothing before it
        return (np.vstack([self.normal, self.rows]),
                None if self.onset is None else len(self.normal) + self.onset)


_tables = {}


def read_table(path):
    """header without time, times, values; empty fields are NAN."""
    path = os.path.realpath(path)
    if path not in _tables:
        with open(path, newline="", encoding="utf-8") as f:
            lines = list(csv.reader(f))
        cells = np.array([[float(x) if x else np.nan for x in line] for line in lines[1:]])
        _tables[path] = lines[0][1:], cells[:, 0], cells[:, 1:]
    return _tables[path]


def read_case(folder):
    with open(os.path.join(folder, "case.json"), encoding="utf-8") as f:
        told = json.load(f)
    columns, time, rows = read_table(os.path.join(folder, told["abnormal"]))
    normal, key, graph = None, None, None
    if told.get("normal"):
        key = os.path.realpath(os.path.join(folder, told["normal"]))
        names, _, values = read_table(key)
        at = {name: i for i, name in enumerate(names)}
        normal = np.full((len(values), len(columns)), np.nan)
        for i, name in enumerate(columns):
            if name in at:
                normal[:, i] = values[:, at[name]]
    if told.get("graph"):
        with open(os.path.join(folder, told["graph"]), newline="", encoding="utf-8") as f:
            graph = [tuple(line) for line in list(csv.reader(f))[1:]]
    case = Case(told["case"], told.get("dataset"), told["step_s"], columns, rows, normal,
                told.get("onset_row"), graph, told.get("target") or {}, time)
    case.normal_key, case.folder = key, folder
    return case


def read_truth(path):
    """{case: line of ground_truth.jsonl}; a bad line is named."""
    truth = {}
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            try:
                one = json.loads(line)
                truth[one["case"]] = one
            except (ValueError, KeyError, TypeError) as e:
                raise SystemExit(f"{path}:{number}: {e!r}, expected an object with \"case\"") from e
    return truth


def read_set(folder):
    """Every case of DATA/rca or DATA/lab and the truth; those that share ordinary rows together."""
    truth = read_truth(os.path.join(folder, "ground_truth.jsonl"))
    cases = [read_case(os.path.join(folder, t["dataset"], name)) for name, t in truth.items()]
    return sorted(cases, key=lambda c: (c.normal_key or "", c.name)), truth


def write_table(path, columns, time, rows):
    with open(path, "w", encoding="utf-8") as f:
        f.write(",".join(["time", *columns]) + "\n")
        for t, row in zip(time.tolist(), rows.tolist()):
            f.write("%.10g," % t)
            f.write(",".join(["" if x != x else "%.9g" % x for x in row]))
            f.write("\n")


def write_case(case, root, shared):
    """Writes it below root, as read_case reads it; shared keeps what several cases refer to."""
    folder = os.path.join(root, case.name)
    os.makedirs(folder)
    write_table(os.path.join(folder, "abnormal.csv"), case.columns, case.time, case.rows)
    told = {"case": case.name, "dataset": case.dataset, "step_s": case.step_s, "normal": None,
            "abnormal": "abnormal.csv", "graph": None, "onset_row": case.onset,
            "target": case.target or None}
    if case.normal is not None:
        # the order of columns is the case's own, so the order belongs to what is shared
        key = (case.normal_key, tuple(case.columns))
        if key not in shared:
            shared[key] = f"normal{len(shared)}.csv"
            write_table(os.path.join(root, shared[key]), case.columns,
                        case.step_s * np.arange(len(case.normal), dtype=float), case.normal)
        told["normal"] = os.path.join("..", shared[key])
    if case.graph is not None:
        told["graph"] = "graph.csv"
        with open(os.path.join(folder, "graph.csv"), "w", encoding="utf-8") as f:
            f.write("caller,callee\n" + "".join(f"{a},{b}\n" for a, b in case.graph))
    with open(os.path.join(folder, "case.json"), "w", encoding="utf-8") as f:
        json.dump(told, f)
    return folder
