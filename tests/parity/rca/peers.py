#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""peers.py - published methods of root-cause ranking, written from their papers, to stand beside tend.

    peers.py METHOD CASE_DIR... > ranking.jsonl     (METHOD: baro, nsigma, recipe, impact)

One line of JSON per case, as `tend diagnose --out` writes them.

baro     L. Pham, H. Ha, H. Zhang 2024, BARO: Robust Root Cause Analysis for Microservices via
         Multivariate Bayesian Online Change Point Detection (FSE): each column is scaled by median
         and interquartile range before the change; the largest value after it is its score. Where
         no onset is given, bocpd.py finds it in latencies and errors. It always answers.
nsigma   the same with mean and standard deviation, as in J. Lin, P. Chen, Z. Zheng 2018, Microscope
         (ICSOC) and the benchmark RCAEval; without an onset the recording is split in half.
         It answers always, and calls it detected beyond three sigmas.
recipe   tend's first diagnoser: how unusual a service is to an isolation forest of its own
         (F. T. Liu, K. M. Ting, Z.-H. Zhou 2008) times the largest correlation of one of its
         columns with the symptom at the door.
impact   excess latency and failures as a flow along the calls: what a service adds beyond its
         callees is its own. Medians and floored sigmas, every channel weighs one, nothing is fitted.
"""
import json
import sys
import time

import numpy as np

import bocpd
from cases import metric, owner, read_case, role, statistic

KINDS = ("latency", "availability", "errors")


def split_of(case):
    """All rows and the row at which they part; in half where nobody knows."""
    rows, at = case.window()
    return rows, at if at else max(1, len(rows) // 2)


def answer(case, scores, at, detected, confidence=None):
    """A result line from the scores of columns, the best column of a service standing for it."""
    order = sorted((c for c in scores if np.isfinite(scores[c])), key=lambda c: -scores[c])
    names = [case.columns[c] for c in order]
    services = list(dict.fromkeys(o for o in map(owner, names) if o != "SLI" and ">" not in o))
    history = 0 if case.normal is None else len(case.normal)
    return {"case": case.name, "ranking": services,
            "metric_ranking": [n for n in names if owner(n) in services],
            "confidence": confidence or [], "detected": bool(detected and services),
            "onset_row": None if at is None else at - history}


def watched_columns(case):
    """All but further statistics of the same latency, of which the papers keep one."""
    best = chosen_columns(case, every=True)
    return [c for c, name in enumerate(case.columns)
            if role(name) not in ("latency", "client", "server")
            or best[owner(name), role(name)] == c]


def quantiles(rows, *shares):
    """Quantiles of each column between its known values, linear as numpy's; NAN without any."""
    ordered = np.sort(rows, axis=0)  # gaps come last
    known = np.sum(~np.isnan(rows), axis=0)
    out = []
    for share in shares:
        at = share * np.maximum(known - 1, 0)
        low = np.floor(at).astype(int)
        low, high = (np.take_along_axis(ordered, np.minimum(i, known - 1).clip(0)[None], 0)[0]
                     for i in (low, low + 1))
        out.append(low + (at - np.floor(at)) * (high - low))
    return out


def median_and_interquartile(rows):
    low, centre, high = quantiles(rows, 0.25, 0.5, 0.75)
    return centre, high - low


def mean_and_deviation(rows):
    known = np.maximum(np.sum(~np.isnan(rows), axis=0), 1)
    mean = np.nansum(rows, axis=0) / known
    return mean, np.sqrt(np.nansum((rows - mean) ** 2, axis=0) / known)


def spread_scores(case, rows, at, level):
    """Largest standardised value after the split, of each column that moves on both sides of it."""
    watched = watched_columns(case)
    rows = rows[:, watched]
    # a scale of 0 counts as 1, so units matter: RCAEval holds memory in MB
    bytes_ = [role(case.columns[c]) == "memory" for c in watched]
    rows = np.where(bytes_ & (np.nanmax(rows, axis=0, initial=0) > 1e4), rows / 1e6, rows)
    old, new = rows[:at], rows[at:]
    most = np.nanmax(new, axis=0, initial=-np.inf)
    # the papers drop what is constant on either side
    moves = ((np.nanmax(old, axis=0, initial=-np.inf) > np.nanmin(old, axis=0, initial=np.inf))
             & (most > np.nanmin(new, axis=0, initial=np.inf)))
    centre, scale = level(old)
    score = (most - centre) / np.where(scale > 0, scale, 1)
    return {c: float(x) for c, x, m in zip(watched, score, moves) if m}


def baro(case):
    rows, at = case.window()
    if not at:
        watched = [c for c, name in enumerate(case.columns)
                   if role(name) in KINDS and ">" not in owner(name)]
        at = bocpd.first_change(rows[:, watched]) or max(1, len(rows) // 2)
    return answer(case, spread_scores(case, rows, at, median_and_interquartile), at, True)


def nsigma(case):
    rows, at = split_of(case)
    scores = spread_scores(case, rows, at, mean_and_deviation)
    return answer(case, scores, at, max(scores.values(), default=0) > 3)


# recipe ------------------------------------------------------------------------------------------

TREES, SAMPLE = 25, 64  # a quarter of the paper's, which are for sets of thousands of rows


def normaliser(n):
    """Mean path length of an unsuccessful search in a tree of n rows (Liu et al., equation 1)."""
    n = np.asarray(n, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        length = 2 * (np.log(n - 1) + 0.5772156649) - 2 * (n - 1) / n
    return np.where(n > 2, length, np.where(n == 2, 1.0, 0.0))


def forest_scores(train, test, seed):
    """Mean anomaly score 0..1 of test rows per block: train [B][n][F], test [B][m][F], no gaps.

    All trees of all blocks grow level by level at once; a node is its number in the full tree.
    """
    draw = np.random.RandomState(seed)
    blocks, n, width = train.shape
    sample = min(SAMPLE, n)
    depth = max(1, int(np.ceil(np.log2(sample))))
    picked = np.argsort(draw.uniform(size=(blocks, TREES, n)), axis=2)[:, :, :sample]
    grown = train[np.arange(blocks)[:, None, None], picked].reshape(blocks * TREES, sample, width)
    asked = np.repeat(test, TREES, axis=0)
    trees = blocks * TREES
    tree = np.arange(trees)
    node, place = np.zeros((trees, sample), int), np.zeros((trees, test.shape[1]), int)
    path, done = np.zeros(place.shape), np.zeros(place.shape, bool)
    for level in range(depth):
        nodes = 2 ** level
        key = (tree[:, None] * nodes + node).ravel()
        feature = draw.randint(width, size=(trees, nodes))
        value = np.take_along_axis(grown, feature[tree[:, None], node][:, :, None], 2)[:, :, 0]
        size = np.bincount(key, minlength=trees * nodes)
        low, high = np.full(trees * nodes, np.inf), np.full(trees * nodes, -np.inf)
        order = np.argsort(key, kind="stable")
        some = size > 0
        begin = (np.cumsum(size) - size)[some]
        low[some] = np.minimum.reduceat(value.ravel()[order], begin)
        high[some] = np.maximum.reduceat(value.ravel()[order], begin)
        low, high, size = (x.reshape(trees, nodes) for x in (low, high, size))
        leaf = ~(high > low)
        with np.errstate(invalid="ignore"):
            cut = np.where(leaf, np.inf, low + draw.uniform(size=low.shape) * (high - low))
        ends = leaf[tree[:, None], place] & ~done
        path[ends] = level + normaliser(size[tree[:, None], place])[ends]
        done |= ends
        node = 2 * node + (value >= cut[tree[:, None], node])
        mine = np.take_along_axis(asked, feature[tree[:, None], place][:, :, None], 2)[:, :, 0]
        place = 2 * place + (mine >= cut[tree[:, None], place])
    key = (tree[:, None] * 2 ** depth + node).ravel()
    size = np.bincount(key, minlength=trees * 2 ** depth).reshape(trees, 2 ** depth)
    left = ~done
    path[left] = depth + normaliser(size[tree[:, None], place])[left]
    mean = path.reshape(blocks, TREES, -1).mean(axis=1)
    return np.mean(2.0 ** (-mean / max(float(normaliser(sample)), 1e-9)), axis=1)


def correlations(rows, symptom):
    """Pearson of each column with one, gaps left out by pairs; 0 where either is constant."""
    both = ~np.isnan(rows) & ~np.isnan(symptom)[:, None]
    count = np.maximum(both.sum(0), 1)
    x, y = np.where(both, rows, 0), np.where(both, symptom[:, None], 0)
    x, y = (np.where(both, v - v.sum(0) / count, 0) for v in (x, y))
    power = np.sqrt((x * x).sum(0) * (y * y).sum(0))
    return np.where((count >= 5) & (power > 1e-12), (x * y).sum(0) / np.maximum(power, 1e-300), 0)


def symptoms_of(case):
    """Columns in which the users' trouble shows: of the target, else of SLI."""
    for place in (case.target.get("service"), "SLI"):
        found = [c for c, n in enumerate(case.columns) if owner(n) == place and role(n) in KINDS]
        named = [c for c in found if metric(case.columns[c]) == case.target.get("metric")]
        if found:
            return named or found
    return []


def recipe(case):
    rows, at = split_of(case)
    services = case.services()
    kept = ("latency", "errors", "availability", "cpu", "memory")
    of = {s: [c for c, n in enumerate(case.columns) if owner(n) == s and role(n) in kept]
          for s in services}
    services = [s for s in services if of[s]]
    if not services or at < 2 or at >= len(rows):
        return answer(case, {}, at, False)
    width = max(len(of[s]) for s in services)
    filled = np.where(np.isnan(rows), np.nan_to_num(quantiles(rows[:at], 0.5)[0]), rows)
    # a service with few columns repeats them, so that all trees grow together
    blocks = np.stack([filled[:, [of[s][i % len(of[s])] for i in range(width)]] for s in services])
    unusual = forest_scores(blocks[:, :at], blocks[:, at:], 1)
    # as much of what was before as of what came after
    span = max(len(rows) - at, 30)
    near = rows[max(0, at - span):]
    scores = {}
    moving = np.zeros(rows.shape[1])
    for c in symptoms_of(case):
        sign = -1 if role(case.columns[c]) == "availability" else 1
        moving = np.maximum(moving, correlations(near, sign * near[:, c]))
    for s, unusual_of in zip(services, unusual):
        for c in of[s]:
            scores[c] = float(unusual_of * moving[c])
    return answer(case, scores, at, max(scores.values(), default=0) > 0.5)


# impact ------------------------------------------------------------------------------------------

LEAST = 3.0  # sigmas that are evidence; smaller: noise is, larger: faint faults are not
FLOORS = {"latency": (0.1, 1e-12), "errors": (0, 0.01), "cpu": (0.1, 0.01), "memory": (0.1, 0.01),
          "saturation": (0.1, 0.01), "restarts": (0, 0.2)}  # share of the level, least


def level_change(rows, at, floors, full):
    """(centre before, median after, z in floored sigmas) of one column; z is 0 where unknown."""
    old, new = rows[:at], rows[at:]
    old, new = old[~np.isnan(old)], new[~np.isnan(new)]
    if not len(old) or not len(new):
        return 0.0, 0.0, 0.0
    centre, after = float(np.median(old)), float(np.median(new))
    sigma = 1.4826 * float(np.median(np.abs(old - centre)))
    sigma = max(sigma, floors[0] * abs(centre) * (1 + 6 / len(old)), floors[1] * full, 1e-12)
    return centre, after, (after - centre) / sigma


def evidence(z):
    return float(np.log1p(max(0.0, z - LEAST) / 3))


def change_row(rows):
    """Where most columns change their level together: largest summed gain of two means over one."""
    n = len(rows)
    margin = max(3, n // 20)
    if n < 3 * margin:
        return None
    gain = np.zeros(n)
    for value in rows.T:
        known = value[~np.isnan(value)]
        if len(known) < n / 2 or np.ptp(known) == 0:
            continue
        centre = np.median(known)
        step = np.abs(np.diff(known))
        sigma = max(1.4826 / np.sqrt(2) * np.median(step), 0.05 * abs(centre), 1e-9)
        z = np.clip(np.nan_to_num((value - centre) / sigma), -10, 10)
        past, total = np.concatenate([[0], np.cumsum(z)])[:-1], z.sum()
        k = np.arange(1, n)
        gain[1:] += past[1:] ** 2 / k + (total - past[1:]) ** 2 / (n - k) - total ** 2 / n
    return margin + int(np.argmax(gain[margin:n - margin + 1]))


def chosen_columns(case, every=False):
    """{(owner, role): column}, the statistic closest to what all requests see; every: calls too."""
    best = {}
    for c, name in enumerate(case.columns):
        what, s = role(name), owner(name)
        if what is None or (not every and (">" in s or what == "client")):
            continue
        if (s, what) not in best or statistic(name) < statistic(case.columns[best[s, what]]):
            best[s, what] = c
    return best


def own_flow(services, graph, seen):
    """What is left of a service's impact when that of its callees is taken away."""
    own = dict(seen)
    for caller, callee in graph or []:
        if caller in own and seen.get(callee, 0) > 0:
            own[caller] -= seen[callee]
    total = sum(x for x in own.values() if x > 0)
    return {s: own[s] / total if total > 0 and own[s] > 0 else 0.0 for s in services}


def excess(rows, at, column, centre, requests):
    """Mean over the rows after the split of excess x requests; without a count each row weighs one."""
    with np.errstate(invalid="ignore"):
        flow = (rows[at:, column] - centre) * (1 if requests is None else rows[at:, requests])
    return float(np.nansum(flow) / max(1, len(flow)))


def impact(case):
    rows, at = case.window()
    best = chosen_columns(case)
    if not at:
        level = [c for (_, what), c in best.items() if what not in ("requests", "ready")]
        at = change_row(rows[:, level])
    if not at or at >= len(rows):
        return answer(case, {}, None, False)
    services, scores, seen, changes = case.services(), {}, {}, {}
    for channel in ("latency", "errors"):
        seen, changes = {}, {}
        for s in services:
            column, sign = best.get((s, channel)), 1.0
            if channel == "errors" and column is None and (s, "availability") in best:
                column, sign = best[s, "availability"], -1.0
            if column is None:
                continue
            full = 100.0 if sign < 0 and np.nanmax(rows[:, column], initial=0) > 1.5 else 1.0
            value = sign * rows[:, column] / full
            centre, _, z = level_change(value, at, FLOORS[channel], 1)
            seen[s] = sign / full * excess(rows, at, column, sign * full * centre,
                                           best.get((s, "requests")))
            changes[s] = column, z
        share = own_flow(list(seen), case.graph, seen)
        for s, (column, z) in changes.items():
            scores[column] = share[s] * evidence(z)
    for channel in ("cpu", "memory", "saturation", "restarts"):
        most = max((np.nanmax(rows[:, c], initial=0) for (_, what), c in best.items()
                    if what == channel), default=0)
        full = 0.0 if most > 1000 else 100.0 if most > 1.5 else 1.0  # bytes, percent, share
        for s in services:
            if (s, channel) in best:
                column = best[s, channel]
                scores[column] = evidence(level_change(rows[:, column], at, FLOORS[channel], full)[2])
    scores = {c: x for c, x in scores.items() if x > 0}
    return summed(case, scores, at)


def summed(case, scores, at):
    """Channels of a service add up; its columns follow by their own weight."""
    total = {}
    for c, x in scores.items():
        total[owner(case.columns[c])] = total.get(owner(case.columns[c]), 0.0) + x
    total.pop("SLI", None)
    out = answer(case, scores, at, bool(total))
    out["ranking"] = sorted(total, key=lambda s: -total[s])
    out["metric_ranking"] = [case.columns[c] for c in sorted(
        (c for c in scores if owner(case.columns[c]) in total),
        key=lambda c: (out["ranking"].index(owner(case.columns[c])), -scores[c]))]
    return out


METHODS = {"baro": baro, "nsigma": nsigma, "recipe": recipe, "impact": impact}


def rank(method, case):
    began = time.perf_counter()
    with np.errstate(all="ignore"):
        out = METHODS[method](case)
    out["ms"] = round(1000 * (time.perf_counter() - began), 3)
    return out


def main(words):
    if len(words) < 2 or words[0] not in METHODS:
        sys.exit(__doc__)
    for folder in words[1:]:
        print(json.dumps(rank(words[0], read_case(folder))))


if __name__ == "__main__":
    main(sys.argv[1:])
