#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""live.py - what the agent says, second by second, of an unbroken recording with known faults.

    live.py FRAMES.jsonl FAULT_WINDOWS.jsonl [--json FILE]       (FRAMES: of replay_frames.c)

A fault window goes from t_fault to t_action, when a person mended it; what an incident still says
until SETTLED_S after t_end belongs to neither. Place: of a suspected call its callee, as in the
yardsticks of episodes. First: the first suspect named in the window; settled: the one named in its
last second. New alarm: one that rose in the window. Own incident: one opened in it. Blamed when
healthy: seconds outside all windows with a suspect, and how often one began to be named there. A
window whose fault had no effect, or none, is quiet: nobody is to be named in it.
"""
import json
import sys

from score import FAMILIES, SAME, figure, show

SETTLED_S = 5  # an alarm ends with hysteresis; larger: fewer seconds count as healthy


def read_lines(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def callee(place):
    return place.rsplit(">", 1)[-1] if place else None


def named(frame):
    return [callee(s["place"]) for s in frame["ranking"]]


def position(frame, service):
    """1.. of the service among distinct places, None when it is not there."""
    places = list(dict.fromkeys(named(frame)))
    return places.index(service) + 1 if service in places else None


def at_most(position_, k):
    return float(position_ is not None and position_ <= k)


def rises(frames):
    """Ticks in which an alarm rose."""
    return [f for i, f in enumerate(frames) if f["alarm"] and not (i and frames[i - 1]["alarm"])]


def look(frames, window):
    """What was said in one fault window."""
    begin, end = window["t_fault"], window["t_action"]
    inside = [f for f in frames if begin <= f["time"] < end]
    rose = [f["time"] - begin for f in rises(frames) if begin <= f["time"] < end]
    blamed = [f for f in inside if f["ranking"]]
    opened = {i["id"] for f in inside for i in f["incidents"]
              if inside[0]["t"] <= i["opened"] <= inside[-1]["t"]}
    service, last = window["service"], inside[-1]
    out = {"case": window["case"], "fault": window["fault"], "service": service,
           "delay": rose[0] if rose else None, "opened": len(opened),
           "named_after": blamed[0]["time"] - begin if blamed else None,
           "network": sum(f["ranking"][0]["family"] == "network" for f in blamed),
           "named": len(blamed), "seconds": len(inside)}
    if service is None or window["effect"] == "none":
        out["quiet"] = not blamed
        return out
    looks = {"first": blamed[0] if blamed else None, "settled": last}
    for s in (5, 10):
        near = [f for f in inside if f["time"] <= begin + s]
        looks[f"after_{s}"] = near[-1] if near else None
    for name, frame in looks.items():
        at = position(frame, service) if frame else None
        out[name] = {"top1": at_most(at, 1), "top3": at_most(at, 3),
                     "said": frame["ranking"][0]["place"] if frame and frame["ranking"] else None}
    # a fault of the service, not of a call to it
    out["itself"] = float(bool(last["ranking"]) and last["ranking"][0]["place"] == service)
    first = last["ranking"][0]["family"] if last["ranking"] else None
    out["family"], out["true_family"] = SAME.get(first, first), FAMILIES.get(window["fault"])
    return out


def healthy(frames, windows):
    """Seconds outside all windows, how many name somebody, and how often one begins to."""
    def free(time):
        return all(not w["t_fault"] - 1 <= time < w["t_end"] + SETTLED_S for w in windows)
    outside = [(free(f["time"]), bool(f["ranking"])) for f in frames]
    seconds = [said for is_free, said in outside if is_free]
    begun = sum(is_free and said and not outside[i - 1][1]
                for i, (is_free, said) in enumerate(outside) if i)
    return {"seconds": len(seconds), "named": sum(seconds), "begun": begun}


def score(frames, windows):
    every = [look(frames, w) for w in windows]
    ill, calm = [e for e in every if "quiet" not in e], [e for e in every if "quiet" in e]
    delays = sorted(e["delay"] for e in ill if e["delay"] is not None)
    out = {"windows": every, "healthy": healthy(frames, windows),
           "new_alarm": figure([float(e["delay"] is not None) for e in ill]),
           "delay": {"median": delays[len(delays) // 2], "most": delays[-1]} if delays else None,
           "own_incident": figure([float(e["opened"] > 0) for e in ill]),
           "one_incident": figure([float(e["opened"] == 1) for e in ill]),
           "family": figure([float(e["settled"]["top1"] and e["family"] == e["true_family"])
                             for e in ill]),
           "itself": figure([e["itself"] for e in ill]),
           # of the seconds somebody was named in: no recorded fault is in the network
           "network": figure([e["network"] / e["named"] for e in every
                              if e["named"] and FAMILIES.get(e["fault"]) != "network"]),
           "quiet": figure([float(e["quiet"]) for e in calm])}
    for name in ("first", "after_5", "after_10", "settled"):
        for k in ("top1", "top3"):
            out[f"{name}_{k}"] = figure([e[name][k] for e in ill])
    return out


ROWS = (("new_alarm", "new alarm"), ("own_incident", "incident of its own"),
        ("one_incident", "exactly one opened"), ("first_top1", "first said, top-1"),
        ("after_5_top1", "after 5 s, top-1"), ("after_10_top1", "after 10 s, top-1"),
        ("settled_top1", "settled, top-1"), ("settled_top3", "settled, top-3"),
        ("itself", "settled, the service and not a call to it"),
        ("family", "settled, place and family"),
        ("network", "seconds of blame that say network, where none was hurt"),
        ("quiet", "quiet windows nobody is named in"))


def lines_of(result):
    """The figures, as (words, value)."""
    rows = [(title, show(result[key])) for key, title in ROWS]
    if result["delay"]:
        rows.insert(1, ("delay of it, median and most, s", "%.1f, %.1f" % (
            result["delay"]["median"], result["delay"]["most"])))
    h = result["healthy"]
    rows.append(("healthy seconds with a suspect, begun",
                 f"{h['named']} of {h['seconds']}, {h['begun']} times"))
    return rows


def main(words):
    words = list(words)
    out = words.pop(words.index("--json") + 1) if "--json" in words[:-1] else None
    paths = [w for w in words if w != "--json"]
    if len(paths) != 2:
        sys.exit(__doc__)
    result = score(*map(read_lines, paths))
    print("%-8s %-13s %-8s %6s %6s %6s  %-16s %-16s %-16s %-16s %s" % (
        "case", "fault", "service", "delay", "opened", "netw", "first", "+5 s", "+10 s", "settled",
        "family"))
    for e in result["windows"]:
        print("%-8s %-13s %-8s %6s %6d %6d  " % (
            e["case"], e["fault"], e["service"], "-" if e["delay"] is None else "%.1f" % e["delay"],
            e["opened"], e["network"]) + ("quiet" if e.get("quiet") else "" if "quiet" not in e
                                          else f"named for {e['named']} of {e['seconds']} s"), end="")
        if "quiet" not in e:
            print("%-16s %-16s %-16s %-16s %s for %s" % tuple(
                [str(e[k]["said"]) + (" +" if e[k]["top1"] else " 3" if e[k]["top3"] else "")
                 for k in ("first", "after_5", "after_10", "settled")]
                + [e["family"], e["true_family"]]), end="")
        print()
    for title, value in lines_of(result):
        print(f"{title:58} {value}")
    if out:
        with open(out, "w", encoding="utf-8") as f:
            json.dump(result, f, indent=1)


if __name__ == "__main__":
    main(sys.argv[1:])
