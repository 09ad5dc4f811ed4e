#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""score.py - what a ranking of recorded incidents is worth, with 95 % intervals.

    score.py RANKING.jsonl GROUND_TRUTH.jsonl [--faults] [--json FILE]

RANKING.jsonl: lines of `tend diagnose --out` or of peers.py. Every case counts, one without a line
as wrong. Suspects are services: "SLI" and calls are left out, and of Sock Shop a database counts as
its service, whose only user it is. A metric is right when the truth names it.

AC@k: share whose service is among the first k; Avg@5 their mean for 1..5. Right: first, and called
detected. Quiet: share of the windows without a fault that were not called. Family: share named
right among the faults that have one and were placed right, and over all of them. ECE: expected
calibration error of the first suspect's confidence over the calls, in ten bins; a call in a quiet
window is wrong. Intervals: of shares of single cases Wilson's, of means of several looks at a case
the bootstrap by case, and Wilson's where all cases agree, which a bootstrap cannot doubt.
"""
import collections
import json
import math
import sys

import numpy as np

from cases import owner, read_truth, role

SURE = 0.9  # calls above are those a person would let it act upon
RESAMPLES = 2000

# Families by what the truth calls the fault; what stands not here has none of its own: latency and
# failures of a service may have any cause.
FAMILIES = {"cpu": "compute", "cpu_hog": "compute", "db_cpu_hog": "compute",
            "cache_cpu_hog": "compute", "cpu_contention": "compute", "cpu_consumed": "compute",
            "mem": "memory", "memory_leak": "memory", "network_delay": "network",
            "bad_deploy": "deploy", "hang": "crash", "crash_loop": "crash",
            "slow_db": "contention", "pool_leak": "pool", "flash_crowd": "traffic"}
SAME = {"availability": "crash"}  # another word for it
# What the first column hints at where a ranking names no family.
HINTS = {"latency": "contention", "client": "contention", "server": "contention",
         "errors": "deploy", "availability": "deploy", "cpu": "compute", "memory": "memory",
         "saturation": "pool", "restarts": "crash", "ready": "crash", "requests": "traffic"}


def wilson(right, n):
    """95 % interval of a share."""
    if n == 0:
        return math.nan, math.nan
    z, p = 1.959964, right / n
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return ((middle - half) / (1 + z * z / n) if right else 0.0,
            (middle + half) / (1 + z * z / n) if right < n else 1.0)


def figure(values):
    """{mean, low, high, n} of one value per case, each a mean of looks at it."""
    v = np.asarray([x for x in values if x is not None], dtype=float)
    if not len(v):
        return None
    mean = float(v.mean())
    if np.all(v == v[0]) or np.all((v == 0) | (v == 1)):
        low, high = wilson(mean * len(v), len(v))
    else:
        drawn = np.random.RandomState(1).randint(len(v), size=(RESAMPLES, len(v)))
        low, high = np.percentile(v[drawn].mean(axis=1), [2.5, 97.5])
    return {"mean": mean, "low": float(low), "high": float(high), "n": len(v)}


def calibration_error(calls):
    """Mean distance of confidence and share right, by ten bins of confidence."""
    bins = collections.defaultdict(list)
    for confidence, right in calls:
        bins[min(9, int(10 * confidence))].append((confidence, right))
    return sum(abs(sum(c for c, _ in b) - sum(r for _, r in b)) for b in bins.values()) / len(calls)


def calibration(calls, cases):
    """calls: (confidence, right) of each; of `cases` in all. None without any confidence."""
    if not calls:
        return None
    draw, errors = np.random.RandomState(1), []
    for _ in range(RESAMPLES // 4):
        errors.append(calibration_error([calls[i] for i in draw.randint(len(calls), size=len(calls))]))
    low, high = np.percentile(errors, [2.5, 97.5])
    sure = [right for confidence, right in calls if confidence > SURE]
    return {"calls": len(calls), "cases": cases,
            "ece": {"mean": calibration_error(calls), "low": float(low), "high": float(high),
                    "n": len(calls)},
            "sure_share": figure([float(c > SURE) for c, _ in calls]),
            "sure_right": figure([float(r) for r in sure])}


def suspects(line, dataset):
    names = [s for s in line.get("ranking") or [] if isinstance(s, str) and s != "SLI" and ">" not in s]
    if (dataset or "").startswith("sockshop1"):
        names = [s[:-3] if s.endswith("-db") else s for s in names]
    return list(dict.fromkeys(names))


def family_of(line):
    """The family of the first suspect: named, or what its first column or a bad call hints at."""
    named = line.get("family")
    named = named[0] if isinstance(named, list) and named else named
    if isinstance(named, str):
        return SAME.get(named, named)
    evidence = [e for e in line.get("evidence") or [] if isinstance(e, dict)]
    first = (line.get("ranking") or [None])[0]
    mine = [e for e in evidence if e.get("service") == first and not e.get("against")]
    if mine and max(mine, key=lambda e: e.get("weight") or 0).get("kind") == "network":
        return "network"
    columns = [m for m in line.get("metric_ranking") or [] if owner(m) == first]
    return HINTS.get(role(columns[0])) if columns else None


def judge(truth, line):
    """What one line is worth: pos, mpos (1.. or None), detected, family, confidence, ms, right."""
    answered = bool(line)
    ranking = suspects(line, truth["dataset"])
    detected = line.get("detected")
    detected = bool(ranking) if detected is None else bool(detected)
    out = {"case": truth["case"], "dataset": truth["dataset"], "fault": truth.get("fault"),
           "service": truth.get("service"), "detected": detected, "ms": line.get("ms"),
           "first": ranking[0] if ranking else None}
    confidence = line.get("confidence") or []
    out["confidence"] = confidence[0] if confidence and ranking and detected else None
    if out["service"] is None:
        out["quiet"] = answered and not detected
        out["right"] = False
        return out
    out["pos"] = ranking.index(out["service"]) + 1 if out["service"] in ranking else None
    columns = list(dict.fromkeys(line.get("metric_ranking") or []))
    hits = [columns.index(m) + 1 for m in truth.get("metrics") or [] if m in columns]
    out["metrics"] = bool(truth.get("metrics"))
    out["mpos"] = min(hits) if hits else None
    out["right"] = out["pos"] == 1
    out["true_family"], out["family"] = FAMILIES.get(out["fault"]), family_of(line)
    if truth.get("onset_row") is not None and isinstance(line.get("onset_row"), (int, float)):
        out["onset_error"] = abs(line["onset_row"] - truth["onset_row"])
    return out


def within(position, k):
    return float(position is not None and position <= k)


def figures(judged):
    """All figures of one set; judged: the lines of judge()."""
    ill = [j for j in judged if j["service"] is not None]
    calm = [j for j in judged if j["service"] is None]
    out = {"n": len(ill), "quiet": figure([float(j["quiet"]) for j in calm])}
    if ill:
        at = {k: [within(j["pos"], k) for j in ill] for k in range(1, 6)}
        named = [j for j in ill if j["metrics"]]
        known = [j for j in ill if j["true_family"]]
        placed = [j for j in known if j["right"]]
        out.update({
            "ac1": figure(at[1]), "ac3": figure(at[3]),
            "avg5": figure([sum(at[k][i] for k in at) / 5 for i in range(len(ill))]),
            "right": figure([float(j["right"] and j["detected"]) for j in ill]),
            "metric1": figure([within(j["mpos"], 1) for j in named]),
            "family": figure([float(j["right"] and j["family"] == j["true_family"])
                              for j in known]),
            "family_placed": figure([float(j["family"] == j["true_family"]) for j in placed])})
        out["confusion"] = confusion(placed)
        errors = sorted(j["onset_error"] for j in ill if "onset_error" in j)
        out["onset_error"] = ({"median": errors[len(errors) // 2], "most": errors[-1]}
                              if errors else None)
    times = sorted(j["ms"] for j in judged if j["ms"] is not None)
    out["ms"] = {"median": times[len(times) // 2], "most": times[-1]} if times else None
    out["calibration"] = calibration([(j["confidence"], float(j["right"])) for j in judged
                                      if j["confidence"] is not None], len(judged))
    return out


def confusion(placed):
    """{true family: {named: count}} of those whose place was right."""
    table = {}
    for j in placed:
        row = table.setdefault(j["true_family"], {})
        row[j["family"] or "none"] = row.get(j["family"] or "none", 0) + 1
    return {true: dict(sorted(row.items())) for true, row in sorted(table.items())}


def score(lines, truth):
    """{"sets": {set: figures}, "faults": {"set/fault": figures}, "cases": judged}."""
    judged = [judge(t, lines.get(case, {})) for case, t in truth.items()]
    sets, faults = collections.defaultdict(list), collections.defaultdict(list)
    for j in judged:
        sets[j["dataset"]].append(j)
        if j["service"] is not None:
            faults[f"{j['dataset']}/{j['fault']}"].append(j)
    return {"sets": {k: figures(v) for k, v in sorted(sets.items())},
            "faults": {k: figures(v) for k, v in sorted(faults.items())},
            "all": figures(judged), "cases": judged}


def show(f, digits=2):
    """"0.92 (0.74..0.98)", "-" where there is nothing to tell."""
    if f is None:
        return "-"
    return f"{f['mean']:.{digits}f} ({f['low']:.{digits}f}..{f['high']:.{digits}f})"


COLUMNS = (("ac1", "AC@1"), ("ac3", "AC@3"), ("avg5", "Avg@5"), ("right", "right and detected"),
           ("metric1", "metric AC@1"), ("family", "place and family"), ("quiet", "left quiet"))


def main(words):
    words = list(words)
    out = words.pop(words.index("--json") + 1) if "--json" in words[:-1] else None
    paths = [w for w in words if not w.startswith("--")]
    if len(paths) != 2 or set(words) - set(paths) - {"--json", "--faults"}:
        sys.exit(__doc__)
    lines, truth = read_truth(paths[0]), read_truth(paths[1])
    for case in sorted(set(lines) - set(truth)):
        print(f"{case}: no such case in {paths[1]}", file=sys.stderr)
    result = score(lines, truth)
    print("%-28s %4s" % ("set", "n") + "".join("%20s" % title for _, title in COLUMNS))
    for name, f in [*result["sets"].items(),
                    *(result["faults"].items() if "--faults" in words else [])]:
        print("%-28s %4d" % (name, f["n"]) + "".join("%20s" % show(f.get(k)) for k, _ in COLUMNS))
    c = result["all"]["calibration"]
    if c:
        print(f"confidence: ECE {show(c['ece'], 3)} over {c['calls']} calls; above {SURE}: "
              f"{show(c['sure_share'])} of them, right {show(c['sure_right'])}")
    times = result["all"]["ms"]
    if times:
        print(f"ms a case: median {times['median']:.2f}, most {times['most']:.2f}")
    if out:
        with open(out, "w", encoding="utf-8") as f:
            json.dump(result, f, indent=1)


if __name__ == "__main__":
    main(sys.argv[1:])
