#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""realism.py [--forest] [--preset NAME] - simulated metrics beside recorded ones.

Of every column of the normal part of each recorded set, and of healthy simulated episodes: the
robust coefficient of variation, lag-1 autocorrelation, excess kurtosis and the share of samples
beyond five robust sigmas. The simulated p10, p50 and p90 must each lie within what the recorded
sets have for it. --forest asks a random forest on scale-free features of windows of 200 rows to
tell simulated from recorded columns it has not seen, one set left out at a time.

Needs TEND_DATA (recorded sets) and numpy; --forest scikit-learn.
"""

import argparse
import csv
import glob
import math
import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "bindings", "python"))
import tend  # noqa: E402

SETS = {"sockshop": "sockshop1/*/normal.csv", "petshop": "petshop/normal*.csv",
        "boutique": "nezha_ob/normal.csv", "trainticket": "nezha_tt/normal.csv"}
# what the recorded sets have; hardly any has errors, none the use of a pool
KINDS = {"latency": ("lat", "p50", "p90", "p95", "latency"), "cpu": ("cpu",),
         "memory": ("mem",), "requests": ("lod", "requests", "qps", "ops")}
QUANTILES = (10, 50, 90)
STATISTICS = ("robust CV", "lag-1", "kurtosis", "beyond 5 sigma")
ROWS_LEAST = 60


def kind_of(name):
    metric = name.split("|")[-1].split(".")[-1]
    for kind, words in KINDS.items():
        if any(word in metric for word in words):
            return kind
    return "other"


def recorded(folder):
    """{set: [(kind, values)]}"""
    out = {}
    for name, pattern in SETS.items():
        columns = []
        for path in sorted(glob.glob(os.path.join(folder, "rca", pattern)) or
                           glob.glob(os.path.join(folder, pattern))):
            with open(path, newline="") as f:
                rows = list(csv.reader(f))
            for i, head in enumerate(rows[0][1:], 1):
                values = np.array([float(r[i]) if r[i] else math.nan for r in rows[1:]])
                if kind_of(head) != "other":
                    columns.append((kind_of(head), values))
        out[name] = columns
    return out


def simulated(systems, preset, rows, seeds):
    """{system: [(kind, values)]} of healthy episodes"""
    out = {}
    for system in systems:
        columns = []
        for seed in seeds:
            env = tend.Env(system=system, steps=rows, preset=preset, fault="none")
            table = [env.reset(seed=seed)[0]]
            for _ in range(rows - 1):
                table.append(env.step(0)[0])
            table = np.array(table, dtype=float)
            for i, name in enumerate(env.columns):
                kind = kind_of(name)
                if kind != "other":
                    columns.append((kind, table[:, i]))
        out[os.path.splitext(os.path.basename(system))[0]] = columns
    return out


def statistics(values):
    """Four numbers of a column, None when it hardly moves or hardly is."""
    x = values[~np.isnan(values)]
    if len(x) < ROWS_LEAST:
        return None
    middle = np.median(x)
    mad = 1.4826 * np.median(np.abs(x - middle))
    sd = x.std()
    if sd == 0 or mad == 0 or middle == 0:
        return None
    centred = x - x.mean()
    lag = float((centred[1:] * centred[:-1]).mean() / centred.var())
    return (mad / abs(middle), lag, float((centred ** 4).mean() / sd ** 4 - 3),
            float((np.abs(x - middle) > 5 * mad).mean()))


def table_of(columns):
    rows = [s for s in (statistics(v) for _, v in columns) if s]
    return np.percentile(np.array(rows), QUANTILES, axis=0), len(rows)


def compare(real, made):
    """Prints the table; how many quantiles lie outside."""
    of_real = {name: table_of(columns) for name, columns in real.items()}
    outside = 0
    print(f"{'':12}{'columns':>8}" + "".join(f"{s:^22}" for s in STATISTICS))
    print(f"{'':20}" + "".join(f"{'p' + str(q):>7}" for q in QUANTILES).ljust(22) * 4)
    for name, (t, n) in of_real.items():
        print(f"{name:12}{n:8}" + "".join("".join(f"{t[j, i]:7.3f}" for j in range(3)).ljust(22)
                                              for i in range(4)))
    low = np.min([t for t, _ in of_real.values()], axis=0)
    high = np.max([t for t, _ in of_real.values()], axis=0)
    for name, columns in made.items():
        t, n = table_of(columns)
        cells = ""
        for i in range(4):
            for j in range(3):
                inside = low[j, i] <= t[j, i] <= high[j, i]
                outside += not inside
                cells += f"{t[j, i]:6.3f}" + (" " if inside else "!")
            cells += " "
        print(f"{name:12}{n:8}{cells}")
    return outside


def features(x):
    """Scale-free: nothing of them changes when the column is multiplied."""
    x = x[~np.isnan(x)]
    middle = np.median(x)
    mad = 1.4826 * np.median(np.abs(x - middle))
    sd = x.std()
    if len(x) < ROWS_LEAST or sd == 0 or mad == 0:
        return None
    z = (x - x.mean()) / sd
    lags = [float((z[k:] * z[:-k]).mean()) for k in (1, 2, 5, 10)]
    d = np.diff(z)
    third = len(z) // 3
    return lags + [mad / sd, float((z ** 3).mean()), float((z ** 4).mean()),
                   float((np.abs(x - middle) > 5 * mad).mean()), float(d.std()),
                   float((d == 0).mean()), float(np.abs(d).max()),
                   float(z[:third].mean() - z[-third:].mean())]


def windows(columns, length, most, seed):
    rng = np.random.default_rng(seed)
    out = []
    for _, values in columns:
        for start in range(0, max(1, len(values) - length + 1), length):
            f = features(values[start:start + length])
            if f:
                out.append(f)
    rng.shuffle(out)
    return out[:most]


def forest(real, made):
    """Area under the curve with each recorded set left out in turn."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import roc_auc_score
    names = list(real)
    systems = list(made)
    areas = []
    for i, out in enumerate(names):
        train, truth = [], []
        for name in names:
            if name != out:
                w = windows(real[name], 200, 400, 1)
                train += w
                truth += [1] * len(w)
        held = systems[i % len(systems)]
        for name in systems:
            if name != held or len(systems) == 1:
                w = windows(made[name], 200, 400, 2)
                train += w
                truth += [0] * len(w)
        test = windows(real[out], 200, 400, 3)
        made_test = windows(made[held], 200, 400, 4)
        f = RandomForestClassifier(300, random_state=1, class_weight="balanced", min_samples_leaf=3)
        f.fit(train, truth)
        p = f.predict_proba(test + made_test)[:, 1]
        area = roc_auc_score([1] * len(test) + [0] * len(made_test), p)
        areas.append(area)
        print(f"  without {out:12} AUC {area:.3f}  ({len(test)} recorded, {len(made_test)} simulated "
              f"windows of {held})")
    print(f"  mean AUC {np.mean(areas):.3f}, asked at most 0.85")
    return float(np.mean(areas))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--preset", default="real")
    parser.add_argument("--forest", action="store_true")
    parser.add_argument("--systems", nargs="*", default=["default", "shop", "layered40"])
    parser.add_argument("--rows", type=int, default=300)
    parser.add_argument("--outside", type=int, default=0,
                        help="quantiles that may lie outside before it ends with 1")
    args = parser.parse_args()
    folder = os.environ.get("TEND_DATA")
    if not folder:
        sys.exit("realism.py: TEND_DATA names no folder with the recorded sets")
    real = recorded(folder)
    made = simulated(args.systems, args.preset, args.rows, range(1, 9))
    outside = compare(real, made)
    print(f"{outside} of {12 * len(made)} quantiles outside the recorded sets' (marked !)")
    area = forest(real, made) if args.forest else 0
    return 1 if outside > args.outside or area > 0.85 else 0


if __name__ == "__main__":
    sys.exit(main())
