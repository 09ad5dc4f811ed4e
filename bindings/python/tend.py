# SPDX-License-Identifier: GPL-3.0-or-later
"""tend - a simulated microservice system, and an agent that looks after it, from Python.

    import tend
    env = tend.Env(system="shop")
    obs, info = env.reset(seed=7)
    obs, reward, terminated, truncated, info = env.step(env.actions.index("rollback(cart)"))

Needs the shared library of a checkout (`make`) or of an installation (`make install`), and nothing
else; with numpy observations are arrays, with gymnasium Env is a gymnasium.Env. Same seed and
actions: the same bytes as `tend episode`, on any machine. docs/research.md is the tutorial.
"""
import contextlib
import ctypes as c
import os

import _tend_c as _c
from _tend_agent import Agent, Policy, Trace, View, make_config
from _tend_c import Error, p
from _tend_data import Obs, Setup, System, row, seed_of, settings, whole
from _tend_env import Env, VecEnv, numpy

__all__ = ["Agent", "Env", "Error", "Obs", "System", "Trace", "VecEnv", "View", "evaluate",
           "version"]


def version():
    """The library's version, such as "0.1.0"."""
    return _c.lib.tend_version().decode()


def evaluate(policy=None, system="default", episodes=200, seed0=200001, steps=240, scenario=None,
             agent="default", set=None, traces=None, **draw):
    """Episodes of seeds seed0, seed0 + 1, ...: a dict for each, in the columns of `tend eval`.

    policy   a policy's name, or a function of a View that gives back an action's index, or that
             and the probability it was chosen with; None: the agent's. The rest is the agent's
    set      parameters of agent and world, {"guard.cooldown": 8, "world.noise": 2}
    traces   a folder for a trace an episode, SEED.jsonl
    """
    if policy is not None and not callable(policy) and not isinstance(policy, str):
        raise TypeError(f"policy {policy!r}, expected a name or a function")
    first, last = seed_of(seed0), seed_of(seed_of(seed0) + whole("episodes", episodes))
    split = {True: {}, False: {"policy": policy} if isinstance(policy, str) else {}}
    for name, value in settings(set):
        split[name.startswith("world.")][name] = value
    setup = Setup(system, scenario, steps, split[True], draw)
    own = Policy(policy, setup.system) if callable(policy) else None
    config, drive = make_config(agent, split[False], own.table if own else None), p()
    try:
        with own or contextlib.nullcontext():
            _c.lib.tend_drive_open(setup.pointer, config, c.byref(drive))
            return [episode(drive, seed, own, setup, traces) for seed in range(first, last)]
    finally:
        _c.lib.tend_drive_close(drive)
        _c.lib.tend_config_free(config)


def episode(drive, seed, own, setup, traces):
    trace = Trace(os.path.join(traces, f"{seed}.jsonl"), setup.system) if traces else None
    try:
        if trace:
            _c.lib.tend_drive_traced(drive, seed, trace._handle)
        else:
            _c.lib.tend_drive_episode(drive, seed, None)
        if own and own.error is not None:
            raise own.error
    except BaseException:
        if trace:
            trace.close(keep=False)
        raise
    if trace:
        trace.close()
    return row(_c.lib.tend_drive_row, drive)
