#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""perturb.py - recorded incidents, changed in what a ranking must not lean on.

    perturb.py DATA/rca OUT KIND [--seed N] [--rep N]    writes the changed cases into the folder OUT

The true cause stays. Kinds:
  rows     each row goes missing with a chance of 1/5, but for the one at the onset
  alarm    the stated onset is off by up to 120 s, at least a row; where none is stated, the
           recording begins later and ends earlier
  short    the incident is over early: 30 to 70 % of its rows, then ordinary ones
  late     the onset is stated up to 120 s late, and the incident is over early
  columns  a fifth of the columns is gone: none of the users' symptom and none the truth names, at
           most half of the cause's
  noise    each value times a lognormal of sigma .1, and .3 robust sigmas of its ordinary rows
  rename   other names, other order of columns and calls
  half     only the first or second half of the ordinary rows
  faint    the incident moves half as far from the ordinary centre; load stays
  drift    three services that neither are the cause nor wait for it run 2 to 4 times slower and
           busier from before the alarm on
  units    latencies in thousandths
  nohist   no ordinary rows but a tail: 60 of a recording by the second, else 8
  edges    no columns of calls
  nograph  no call graph
The same seed, kind, repetition and case give the same bytes.
"""
import hashlib
import os
import sys

import numpy as np

from cases import (SHORT_STEP_S, is_latency, metric, owner, read_set, role, write_case)

KINDS = ("none", "rows", "alarm", "short", "late", "columns", "noise", "rename", "half", "faint",
         "drift", "units", "nohist", "edges", "nograph")
ONCE = ("none", "faint", "units", "nohist", "edges", "nograph")  # nothing is drawn


def draw(*key):
    """A generator whose stream NumPy promises to keep."""
    text = "/".join(str(k) for k in key)
    return np.random.RandomState(int(hashlib.sha256(text.encode()).hexdigest()[:8], 16))


def true_onset(case, truth):
    """Row of the incident's file at which it truly begins, None in a quiet window."""
    if truth.get("service") is None:
        return None
    return case.onset if case.onset is not None else truth.get("onset_row")


def retimed(case, rows):
    return case.changed(rows=rows, time=case.time[0] + case.step_s * np.arange(len(rows)))


def shared_draw(case, seed, kind, rep):
    """Ordinary rows that many cases share change alike for all of them."""
    return draw(seed, kind, rep, "normal", os.path.basename(case.normal_key or case.name),
                case.dataset)


def with_normal(case, normal, *mark):
    return case.changed(normal=normal, normal_key=(case.normal_key, *mark))


def lost_rows(case, truth, r, key):
    kept = r.uniform(size=len(case.rows)) > 0.2
    if case.onset is not None:
        kept[case.onset] = True
    onset = None if case.onset is None else int(kept[:case.onset].sum())
    out = case.changed(rows=case.rows[kept], time=case.time[kept], onset=onset)
    if case.normal is not None:
        still = shared_draw(case, *key).uniform(size=len(case.normal)) > 0.2
        out = with_normal(out, case.normal[still], *key)
    return out


def steps_off(case):
    return max(1, round(120 / case.step_s))


def moved_alarm(case, truth, r, key):
    most = steps_off(case)
    if case.onset is None:
        at = true_onset(case, truth) or 0
        head, tail = r.randint(0, min(most, at // 2) + 1), r.randint(0, most + 1) // 2
        # of an incident as short as these seconds half must stay
        tail = min(tail, (len(case.rows) - at) // 2)
        return case.changed(rows=case.rows[head:len(case.rows) - tail],
                            time=case.time[head:len(case.rows) - tail])
    off = r.randint(1, most + 1) * (1 if r.uniform() < 0.5 else -1)
    if case.onset + off >= 0 or case.normal is None:
        return case.changed(onset=int(np.clip(case.onset + off, 0, len(case.rows) - 1)))
    # before the file's first row: the last ordinary rows come into it
    need = -(case.onset + off)
    out = retimed(case, np.vstack([case.normal[-need:], case.rows]))
    return with_normal(out, case.normal[:-need], "cut", need).changed(onset=0)


def ordinary(case, n, r, at):
    """n rows in a row from an ordinary time."""
    source = case.normal if case.normal is not None else case.rows[:max(1, at)]
    begin = r.randint(0, max(1, len(source) - n))
    picked = source[begin:begin + n]
    return picked[np.arange(n) % len(picked)]


def over_early(case, truth, r, key, least=1):
    at = true_onset(case, truth)
    if at is None:
        return case
    lasts = len(case.rows) - at
    stays = min(lasts, max(least, 1, round(lasts * r.uniform(0.3, 0.7))))
    if stays == lasts:
        return case
    return retimed(case, np.vstack([case.rows[:at + stays], ordinary(case, lasts - stays, r, at)]))


def late_and_short(case, truth, r, key):
    at, off = true_onset(case, truth), r.randint(1, steps_off(case) + 1)
    if case.onset is None:
        return over_early(case, truth, r, key)
    late = min(case.onset + off, len(case.rows) - 1)
    # a row of it must stay behind what is called its onset
    out = over_early(case, truth, r, key, late - at + 1 if at is not None else 1)
    return out.changed(onset=late)


def fewer_columns(case, truth, r, key):
    cause, noticed = truth.get("service"), case.target.get("service")
    kept, mine = [], []
    for i, name in enumerate(case.columns):
        if name in truth.get("metrics", []) or owner(name) in ("SLI", noticed):
            kept.append(i)
        elif owner(name) == cause:
            mine.append(i)
        elif r.uniform() > 0.2:
            kept.append(i)
    symptom = [i for i in mine if metric(case.columns[i]) == case.target.get("metric")]
    kept += symptom + [mine[i] for i in r.permutation(len(mine))[:(len(mine) + 1) // 2]]
    kept = sorted(set(kept))
    out = case.changed(columns=[case.columns[i] for i in kept], rows=case.rows[:, kept])
    return out if case.normal is None else out.changed(normal=case.normal[:, kept])


def levels(case, truth):
    """Centre and robust sigma of each column in ordinary rows."""
    at = true_onset(case, truth)
    rows = case.normal if case.normal is not None else case.rows[:at] if at else case.rows
    with np.errstate(all="ignore"):
        known = np.where(np.isnan(rows).all(axis=0), 0.0, rows)
        centre = np.nanmedian(known, axis=0)
        return centre, 1.4826 * np.nanmedian(np.abs(known - centre), axis=0)


def noisy(case, truth, r, key):
    _, sigma = levels(case, truth)
    # a share near its full scale would leave it
    bounded = np.array([role(name) == "availability" for name in case.columns])

    def blur(rows, g):
        louder = rows * np.exp(0.1 * g.standard_normal(rows.shape))
        louder = np.maximum(0, louder + 0.3 * sigma * g.standard_normal(rows.shape))
        return np.where(bounded, rows, louder)
    out = case.changed(rows=blur(case.rows, r))
    return out if case.normal is None else with_normal(
        out, blur(case.normal, shared_draw(case, *key)), *key)


def half_of_normal(case, truth, r, key):
    if case.normal is None:
        return case
    n = len(case.normal) // 2
    first = shared_draw(case, *key).uniform() < 0.5
    return with_normal(case, case.normal[:n] if first else case.normal[n:], *key)


def fainter(case, truth, r, key):
    at = true_onset(case, truth)
    if at is None:
        return case
    centre, _ = levels(case, truth)
    moves = np.array([role(name) != "requests" for name in case.columns])
    rows = case.rows.copy()
    begin = at if case.normal is None else 0
    rows[begin:] = np.where(moves, centre + 0.5 * (rows[begin:] - centre), rows[begin:])
    return case.changed(rows=rows)


def waits_for(graph, name):
    """The service and everything that calls it, however far up."""
    found, todo = {name}, [name]
    while todo:
        at = todo.pop()
        for caller, callee in graph or []:
            if callee == at and caller not in found:
                found.add(caller)
                todo.append(caller)
    return found


def drifting(case, truth, r, key):
    if case.onset == 0:  # no row before the alarm to drift in
        return case
    safe = waits_for(case.graph, truth["service"]) if truth.get("service") else set()
    safe |= {truth.get("service"), case.target.get("service"), "SLI"}
    safe |= {s + "-db" for s in safe if s} | {s[:-3] for s in safe if s and s.endswith("-db")}

    def drifts(name):
        return ">" not in owner(name) and (is_latency(name) or role(name) == "cpu")
    pool = sorted({owner(n) for n in case.columns if drifts(n)} - safe)
    factor = np.ones(len(case.columns))
    for at in r.permutation(len(pool))[:3]:
        factor[[drifts(n) and owner(n) == pool[at] for n in case.columns]] = r.uniform(2, 4)
    out = case.changed(rows=case.rows * factor)
    if case.onset is not None or case.normal is None:
        return out
    # the file begins with the incident: so that the drift is older, it is in ordinary rows too
    normal = case.normal.copy()
    normal[-(len(normal) // 3):] *= factor
    return with_normal(out, normal, *key, case.name)


def other_units(case, truth, r, key):
    factor = np.array([1000.0 if is_latency(name) or role(name) in ("client", "server") else 1.0
                       for name in case.columns])
    out = case.changed(rows=case.rows * factor)
    return out if case.normal is None else with_normal(out, case.normal * factor, "units")


def no_history(case, truth, r, key):
    if case.normal is None:
        return case
    tail = case.normal[-(60 if case.step_s < SHORT_STEP_S else 8):]
    out = retimed(case, np.vstack([tail, case.rows]))
    return out.changed(normal=None, normal_key=None,
                       onset=None if case.onset is None else case.onset + len(tail))


def no_edges(case, truth, r, key):
    kept = [i for i, name in enumerate(case.columns) if ">" not in owner(name)]
    out = case.changed(columns=[case.columns[i] for i in kept], rows=case.rows[:, kept])
    return out if case.normal is None else out.changed(normal=case.normal[:, kept])


def renamed(case, truth, r, key):
    """One new name per service of a set; a database keeps the end that tells whose it is."""
    g, names = draw(*key, "names", case.dataset), {"SLI": "SLI"}
    every = {p for n in case.columns for p in owner(n).split(">")}
    for s in sorted(every | {p for call in case.graph or [] for p in call}):
        if s not in names:
            new = "".join("bcdfghjkmnpqrstvwxz"[i] for i in g.randint(0, 19, size=9))
            names[s] = names[s[:-3]] + "-db" if s.endswith("-db") and s[:-3] in names else new
    order = r.permutation(len(case.columns))

    def new(name):
        return ">".join(names[p] for p in owner(name).split(">")) + "|" + metric(name)
    graph = case.graph and [(names[a], names[b]) for a, b in case.graph]
    target = dict(case.target)
    if target.get("service") in names:
        target["service"] = names[target["service"]]
    out = case.changed(columns=[new(case.columns[i]) for i in order], rows=case.rows[:, order],
                       graph=graph and [graph[i] for i in r.permutation(len(graph))],
                       target=target)
    out.back = {new: old for old, new in names.items()}
    return out if case.normal is None else out.changed(normal=case.normal[:, order])


CHANGES = {"rows": lost_rows, "alarm": moved_alarm, "short": over_early, "late": late_and_short,
           "columns": fewer_columns, "noise": noisy, "rename": renamed, "half": half_of_normal,
           "faint": fainter, "drift": drifting, "units": other_units, "nohist": no_history,
           "edges": no_edges, "nograph": lambda case, *_: case.changed(graph=None)}


def perturb(case, truth, kind, seed=1, rep=0):
    """The changed case; its `back` leads from new names to old ones, where there are any."""
    if kind == "none":
        return case
    return CHANGES[kind](case, truth, draw(seed, kind, rep, case.name), (seed, kind, rep))


def touches(case, kind):
    """Whether the kind changes anything of it: else it would be counted twice."""
    return ({"nohist": case.normal is not None, "half": case.normal is not None,
             "edges": any(">" in owner(n) for n in case.columns),
             "nograph": case.graph is not None}.get(kind, True))


def main(words):
    words, number = list(words), {"--seed": 1, "--rep": 0}
    for option in number:
        if option in words[:-1]:
            number[option] = int(words.pop(words.index(option) + 1))
            words.remove(option)
    if len(words) != 3 or words[2] not in KINDS:
        sys.exit(__doc__)
    cases, truth = read_set(words[0])
    shared = {}
    for case in cases:
        if touches(case, words[2]):
            write_case(perturb(case, truth[case.name], words[2], number["--seed"],
                               number["--rep"]), words[1], shared)


if __name__ == "__main__":
    main(sys.argv[1:])
