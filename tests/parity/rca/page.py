#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""page.py - results/rca.md: tend and its peers on every recorded incident, as they are and changed.

    page.py TEND DATA OUT.json [--frames FRAMES.jsonl] [--reps 2] > page.md

Times stand in OUT.json and on stderr only: the page holds nothing that another machine or day
would change.
"""
import json
import os
import sys

import live
import rankers
import robust
from perturb import KINDS, perturb, touches
from score import COLUMNS, SURE, score, show

ALL = ("tend", *rankers.PEERS)
NAMES = {"tend": "tend diagnose", "baro": "BARO", "nsigma": "N-Sigma", "recipe": "first recipe",
         "impact": "plain impact"}
SETS = {"sockshop1": "Sock Shop, 1 s", "sockshop1_stream": "Sock Shop, streams without an onset",
        "petshop": "PetShop, 5 min", "petshop, no history": "PetShop without history",
        "nezha_ob": "Online Boutique, 1 min", "nezha_ob, no history": "Online Boutique without history",
        "nezha_tt": "Train Ticket, 1 min", "lab": "live lab, 1 s",
        "quiet": "windows without a fault", "quiet_lab": "windows without a fault, live lab"}
SHORT = {"sockshop1": "Sock Shop", "sockshop1_stream": "streams", "petshop": "PetShop",
         "nezha_ob": "Online Boutique", "nezha_tt": "Train Ticket", "lab": "live lab",
         "quiet": "quiet", "quiet_lab": "quiet, live lab"}


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|---" * len(head) + "|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def without_history(cases, truth):
    """The same cases with a tail of ordinary rows, as sets of their own."""
    kept = [c for c in cases if touches(c, "nohist")
            and f"{c.dataset}, no history" in SETS]
    told = {c.name: dict(truth[c.name], dataset=f"{c.dataset}, no history") for c in kept}
    # rows are counted anew: the stated onset is no longer the truth's
    for t in told.values():
        t.pop("onset_row", None)
    return [perturb(c, truth[c.name], "nohist") for c in kept], told


def judge_all(ranks, data):
    """{ranker: score} over every set, those without history too."""
    out = {}
    groups = []
    for cases, truth in data:
        groups.append((cases, {k: dict(t, dataset=robust.set_of(t)) for k, t in truth.items()}))
        groups.append(without_history(cases, truth))
    for name, ranker in ranks.items():
        parts = [score(rankers.rank_all(ranker, cases), truth) for cases, truth in groups if truth]
        whole = {kind: {k: v for p in parts for k, v in p[kind].items()} for kind in ("sets", "faults")}
        # what all cases say of confidence, each case once
        whole["real"], whole["all"] = parts[0]["all"], [p["all"] for p in parts]
        out[name] = whole
    return out


def put_sets(result):
    print("## Every set\n")
    for key, title in SETS.items():
        if key not in result["tend"]["sets"]:
            continue
        n = result["tend"]["sets"][key]["n"]
        if n == 0:
            continue
        print(f"{title} ({n} incidents):\n")
        columns = [(k, t) for k, t in COLUMNS if k != "quiet" and any(
            result[r]["sets"][key].get(k) for r in ALL)]
        table(["", *(t for _, t in columns)],
              [[NAMES[r], *(show(result[r]["sets"][key].get(k)) for k, _ in columns)] for r in ALL])
    print("Windows without a fault, share left quiet:\n")
    quiet = [k for k in ("quiet", "quiet_lab") if k in result["tend"]["sets"]]
    table(["", *(SETS[k] + f" ({result['tend']['sets'][k]['quiet']['n']})" for k in quiet)],
          [[NAMES[r], *(show(result[r]["sets"][k]["quiet"]) for k in quiet)] for r in ALL])


def put_faults(result):
    print("## Every fault\n\nAC@1, and what `tend diagnose` adds to it:\n")
    rows = []
    for key, mine in result["tend"]["faults"].items():
        rows.append([key.replace("/", ": "), str(mine["n"]),
                     *(f"{result[r]['faults'][key]['ac1']['mean']:.2f}" for r in ALL if r != "tend"),
                     show(mine["ac1"]), show(mine["right"]), show(mine["metric1"]),
                     show(mine["family"])])
    table(["set: fault", "n", *(NAMES[r] for r in ALL if r != "tend"), "tend", "right and detected",
           "metric AC@1", "place and family"], rows)


def put_families(result):
    print("## Families\n\nWhat `tend diagnose` names where the place is right; rows are true:\n")
    counts = {}
    for key, f in result["tend"]["sets"].items():
        if "no history" in key:
            continue
        for true, row in f.get("confusion", {}).items():
            for said, count in row.items():
                counts.setdefault(true, {})[said] = counts.get(true, {}).get(said, 0) + count
    said = sorted({s for row in counts.values() for s in row})
    table(["", *said], [[true, *(str(counts[true].get(s, "")) for s in said)]
                        for true in sorted(counts)])


def put_confidence(result):
    print("## Confidence\n\nExpected calibration error of the first suspect's confidence, in ten "
          f"bins, over all calls; of these the share above {SURE}, and the share of those that is "
          "right. A call in a quiet window is wrong.\n")
    rows = []
    titles = ("real incidents", "real, without history", "live lab")
    for title, f in zip(titles, result["tend"]["all"]):
        c = f["calibration"]
        if c:
            rows.append([title, f"{c['calls']} of {c['cases']}", show(c["ece"], 3),
                         show(c["sure_share"]), show(c["sure_right"])])
    table(["", "calls", "ECE", f"above {SURE}", "right of those"], rows)


def put_changes(changed):
    sets = [s for s in SETS if s in changed["tend"]]
    ill = [s for s in sets if not s.startswith("quiet")]

    def matrix(name, what, shown):
        table(["", *(SHORT[s] for s in shown)],
              [[kind, *(show(changed[name][s].get(kind, {}).get(what)) for s in shown)]
               for kind in KINDS])
    print("## Changed incidents\n\nAC@1 of `tend diagnose` when the incidents are changed in what "
          "must not matter (`tests/parity/rca/perturb.py` says how), each drawn several times; of "
          "windows without a fault the share left quiet. Intervals by case.\n")
    matrix("tend", "right", sets)
    print("Right and detected:\n")
    matrix("tend", "called", ill)
    print("AC@1 of the peers, each change drawn once:\n")
    for name in rankers.PEERS:
        print(f"{NAMES[name]}:\n")
        matrix(name, "right", sets)


def put_live(result):
    print("## The live recording\n\nSecond by second over the unbroken recording of the live lab "
          "(`tests/parity/rca/live.py` defines the figures):\n")
    table(["", ""], [list(row) for row in live.lines_of(result)])
    rows = []
    for e in result["windows"]:
        if "quiet" in e:
            rows.append([e["fault"], e["service"] or "-", "-", str(e["opened"]),
                         "nobody" if e["quiet"] else f"somebody for {e['named']} s", "", ""])
            continue
        rows.append([e["fault"], e["service"], "-" if e["delay"] is None else f"{e['delay']:.1f}",
                     str(e["opened"]), str(e["first"]["said"]), str(e["settled"]["said"]),
                     f"{e['family']} for {e['true_family']}"])
    table(["fault", "service", "alarm after, s", "incidents opened", "first said", "settled",
           "family"], rows)


def tell_times(result):
    for name in ALL:
        for f in result[name]["all"][:1]:
            if f["ms"]:
                print(f"{NAMES[name]}: {f['ms']['median']:.2f} ms a case, most {f['ms']['most']:.2f}",
                      file=sys.stderr)


def main(words):
    words = list(words)
    frames, reps = robust.option(words, "--frames", None), int(robust.option(words, "--reps", "2"))
    if len(words) != 3:
        sys.exit(__doc__)
    binary, data_folder, out = words
    data = robust.sets_of(data_folder)
    ranks = robust.ranks_of(ALL, binary)
    result = judge_all(ranks, data)
    changed = robust.summary(robust.look({"tend": ranks["tend"]}, data, KINDS, reps))
    changed.update(robust.summary(robust.look({n: r for n, r in ranks.items() if n != "tend"},
                                              data, KINDS, 1)))
    seen = None
    if frames:
        seen = live.score(live.read_lines(frames), live.read_lines(os.path.join(
            data_folder, "lab", "recording", "fault_windows.jsonl")))
    put_sets(result)
    put_faults(result)
    put_families(result)
    put_confidence(result)
    put_changes(changed)
    if seen:
        put_live(seen)
    tell_times(result)
    with open(out, "w", encoding="utf-8") as f:
        json.dump({"sets": result, "changed": changed, "live": seen}, f, indent=1)


if __name__ == "__main__":
    main(sys.argv[1:])
