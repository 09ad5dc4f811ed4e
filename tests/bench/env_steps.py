# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps a second from Python at three services in the calm world, beside what is asked; leaks.

    env_steps.py [SECONDS [OPENED]]    of each figure; Envs that are opened and closed
Wall clock, the best of five: what else the machine does only takes away.
"""
import random
import sys
import time
from pathlib import Path

import tend

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 1
OPENED = int(sys.argv[2]) if len(sys.argv) > 2 else 2000


def best(work, rounds=5):
    most = 0
    for _ in range(rounds):
        steps, start = 0, time.perf_counter()
        while time.perf_counter() - start < SECONDS / rounds:
            steps += work()
        most = max(most, steps / (time.perf_counter() - start))
    return most


def line(name, value, asked):
    verdict = "ok" if value >= asked else "MISSED"
    print(f"{name:44} {value:12,.0f} steps/s   at least {asked:10,.0f}   {verdict}")


env, draw = tend.Env("default", preset="calm"), random.Random(1)
actions, seed = len(env.actions), 0


def episode():
    global seed
    seed += 1
    env.reset(seed=seed)
    for _ in range(239):
        env.step(draw.randrange(actions))
    return 239


line("Env, a random policy in Python", best(episode), 40e3)
for threads in (1, 2):
    vec = tend.VecEnv(64, "default", threads=threads, preset="calm")
    vec.reset(range(64))
    chosen = [0] * 64
    if tend.numpy is not None:
        chosen = tend.numpy.zeros(64, dtype="int32")

    def steps():
        for _ in range(20):
            vec.step(chosen)
        return 20 * 64
    line(f"VecEnv of 64, {threads} thread{'s' * (threads > 1)}", best(steps), 1e6)


def pages():
    return int(Path("/proc/self/statm").read_text().split()[1])


def opened(n):
    start = time.perf_counter()
    for i in range(n):
        with tend.Env("default") as one:
            one.reset(seed=i)
    return time.perf_counter() - start


opened(200)
before = pages()
took = opened(OPENED)
print(f"Env opened, reset and closed {OPENED} times: {took / OPENED * 1e6:.0f} us each, "
      f"{(pages() - before) * 4} KiB more memory")
