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
import array
import csv
import ctypes as c
import json
import os
import threading
from collections.abc import Sequence
from pathlib import Path

import _tend_c as _c
from _tend_c import Error, f64, p

try:
    import numpy
except ImportError:  # observations are array.array then
    numpy = None
try:
    import gymnasium
except ImportError:
    gymnasium = None

__all__ = ["Agent", "Env", "Error", "Obs", "System", "Trace", "VecEnv", "evaluate", "version"]

def version():
    """The library's version, such as "0.1.0"."""
    return _c.lib.tend_version().decode()


def _text(call, *args):
    """A text that the library allocates."""
    out = p()
    call(*args, c.byref(out))
    try:
        return c.string_at(out).decode()
    finally:
        _c.lib.free(out)


def _bytes(value):
    return None if value is None else os.fsencode(value)


def _row(call, *args):
    """A line of eval's CSV as a dict; numbers as such, an empty cell as None."""
    names = next(csv.reader([_text(_c.lib.tend_row_header)]))
    cells = next(csv.reader([_text(call, *args)]))
    return {name: _cell(name, cell) for name, cell in zip(names, cells)}


_WORDS = {"system", "fault_type", "fault_service", "root_cause", "policy", "detector", "diagnoser",
          "state_hash", "config_hash"}


def _cell(name, cell):
    if name in _WORDS:
        return cell
    if not cell:
        return None
    return int(cell) if cell.lstrip("-").isdigit() else float(cell)


# ---- systems and observations ------------------------------------------------------------------


class System:
    """What is watched: names of services, metrics, edges and actions. Made by Env and VecEnv."""

    def __init__(self, pointer, owner):
        self._pointer, self._owner = pointer, owner  # the owner keeps the memory
        s = pointer.contents
        self.name, self.step_s = s.name.decode(), s.step_s
        self.S, self.M, self.E, self.A = s.S, s.M, s.E, s.A
        self.services = [s.services[i].name.decode() for i in range(s.S)]
        self.metrics = [s.metrics[i].name.decode() for i in range(s.M)]
        self.edges = [f"{self.services[s.edges[i].caller]}>{self.services[s.edges[i].callee]}"
                      for i in range(s.E)]
        self.actions = [s.actions[i].name.decode() for i in range(s.A)]
        self.entry = self.services[s.entry]

    def __repr__(self):
        return f"<tend.System {self.name}: {self.S} services, {self.A} actions>"


class Obs(Sequence):
    """One tick as numbers, by position or by the name of a column; NAN is missing."""

    def __init__(self, system, tick, columns, values, receipts=()):
        self.system, self.tick, self.columns = system, tick, columns
        self.receipts = list(receipts)
        self._values = array.array("d", values)
        if len(self._values) != len(columns):
            raise ValueError(f"{len(self._values)} numbers, expected {len(columns)}")

    def __len__(self):
        return len(self._values)

    def __getitem__(self, at):
        return self._values[self.columns.index(at) if isinstance(at, str) else at]

    def __array__(self, dtype=None, copy=None):
        return numpy.array(self._values, dtype=dtype or float)

    def __repr__(self):
        return f"<tend.Obs of {self.system.name} at tick {self.tick}>"

    def _struct(self):
        """A tend_obs over the numbers; valid as long as this object."""
        s, at = self.system, c.addressof(f64.from_buffer(self._values))

        def part(offset):
            return c.cast(at + 8 * offset, _c.f64s)
        edge = s.S * s.M
        ready = edge + 2 * s.E
        last = ready + 2 * s.S
        v = self._values
        self._receipts = (_c.tend_receipt * len(self.receipts))(
            *[(r["id"], r["action"], r["_state"]) for r in self.receipts])
        return _c.tend_obs(c.sizeof(_c.tend_obs), self.tick, part(0), part(edge), part(ready),
                        part(ready + s.S), v[last], v[last + 1], v[last + 2],
                        v[last + 3] > 0, self._receipts, len(self.receipts))


def _receipts(obs):
    return [{"id": r.id, "action": r.action, "state": _c.lib.tend_receipt_name(r.state).decode(),
             "_state": r.state} for r in obs.receipt[:obs.receipts]]


class _Setup:
    """A tend_sim_setup and what is asked of it again and again."""

    def __init__(self, system, scenario, steps, set, draw):
        options = _c.lib.tend_sim_usual()
        options.steps = steps
        if scenario is not None:
            text = _scenario_text(scenario)
            options.scenario, options.scenario_length = text, len(text)
            options.scenario_name = b"scenario" if isinstance(scenario, dict) else _bytes(scenario)
        for name in ("fault", "target"):
            setattr(options, name, _bytes(draw.pop(name, None)))
        for name in ("severity", "healthy", "compound"):
            value = draw.pop(name, None)
            setattr(options, name, float("nan") if value is None else value)
        if draw:
            raise TypeError(f"unknown argument {sorted(draw)[0]!r}")
        words = [_world(k, v) for k, v in (set or {}).items()]
        options.set = (c.c_char_p * (len(words) + 1))(*words, None)
        out = p()
        self.pointer = None
        _c.lib.tend_sim_setup_open(_bytes(system), c.byref(options), c.byref(out))
        self.pointer = out
        self.system = System(_c.lib.tend_sim_system(out), self)
        self.steps = steps
        self.columns = [self._column(i) for i in range(_c.lib.tend_vec_columns(out))]

    def _column(self, i):
        room = _c.lib.tend_vec_column(self.pointer, i, None, 0) + 1
        name = c.create_string_buffer(room)
        _c.lib.tend_vec_column(self.pointer, i, name, room)
        return name.value.decode()

    def __del__(self):
        if getattr(self, "pointer", None) and _c.lib:
            _c.lib.tend_sim_setup_close(self.pointer)


def _scenario_text(scenario):
    if isinstance(scenario, dict):
        return json.dumps(scenario).encode()
    path = Path(scenario)
    if not path.exists() and "/" not in str(scenario):
        for folder in _examples():
            if (folder / "scenarios" / f"{scenario}.json").exists():
                path = folder / "scenarios" / f"{scenario}.json"
    try:
        return path.read_bytes()
    except OSError as error:
        raise Error(f"{scenario}: {error.strerror}", 6) from error


def _examples():
    yield Path("examples")
    for folder in Path(__file__).resolve().parents:
        yield folder / "examples"
        yield folder / "share" / "tend" / "examples"


def _world(name, value):
    if not name.startswith("world."):
        raise ValueError(f"set: {name!r}, expected world.PARAMETER (tend params sim)")
    return f"{name[6:]}={float(value)!r}".encode()


# ---- episodes ----------------------------------------------------------------------------------


class _Base:
    """What Env and VecEnv share: a setup, a handle, and the thread that made it."""

    def _begin(self, setup, count, threads):
        self._setup, self._thread = setup, threading.get_ident()
        self.system, self.columns, self.actions = setup.system, setup.columns, setup.system.actions
        self._handle = None
        out = p()
        _c.lib.tend_vec_open(setup.pointer, count, threads, c.byref(out))
        self._handle, self._count = out, count
        n = count * len(self.columns)
        self._numbers = numpy.empty(n) if numpy else array.array("d", bytes(8 * n))
        self._rewards = numpy.empty(count) if numpy else array.array("d", bytes(8 * count))
        self._ends = numpy.empty(count, dtype=bool) if numpy else bytearray(count)
        self._at = [_address(x) for x in (self._numbers, self._rewards, self._ends)]

    def _check(self):
        if not self._handle:
            raise Error(f"this {type(self).__name__} is closed", 3)
        if threading.get_ident() != self._thread:
            raise Error(f"this {type(self).__name__} belongs to another thread", 3)
        return self._handle

    def close(self):
        handle, self._handle = getattr(self, "_handle", None), None
        if handle:
            _c.lib.tend_vec_close(handle)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        if _c and _c.lib:
            self.close()


def _address(buffer):
    if numpy is not None and isinstance(buffer, numpy.ndarray):
        return buffer.ctypes.data
    return c.addressof(c.c_char.from_buffer(buffer))


def _spaces(env):
    """gymnasium's, in which a missing number is allowed."""
    if gymnasium is None:
        return

    class Numbers(gymnasium.spaces.Box):
        def contains(self, x):
            return super().contains(numpy.nan_to_num(x)) if self.shape == numpy.shape(x) else False

    shape = (len(env.columns),)
    env.observation_space = Numbers(-numpy.inf, numpy.inf, shape, numpy.float64)
    env.action_space = gymnasium.spaces.Discrete(len(env.actions))


class Env(_Base, gymnasium.Env if gymnasium else object):
    """One simulated system, driven from outside.

    system    a file, or an example by name: "default", "shop", ...
    scenario  a file, an example, a dict (docs/formats.md); None: each seed draws its own
    steps     ticks of an episode; the first is shown by reset
    set       world parameters, {"world.noise": 2} (tend params sim)
    missing   what stands for a missing number instead of NAN
    fault, target, severity, healthy, compound   narrow the draw, as `tend episode` has them

    The reward of a step is 1 without a breach of the objective and 0 in one, less the price of the
    action (tend params judge). An episode is truncated at its last tick and never terminates.
    info has the tick and action_mask: 1 for what could be done now.
    """

    metadata = {"render_modes": []}
    render_mode = None

    def __init__(self, system="default", scenario=None, steps=240, set=None, missing=None, **draw):
        self._tally, self._handle = None, None
        self._begin(_Setup(system, scenario, steps, set, draw), 1, 1)
        self._missing, self._seed, self._ended = missing, None, True
        self._keep = (system, scenario, steps, set, missing, draw)
        self._open()

    def _open(self):
        out = p()
        _c.lib.tend_tally_open(self._setup.pointer, c.byref(out))
        self._tally = out
        self._sim = p(_c.lib.tend_vec_sim(self._handle, 0))
        self._mask = (c.c_bool * len(self.actions))()
        self._action = c.c_int32()
        _spaces(self)

    def reset(self, *, seed=None, options=None):
        """Begins the episode of a seed, or of a random one; (observation, info)."""
        handle = self._check()
        if gymnasium is not None:
            super().reset(seed=seed)
        if seed is None:
            seed = int.from_bytes(os.urandom(6), "little")
        if not 0 <= seed < 2**64:
            raise ValueError(f"seed {seed}, expected 0 to 2^64 - 1")
        self._ended = True
        _c.lib.tend_vec_reset(handle, c.byref(c.c_uint64(seed)), self._at[0])
        _c.lib.tend_tally_start(self._tally, self._sim)
        self._seed, self._ended, self._tick = seed, self._setup.steps == 1, 0
        if self._ended:
            _c.lib.tend_tally_add(self._tally, self._sim, 0)
        return self._shown(), self._info()

    def step(self, action):
        """Acts, and plays a tick: (observation, reward, terminated, truncated, info)."""
        handle = self._check()
        if self._ended:
            raise Error("a step before reset or after the last tick: call reset", 3)
        action = int(action)
        if not 0 <= action < len(self.actions):
            raise Error(f"action {action}, expected 0 to {len(self.actions) - 1}", 3)
        self._action.value = action
        _c.lib.tend_tally_add(self._tally, self._sim, action)
        _c.lib.tend_vec_step(handle, c.byref(self._action), *self._at)
        self._tick += 1
        self._ended = bool(self._ends[0])
        if self._ended:  # nothing is done any more in the last tick
            _c.lib.tend_tally_add(self._tally, self._sim, 0)
        return self._shown(), float(self._rewards[0]), False, self._ended, self._info()

    def _shown(self):
        shown = self._numbers.copy() if numpy else array.array("d", self._numbers)
        if self._missing is None:
            return shown
        if numpy:
            shown[numpy.isnan(shown)] = self._missing
            return shown
        return array.array("d", [self._missing if x != x else x for x in shown])

    def _info(self):
        _c.lib.tend_sim_mask(self._sim, self._mask)
        mask = (numpy.frombuffer(self._mask, dtype=numpy.int8).copy() if numpy
                else array.array("b", bytes(self._mask)))
        return {"tick": self._tick, "action_mask": mask}

    def observation(self):
        """The tick as an Obs, for an Agent: receipts included, NAN for what is missing."""
        self._begun()
        obs = _c.tend_obs()
        _c.lib.tend_sim_observe(self._sim, c.byref(obs))
        return Obs(self.system, obs.tick, self.columns, self._numbers, _receipts(obs))

    def _begun(self):
        self._check()
        if self._seed is None:
            raise Error("no episode has been begun: call reset", 3)

    def fork(self):
        """An Env that goes on as this one would."""
        self._check()
        twin = object.__new__(type(self))
        twin._tally, twin._handle = None, None
        twin._begin(self._setup, 1, 1)
        twin._missing, twin._keep = self._missing, self._keep
        twin._open()
        twin._copy(self)
        return twin

    def _copy(self, other):
        _c.lib.tend_sim_copy(self._sim, other._sim)
        _c.lib.tend_tally_copy(self._tally, other._tally)
        self._seed, self._ended = other._seed, other._ended
        if other._seed is not None:
            self._tick = other._tick
            _c.lib.tend_vec_row(self._handle, 0, self._at[0])
        if gymnasium is not None:
            self._np_random = other._np_random

    def save(self):
        """The simulation as bytes, to be loaded into an Env of the same arguments."""
        self._begun()
        state = c.create_string_buffer(_c.lib.tend_sim_state_size(self._setup.pointer))
        _c.lib.tend_sim_save(self._sim, state)
        return state.raw

    def load(self, state):
        """Goes on from there; episode() then knows nothing of what was before."""
        self._check()
        _c.lib.tend_sim_load(self._sim, bytes(state), len(state))
        _c.lib.tend_vec_row(self._handle, 0, self._at[0])
        self._tick = _c.lib.tend_sim_tick(self._sim)
        self._ended = self._tick >= self._setup.steps - 1
        self._seed = -1
        _c.lib.tend_tally_start(self._tally, self._sim)
        return self._shown(), self._info()

    def hash(self):
        """Of everything in the simulation: equal in two that will go on alike."""
        self._check()
        return _c.lib.tend_sim_hash(self._sim)

    def truth(self):
        """What is wrong, and the noise-free quantities. Never for an agent."""
        self._begun()
        truth, facts, s = _c.tend_truth(), _c.tend_facts(), self.system
        _c.lib.tend_sim_truth(self._sim, c.byref(truth))
        _c.lib.tend_sim_facts(self._sim, c.byref(facts))
        faults = [{"type": f.type.decode(), "family": _c.lib.tend_family_name(f.family).decode(),
                   "service": s.services[f.service], "edge": _of(s.edges, f.edge),
                   "start": f.start, "duration": f.duration, "severity": f.severity,
                   "over": f.over} for f in truth.fault[:truth.faults]]
        deploys = [{"service": s.services[d.service], "tick": d.tick}
                   for d in truth.deploy[:truth.deploys]]
        now = {name: dict(zip(s.services, getattr(facts, name)[:s.S]))
               for name, kind in _c.tend_facts._fields_ if kind is _c.f64s}
        return {"name": truth.name.decode(), "faults": faults, "deploys": deploys,
                "facts": {**now, "refused": facts.refused}}

    def episode(self):
        """The yardsticks so far, in the columns of `tend eval`; None where nobody has watched."""
        self._begun()
        return _row(_c.lib.tend_tally_row, self._tally, self._sim)

    def close(self):
        tally, self._tally = getattr(self, "_tally", None), None
        if tally:
            _c.lib.tend_tally_close(tally)
        super().close()

    def __repr__(self):
        return f"<tend.Env of {self.system.name}>"


class VecEnv(_Base):
    """Many episodes side by side, without Python per step.

    reset(seeds) shows the first ticks, step(actions) acts and plays a tick in each: arrays of n
    rows. The step after an episode's last tick begins the next one, whose seed is its own plus n.
    The arrays are the same objects at every call: copy what you keep. Arguments as of Env.
    """

    def __init__(self, n, system="default", scenario=None, steps=240, set=None, threads=1, **draw):
        self._handle = None
        self._begin(_Setup(system, scenario, steps, set, draw), n, threads)
        self._shown = (self._numbers.reshape(n, len(self.columns)) if numpy else self._numbers)
        self._seeds, self._actions = (c.c_uint64 * n)(), (c.c_int32 * n)()

    def __len__(self):
        return self._count

    def reset(self, seeds):
        """An observation a row, of the seeds' first ticks."""
        handle = self._check()
        self._seeds[:] = [int(s) for s in self._exactly(seeds, "seeds")]
        _c.lib.tend_vec_reset(handle, self._seeds, self._at[0])
        return self._shown

    def step(self, actions):
        """(observations, rewards, ends): end is true in an episode's last tick."""
        handle = self._check()
        if numpy is not None and isinstance(actions, numpy.ndarray):
            if actions.shape != (self._count,):
                raise ValueError(f"actions of shape {actions.shape}, expected ({self._count},)")
            actions = numpy.ascontiguousarray(actions, dtype=numpy.int32)
            at = actions.ctypes.data
        else:
            self._actions[:] = [int(a) for a in self._exactly(actions, "actions")]
            at = c.addressof(self._actions)
        _c.lib.tend_vec_step(handle, at, *self._at)
        return self._shown, self._rewards, self._ends

    def _exactly(self, values, what):
        if len(values) != self._count:
            raise ValueError(f"{len(values)} {what}, expected {self._count}")
        return values


def _of(names, index):
    return names[index] if index >= 0 else None


# ---- agents ------------------------------------------------------------------------------------


def _config(agent, settings):
    config = p()
    _c.lib.tend_config_open(None if agent == "default" else _bytes(agent), c.byref(config))
    try:
        for name, value in sorted((settings or {}).items(), key=lambda item: item[0].count(".")):
            text = value if isinstance(value, str) else repr(float(value))
            _c.lib.tend_config_set(config, name.encode(), text.encode())
    except Error:
        _c.lib.tend_config_free(config)
        raise
    return config


class Agent:
    """Detects, diagnoses and decides, one observation after another, as `tend` itself does.

    agent  a file, or an example by name ("default", "rules", ...)
    learn  whether it explores and learns from what it sees
    set    parameters, {"policy": "rules", "guard.cooldown": 8} (tend params)
    It opens on the first observation's system and stays with it.
    """

    def __init__(self, agent="default", learn=False, seed=0, set=None):
        self._engine, self._config = None, None
        self._config = _config(agent, set)
        self._learn, self._seed, self.system = learn, seed, None

    def _open(self, system):
        out = p()
        _c.lib.tend_open(system._pointer, self._config, self._seed, c.byref(out))
        self._engine, self.system = out, system
        _c.lib.tend_set_learning(out, 2 if self._learn else 0)

    def step(self, obs):
        """What it makes of an Obs: findings, incidents, causes, decision and outcomes as dicts."""
        if self._config is None:
            raise Error("this Agent is closed", 3)
        if not isinstance(obs, Obs):
            raise TypeError(f"{type(obs).__name__}, expected a tend.Obs (Env.observation())")
        if self._engine is None:
            self._open(obs.system)
        mine, other = self.system, obs.system
        if mine is not other and (mine.services, mine.metrics, mine.edges, mine.actions) != (
                other.services, other.metrics, other.edges, other.actions):
            raise Error(f"an observation of {other.name}, expected one of {mine.name}", 3)
        self._frame = _c.lib.tend_step(self._engine, c.byref(obs._struct()))
        return _frame(self._frame.contents, mine)

    def reset(self, seed=0):
        """A new episode; what has been learnt stays."""
        self._seed = seed
        if self._engine:
            _c.lib.tend_reset(self._engine, seed)

    def hash(self):
        return _c.lib.tend_hash(self._opened())

    def lessons(self):
        """What its policy has learnt, as JSON text (tend eval --policy-out)."""
        return _text(_c.lib.tend_policy_write, self._opened())

    def learnt(self, text):
        """Takes that over."""
        data = text.encode()
        _c.lib.tend_policy_parse(self._opened(), data, len(data), b"lessons")

    def _opened(self):
        if not self._engine:
            raise Error("this Agent has seen nothing yet: it opens at its first step", 3)
        return self._engine

    def close(self):
        if getattr(self, "_engine", None):
            _c.lib.tend_close(self._engine)
        if getattr(self, "_config", None):
            _c.lib.tend_config_free(self._config)
        self._engine = self._config = None

    def __del__(self):
        if _c and _c.lib:
            self.close()


def _plain(struct, *names):
    return {name: getattr(struct, name) for name in names}


def _findings(f, s):
    return {**_plain(f, "overall", "threshold", "alarm", "since"),
            "score": dict(zip(s.services, f.score[:s.S])),
            "metric": {name: _of(s.metrics, m) for name, m in zip(s.services, f.metric[:s.S])}}


def _incident(i, s):
    return {**_plain(i, "id", "opened", "onset", "age", "calm", "actions", "escalated"),
            "service": _of(s.services, i.service), "edge": _of(s.edges, i.edge)}


def _causes(causes, s):
    evidence = [{"kind": _c.lib.tend_evidence_name(e.kind).decode(),
                 "service": _of(s.services, e.service), "metric": _of(s.metrics, e.metric),
                 "edge": _of(s.edges, e.edge), "other": _of(s.services, e.other),
                 **_plain(e, "value", "reference", "weight", "tick", "against")}
                for e in causes.evidence[:causes.evidence_count]]
    return [{"service": s.services[x.service], "edge": _of(s.edges, x.edge),
             "metric": _of(s.metrics, x.metric),
             "family": _c.lib.tend_family_name(x.family).decode(), "confidence": x.confidence,
             "evidence": [e for e in evidence if e["service"] == s.services[x.service]]}
            for x in causes.suspect[:causes.count]]


def _decision(d, s):
    masked = d.masked[:s.A] if d.masked else [0] * s.A
    return {"action": d.action, "name": s.actions[d.action],
            **_plain(d, "propensity", "tick", "confidence", "escalated", "dry_run"),
            "context": d.context.decode(), "wanted": _of(s.actions, d.wanted),
            "allowed": [a for a, rule in zip(s.actions, masked) if rule == 0],
            "masked": {a: _c.lib.tend_guard_rule_name(rule).decode()
                       for a, rule in zip(s.actions, masked) if rule},
            "compared": [{"action": s.actions[x.action], "index": x.index}
                         for x in d.compared[:d.compared_count]]}


def _frame(f, s):
    return {"tick": f.obs.contents.tick, "findings": _findings(f.findings, s),
            "incidents": [_incident(i, s) for i in f.incident[:f.incidents]],
            "onset": f.causes.onset, "causes": _causes(f.causes, s),
            "decision": _decision(f.decision, s),
            "outcomes": [{**_plain(o, "decided", "settled", "reward", "breach_ticks", "effective"),
                          "action": s.actions[o.action]} for o in f.outcome[:f.outcomes]]}


class Trace:
    """A trace (docs/formats.md) of what an Agent sees and decides, as `tend episode --trace`."""

    def __init__(self, path, system, reproduce=None):
        self._handle, out = None, p()
        _c.lib.tend_trace_open(system._pointer, _bytes(reproduce), _bytes(path), c.byref(out))
        self._handle, self._system = out, system
        self._sink = _c.lib.tend_trace_sink(out)
        self._write = c.CFUNCTYPE(c.c_int, p, p, c.POINTER(_c.tend_err))(self._sink.write)

    def add(self, agent):
        """The tick the agent has just seen."""
        if not self._handle:
            raise Error("this Trace is closed", 3)
        if agent.system is not self._system:
            raise Error("a frame of another system", 3)
        err = _c.tend_err()
        rc = self._write(self._sink.self, c.cast(agent._frame, p), c.byref(err))
        if rc:
            raise Error(err.text.decode(), rc)

    def close(self, keep=True):
        """The file is there now; without keep it is what it was before."""
        handle, self._handle = self._handle, None
        if handle:
            _c.lib.tend_trace_close(handle, keep)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.close(keep=kind is None)

    def __del__(self):
        if getattr(self, "_handle", None) and _c and _c.lib:
            self.close(keep=False)


# ---- evaluation --------------------------------------------------------------------------------


class View:
    """What a policy is shown of a tick; read it during the call."""

    def __init__(self, view, system):
        self._view, self.system = view, system

    @property
    def tick(self):
        return self._view.obs.contents.tick

    @property
    def allowed(self):
        """Indices of actions the guard allows; 0, doing nothing, is always among them."""
        return [a for a in range(self.system.A) if self._view.allowed[a]]

    @property
    def obs(self):
        o, s = self._view.obs.contents, self.system
        return {"value": {name: dict(zip(s.metrics, o.value[i * s.M:(i + 1) * s.M]))
                          for i, name in enumerate(s.services)},
                "edge": {name: {"client_ms": o.edge[2 * i], "server_ms": o.edge[2 * i + 1]}
                         for i, name in enumerate(s.edges)},
                "ready": dict(zip(s.services, o.ready[:s.S])),
                "deploy_age": dict(zip(s.services, o.deploy_age[:s.S])),
                **_plain(o, "tick", "entry_p95_ms", "entry_errors", "refused", "breach"),
                "receipts": [{k: v for k, v in r.items() if k != "_state"} for r in _receipts(o)]}

    @property
    def findings(self):
        return _findings(self._view.findings.contents, self.system)

    @property
    def incidents(self):
        return [_incident(i, self.system) for i in self._view.incident[:self._view.incidents]]

    @property
    def causes(self):
        return _causes(self._view.causes.contents, self.system)


class _Policy:
    """A Python function as a tend_policy. What it raises is raised after the episode."""

    def __init__(self, function, system):
        self.function, self.system, self.error = function, system, None
        self.call = _c._decide(self._decide)
        none = c.CFUNCTYPE(None, p, c.c_uint64)(lambda me, seed: None)
        self.begin = none
        self.params = (_c.tend_param * 1)()
        base = _c.tend_plugin(b"python", b"a function of the caller",
                              c.cast(self.params, p), 8, None, c.cast(none, p))
        self.table = _c.tend_policy(base, self.call)

    def _decide(self, me, view, out):
        if self.error is not None:
            return
        try:
            chosen = self.function(View(view.contents, self.system))
            action, propensity = chosen if isinstance(chosen, tuple) else (chosen, 1.0)
            action = int(action)
            if not 0 <= action < self.system.A or not view.contents.allowed[action]:
                raise ValueError(f"action {action} is not allowed")
            out.contents.action, out.contents.propensity = action, propensity
        except BaseException as error:  # it must not pass through C
            self.error = error


def evaluate(policy="ucb", system="default", episodes=200, seed0=200001, steps=240, scenario=None,
             agent="default", set=None, traces=None, **draw):
    """Episodes of seeds seed0, seed0 + 1, ...: a dict for each, in the columns of `tend eval`.

    policy   a policy's name, or a function of a View that gives back an action's index, or that
             and the probability it was chosen with; detector, diagnoser and guard are the agent's
    set      parameters of agent and world, {"guard.cooldown": 8, "world.noise": 2}
    traces   a folder for a trace an episode, SEED.jsonl
    """
    split = {True: {}, False: {}}
    for name, value in (set or {}).items():
        split[name.startswith("world.")][name] = value
    setup = _Setup(system, scenario, steps, split[True], draw)
    own = _Policy(policy, setup.system) if callable(policy) else None
    config, drive = _config(agent, {} if own else {"policy": policy}), p()
    try:
        if own:
            _c.lib.tend_config_register_policy(config, c.byref(own.table))
            _c.lib.tend_config_set(config, b"policy", b"python")
        for name, value in split[False].items():
            text = value if isinstance(value, str) else repr(float(value))
            _c.lib.tend_config_set(config, name.encode(), text.encode())
        _c.lib.tend_drive_open(setup.pointer, config, c.byref(drive))
        return [_episode(drive, seed, own, setup, traces)
                for seed in range(seed0, seed0 + episodes)]
    finally:
        _c.lib.tend_drive_close(drive)
        _c.lib.tend_config_free(config)


def _episode(drive, seed, own, setup, traces):
    trace = Trace(os.path.join(traces, f"{seed}.jsonl"), setup.system) if traces else None
    try:
        _c.lib.tend_drive_episode(drive, seed, c.byref(trace._sink) if trace else None)
        if own and own.error is not None:
            raise own.error
    except BaseException:
        if trace:
            trace.close(keep=False)
        raise
    if trace:
        trace.close()
    return _row(_c.lib.tend_drive_row, drive)
