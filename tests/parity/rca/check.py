#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""check.py - the yardsticks of recorded incidents, held to what is known of small made ones; TAP.

    check.py TEND REPLAY_FRAMES
"""
import json
import os
import subprocess
import sys
import tempfile

import numpy as np

import bocpd
import constants
import live
import one_set_out
import peers
from cases import Case, read_case, write_case
from perturb import KINDS, ONCE, perturb, touches
from rankers import Tend, rank_all
from score import calibration_error, figure, judge, score, wilson

TRUTH = {"case": "made", "dataset": "made", "service": "db", "metrics": ["db|cpu"],
         "fault": "cpu_hog"}
CALM = {"case": "calm", "dataset": "noissue", "service": None, "fault": "none"}
COUNT = [0, 0]


def verdict(good, words):
    COUNT[0] += 1
    COUNT[1] += not good
    print(f"{'ok' if good else 'not ok'} {COUNT[0]} - {words}")


def made(sick=True, seed=1):
    """web calls mail and api, api db; of the sick one db is busy and slow from row 4 on: they wait."""
    g = np.random.RandomState(seed)
    columns = [f"{s}|{m}" for s in ("web", "api", "db", "mail")
               for m in ("latency_avg", "latency_p99", "cpu", "requests")]
    columns += ["api>db|client_latency", "api>db|server_latency"]
    level = np.array([30, 90, 0.3, 50, 20, 60, 0.3, 50, 10, 30, 0.2, 50, 5, 9, 0.2, 50, 12,
                      10.0])
    normal = level * (1 + 0.03 * g.standard_normal((60, len(level))))
    rows = level * (1 + 0.03 * g.standard_normal((24, len(level))))
    if sick:
        rows[4:, [0, 1, 4, 5, 8, 9, 16, 17]] += 80
        rows[4:, 10] = 0.9 + 0.01 * g.standard_normal(20)
    case = Case("made" if sick else "calm", "made" if sick else "noissue", 1, columns, rows, normal,
                4, [("web", "api"), ("api", "db"), ("web", "mail")], {"service": "web", "metric": None},
                np.arange(24.0))
    case.normal_key = case.name
    return case


def check_peers():
    sick, calm = made(), made(sick=False)
    first = {m: peers.rank(m, sick)["ranking"][:1] for m in peers.METHODS}
    verdict(first["impact"] == ["db"] and first["nsigma"] == ["db"] and first["baro"] == ["db"],
            "who is busy and makes others wait is first")
    without = perturb(sick, TRUTH, "nograph")
    busy = sick.columns.index("db|cpu")
    idle = sick.changed(rows=sick.rows.copy())
    idle.rows[:, busy] = sick.normal[:24, busy]
    shares = [peers.rank("impact", c)["ranking"] for c in
              (idle, without.changed(rows=idle.rows))]
    verdict(shares[0][0] == "db" and "api" not in shares[0] and "api" in shares[1],
            "impact takes its callees' trouble from a caller by the graph, and not without it")
    verdict(peers.rank("impact", sick)["detected"] and not peers.rank("impact", calm)["detected"],
            "impact speaks of the sick window and leaves the calm one alone")
    rows = sick.rows.copy()
    rows[:, 0] = np.nan
    verdict(peers.rank("nsigma", sick.changed(rows=rows))["ranking"][0] == "db",
            "a column without a value is no evidence")
    symptom = peers.recipe(sick)
    verdict(set(symptom["ranking"][:3]) == {"web", "api", "db"} and symptom["detected"],
            "the first recipe ranks all that move with the symptom")


def check_parts():
    g = np.random.RandomState(2)
    rows = g.standard_normal((50, 4))
    rows[g.uniform(size=rows.shape) < 0.2] = np.nan
    verdict(np.allclose(peers.quantiles(rows, 0.1, 0.5),
                        np.nanpercentile(rows, [10, 50], axis=0)), "quantiles are NumPy's")
    steps = 0.1 * g.standard_normal((90, 3))
    steps[40:] += 2
    flat = 0.1 * g.standard_normal((90, 3))
    posterior = bocpd.run_lengths(flat - flat.min(0))
    verdict(abs(bocpd.first_change(steps) - 40) <= 1, "a step is found at its row")
    verdict(np.allclose(posterior.sum(1), 1) and posterior[90, 1:].argmax() + 1 > 60,
            "run lengths are a distribution, long where nothing changes")
    verdict(abs(peers.change_row(steps) - 40) <= 1 and peers.change_row(steps[:8]) is None,
            "so does the sum of gains, and not in a few rows")
    train = g.standard_normal((2, 100, 3))
    scores = peers.forest_scores(train, np.array([[[0.0, 0, 0]], [[9.0, 9, 9]]]), 1)
    verdict(scores[0] < 0.5 < scores[1], "a forest finds what is far off more unusual")


def same(a, b):
    return (a.columns == b.columns and np.array_equal(a.rows, b.rows, equal_nan=True)
            and np.array_equal(a.normal if a.normal is not None else 0,
                               b.normal if b.normal is not None else 0, equal_nan=True)
            and a.onset == b.onset and a.graph == b.graph)


def check_changes():
    case = made()
    moves, again, other = [], [], []
    for kind in KINDS[1:]:
        a, b = (perturb(case, TRUTH, kind, 1, rep) for rep in (0, 1))
        moves.append(not same(case, a))
        again.append(same(a, perturb(case, TRUTH, kind, 1, 0)))
        # of two halves, and of the few rows an alarm can be late by here, two draws may be the same
        other.append(kind in (*ONCE, "half", "late") or not same(a, b))
    verdict(all(moves), "every change changes something")
    verdict(all(again), "and the same draw the same")
    verdict(all(other), "and another draw something else")
    few = perturb(case, TRUTH, "columns")
    verdict("db|cpu" in few.columns and "web|latency_avg" in few.columns
            and len(few.columns) < len(case.columns), "what the truth names and the symptom stay")
    bare = perturb(case, TRUTH, "nohist")
    verdict(bare.normal is None and bare.onset == 64 and touches(case, "nohist")
            and not touches(bare, "nohist") and not touches(bare, "half"),
            "without history the tail of it comes first, and there is none to halve")
    short, late = perturb(case, TRUTH, "short"), perturb(case, TRUTH, "late")
    verdict(short.rows[-1, 10] < 0.5 < short.rows[4, 10] and late.onset > 4
            and late.rows[late.onset, 10] > 0.5, "an incident over early still has rows after its onset")
    verdict(np.array_equal(perturb(made(False), CALM, "short").rows, made(False).rows),
            "a window without a fault is not cut short")
    drifted = perturb(case, TRUTH, "drift")
    verdict(np.array_equal(drifted.rows[:, 8:12], case.rows[:, 8:12]), "the cause does not drift")

    def impact(cases):
        return {c.name: peers.rank("impact", c) for c in cases}
    plain, renamed = (rank_all(impact, [c])["made"] for c in
                      (case, perturb(case, TRUTH, "rename")))
    verdict(plain["ranking"] == renamed["ranking"]
            and "db" not in peers.rank("impact", perturb(case, TRUTH, "rename"))["ranking"],
            "new names give the same ranking, and are given back")


def check_files(tend):
    case, calm = made(), made(False)
    with tempfile.TemporaryDirectory() as root:
        folder = write_case(case, root, {})
        back = read_case(folder)
        verdict(np.allclose(back.rows, case.rows) and np.allclose(back.normal, case.normal)
                and back.graph == case.graph and back.onset == 4, "a written case is read as it was")
        lines = Tend(tend)([case, calm])
    verdict(lines["made"]["ranking"][:1] == ["db"] and lines["made"]["detected"]
            and not lines["calm"]["detected"], "tend diagnose ranks what was written")


def check_score():
    right = {"case": "made", "ranking": ["db", "api"], "metric_ranking": ["db|cpu"],
             "detected": True, "confidence": [0.8]}
    one = judge(TRUTH, right)
    verdict(one["right"] and one["mpos"] == 1 and one["family"] == "compute",
            "what is first, and by its column, is right")
    verdict(judge(TRUTH, dict(right, family="availability"))["family"] == "crash"
            and judge(TRUTH, dict(right, metric_ranking=["db|mem"]))["family"] == "memory",
            "a named family counts before what a column hints at")
    two = judge(TRUTH, dict(right, ranking=["SLI", "api>db", "api", "api", "db"]))
    verdict(two["pos"] == 2 and not two["right"], "calls, users and repetitions have no place")
    verdict(not judge(TRUTH, {})["right"] and not judge(CALM, {})["quiet"],
            "no line is no answer, of a window without a fault neither")
    verdict(judge(CALM, {"case": "calm", "ranking": ["db"], "detected": False})["quiet"]
            and not judge(CALM, {"case": "calm", "ranking": ["db"]})["quiet"],
            "a ranking that is not called leaves a window quiet, one that does not say so not")
    shop = dict(TRUTH, dataset="sockshop1", service="carts")
    verdict(judge(shop, dict(right, ranking=["carts-db"]))["right"]
            and not judge(dict(shop, dataset="lab"), dict(right, ranking=["carts-db"]))["right"],
            "a database of Sock Shop stands for its service, and of no other set")
    truth = {str(i): dict(TRUTH, case=str(i)) for i in range(4)}
    lines = {str(i): dict(right, case=str(i), detected=i > 0,
                          ranking=["db"] if i < 3 else ["api", "db"]) for i in range(4)}
    f = score(lines, truth)["sets"]["made"]
    verdict((f["ac1"]["mean"], f["ac3"]["mean"], f["right"]["mean"], f["avg5"]["mean"])
            == (0.75, 1.0, 0.5, 0.95), "of four cases: three first, two of them called")
    verdict(abs(wilson(18, 18)[0] - 0.8241) < 1e-4 and wilson(0, 5)[0] == 0
            and np.allclose(wilson(7, 10), (0.3968, 0.8922), atol=1e-4), "Wilson's interval is his")
    mixed = figure([0.5, 1, 0, 1, 0.5, 1])
    verdict(mixed["low"] < mixed["mean"] < mixed["high"] and figure([]) is None
            and figure([1.0] * 4)["low"] < 1, "the bootstrap has room, and agreement is no proof")
    verdict(abs(calibration_error([(0.9, 1), (0.9, 0)]) - 0.4) < 1e-9
            and calibration_error([(1.0, 1)] * 3) == 0, "confidence is held to what came true")


def check_live(frames_program):
    def frame(t, place=None, opened=(), alarm=False, family="compute"):
        return {"t": t, "time": 100.0 + t, "alarm": alarm, "breach": alarm,
                "incidents": [{"id": i, "opened": o, "place": None} for i, o in opened],
                "ranking": [{"place": place, "family": family, "confidence": 0.9}] if place else []}
    frames = [frame(t) for t in range(60)]
    frames[3] = frame(3, "web")
    for t in range(22, 30):
        frames[t] = frame(t, "web" if t < 26 else "api>db", [(1, 22)], True, "network")
    windows = [{"case": "x", "fault": "cpu_hog", "service": "db", "effect": "entry",
                "t_fault": 120.0, "t_action": 130.0, "t_end": 132.0},
               {"case": "y", "fault": "none", "service": None, "effect": "none",
                "t_fault": 145.0, "t_action": 150.0, "t_end": 152.0}]
    seen = live.score(frames, windows)
    ill = seen["windows"][0]
    verdict(ill["delay"] == 2 and ill["opened"] == 1 and seen["new_alarm"]["mean"] == 1,
            "the alarm that rises in the window is its own")
    verdict(not ill["first"]["top1"] and ill["settled"]["top1"] and not ill["itself"]
            and ill["family"] == "network" and seen["network"]["mean"] == 1,
            "of a suspected call the callee is placed, and its family told apart")
    verdict(seen["healthy"]["named"] == 1 and seen["healthy"]["begun"] == 1
            and seen["quiet"]["mean"] == 1, "a suspect in a healthy second counts")
    frames[47] = frame(47, "web")
    verdict(live.score(frames, windows)["quiet"]["mean"] == 0,
            "and one in a window without an effect")
    with tempfile.TemporaryDirectory() as root:
        path = os.path.join(root, "rows.csv")
        with open(path, "w", encoding="utf-8") as f:
            f.write("time,api|p95_ms\n" + "".join(f"{t},20\n" for t in range(7)))
        done = subprocess.run([frames_program, "examples/systems/default.json", path],
                              capture_output=True, text=True, check=False)
        told = [json.loads(line) for line in done.stdout.splitlines()]
        verdict(len(told) == 7 and told[6]["time"] == 6 and told[0]["ranking"] == [],
                "a recording gives a line for every tick")
        done = subprocess.run([frames_program, "examples/systems/default.json", path, "guard.none=1"],
                              capture_output=True, text=True, check=False)
        verdict(done.returncode == 1 and "none" in done.stderr, "a parameter nobody has is refused")


# Stands for tend where it takes constants: right of `petshop` up to 3.5, of the others from 4 on.
FAKE = """#!/usr/bin/env python3
import json, os, sys
words = sys.argv[1:]
if words == ["diagnose", "--help"]:
    print("--set PATH=X")
elif words[0] == "params":
    row = {"kind": "number", "default": 3, "least": 0, "most": 9}
    print(json.dumps([dict(row, section="diagnoser.one", name="gate"),
                      dict(row, section="diagnoser.one", name="other"),
                      dict(row, section="diagnoser.two", name="gate"),
                      dict(row, section="window", name="late", kind="seconds"),
                      dict(row, section="guard", name="cooldown")]))
else:
    gate, out, folders = 3.0, None, []
    words = words[2:]
    while words:
        word = words.pop(0)
        if word == "--set":
            name, value = words.pop(0).split("=")
            if name not in ("diagnoser.gate", "window.late"):
                sys.exit(2)
            gate = float(value) if name == "diagnoser.gate" else gate
        elif word == "--out":
            out = words.pop(0)
        else:
            folders.append(word)
    lines = []
    for folder in folders:
        told = json.load(open(os.path.join(folder, "case.json")))
        good = gate < 3.5 if told["dataset"] == "petshop" else gate >= 4
        lines.append(json.dumps({"case": told["case"], "ranking": ["db" if good else "api"],
                                 "detected": True}))
    if out:
        open(out, "w").write("\\n".join(lines) + "\\n")
"""


def check_constants():
    with tempfile.TemporaryDirectory() as root:
        fake, truth = os.path.join(root, "fake"), []
        with open(fake, "w", encoding="utf-8") as f:
            f.write(FAKE)
        os.chmod(fake, 0o755)
        for i, dataset in enumerate(("sockshop1", "nezha_ob", "petshop")):
            case = made().changed(name=f"c{i}", dataset=dataset, normal=None, onset=None)
            write_case(case, os.path.join(root, "rca", dataset), {})
            truth.append(dict(TRUTH, case=case.name, dataset=dataset))
        with open(os.path.join(root, "rca", "ground_truth.jsonl"), "w", encoding="utf-8") as f:
            f.writelines(json.dumps(t) + "\n" for t in truth)
        rows = constants.parameters(fake, os.path.join(root, "rca", "petshop", "c2"))
        verdict(list(rows) == ["diagnoser.gate", "window.late"],
                "only what tend diagnose takes is a constant of it")
        verdict(list(constants.chosen(rows, "late")) == ["window.late"]
                and list(constants.chosen(rows, "diagnoser.gate")) == ["diagnoser.gate"]
                and constants.chosen(rows, None) == rows, "a constant is chosen by path or by name")
        bench = constants.Bench(fake, root, ("none",))
        everything = one_set_out.search(bench, rows, bench.groups(), 2)
        blind = one_set_out.search(bench, rows, ["Online Boutique", "PetShop"], 2)
        verdict(everything == {"diagnoser.gate": 4.5} and blind == {}
                and bench.worth(blind, ["Sock Shop"]) == 0
                and bench.worth(everything, ["Sock Shop"]) == 1,
                "what is chosen with a set may be worth nothing without it, and that shows")
        done = subprocess.run([sys.executable, "tools/vary_constants.py", fake, root, "--kinds",
                               "none"], capture_output=True, text=True, check=False)
        verdict("petshop 1.00 -> 0.00" in done.stdout and "nothing moves" in done.stdout
                and "the largest loss is 1.000, of diagnoser.gate" in done.stdout,
                "what moves with a constant is told, and what does not")
        done = subprocess.run([sys.executable, "tools/vary_constants.py", fake, root, "--only",
                               "gat"], capture_output=True, text=True, check=False)
        verdict(done.returncode == 1 and "--only gat: not a constant" in done.stderr,
                "a name that no constant has is an error")
    flag = {"kind": "flag"}
    verdict((constants.moved(flag, 1, 1.5), constants.moved(flag, 1, 2 / 3)) == (0, None)
            and constants.moved({"kind": "integer", "least": 1}, 1, 2 / 3) is None
            and constants.moved({"kind": "integer", "most": 9}, 1, 1.5) == 2
            and constants.moved({"kind": "seconds", "most": 9}, 3, 1.5) == 4
            and constants.moved({"kind": "number", "most": 4}, 3, 1.5) == 4,
            "a constant moves as far as it can, and else not at all")


def main(words):
    if len(words) != 2:
        sys.exit(__doc__)
    check_parts()
    check_peers()
    check_changes()
    check_files(words[0])
    check_score()
    check_live(words[1])
    check_constants()
    print(f"1..{COUNT[0]}")
    sys.exit(1 if COUNT[1] else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
