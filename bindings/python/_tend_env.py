# SPDX-License-Identifier: GPL-3.0-or-later
"""Env and VecEnv of tend.py."""
import array
import ctypes as c
import os

import _tend_c as _c
from _tend_c import Error, p
from _tend_data import Obs, Setup, action_of, of, receipts, row, seed_of, whole

try:
    import numpy
except ImportError:  # observations are array.array then
    numpy = None
try:
    import gymnasium
except ImportError:
    gymnasium = None


class _Base(_c.Handle):
    """What Env and VecEnv share: a setup, a handle, and what is shown."""

    def _begin(self, setup, count, threads):
        self._setup = setup
        self.system, self.columns, self.actions = setup.system, setup.columns, setup.system.actions
        out = p()
        _c.lib.tend_vec_open(setup.pointer, count, threads, c.byref(out))
        self._handle, self._count, self._threads = out, count, threads
        self._own()
        n = count * len(self.columns)
        self._numbers = numpy.empty(n) if numpy else array.array("d", bytes(8 * n))
        self._rewards = numpy.empty(count) if numpy else array.array("d", bytes(8 * count))
        self._ends = numpy.empty(count, dtype=bool) if numpy else bytearray(count)
        # held: as long as they are, nobody can resize what C writes to
        self._held = [c.c_char.from_buffer(x) for x in (self._numbers, self._rewards, self._ends)]
        self._at = [c.addressof(x) for x in self._held]

    def _free(self):
        if self._threads == 1 or os.getpid() == self._process:  # else there is none to wait for
            _c.lib.tend_vec_close(self._handle)


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
    fault, target, severity, healthy, compound, family   narrow the draw, as `tend episode` has them
    preset    what fills the world parameters that are left open: "calm", "real", "rough"

    The reward of a step is 1 without a breach of the objective and 0 in one, less the price of the
    action (tend params judge). An episode is truncated at its last tick and never terminates.
    info has the tick and action_mask: 1 for what could be done now.
    """

    metadata = {"render_modes": []}
    render_mode = None

    def __init__(self, system="default", scenario=None, steps=240, set=None, missing=None, **draw):
        self._tally = None
        self._begin(Setup(system, scenario, steps, set, draw), 1, 1)
        self._missing, self._seed, self._ended = missing, None, True
        self._watch()

    def _watch(self):
        out = p()
        _c.lib.tend_tally_open(self._setup.pointer, c.byref(out))
        self._tally = out
        self._sim = p(_c.lib.tend_vec_sim(self._handle, 0))
        self._mask = (c.c_bool * len(self.actions))()
        self._action = c.c_int32()
        _spaces(self)

    def reset(self, *, seed=None, options=None):
        """Begins the episode of a seed, or of a random one; (observation, info)."""
        self._check()
        seed = seed if seed is None else seed_of(seed)
        if gymnasium is not None:
            super().reset(seed=seed)
        if seed is None:
            seed = int.from_bytes(os.urandom(6), "little")
        self._ended = True
        _c.lib.tend_vec_reset(self._handle, c.byref(c.c_uint64(seed)), self._at[0])
        _c.lib.tend_tally_start(self._tally, self._sim)
        self._seed, self._ended, self._tick = seed, self._setup.steps == 1, 0
        if self._ended:
            _c.lib.tend_tally_add(self._tally, self._sim, 0)
        return self._shown(), self._info()

    def step(self, action):
        """Acts, and plays a tick: (observation, reward, terminated, truncated, info)."""
        self._check()
        if self._ended:
            raise Error("a step before reset or after the last tick: call reset", 3)
        action = action_of(action, self.actions)
        if not 0 <= action < len(self.actions):
            raise Error(f"action {action}, expected 0 to {len(self.actions) - 1}", 3)
        self._action.value = action
        _c.lib.tend_tally_add(self._tally, self._sim, action)
        _c.lib.tend_vec_step(self._handle, c.byref(self._action), *self._at)
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
        return Obs(self.system, obs.tick, self.columns, self._numbers, receipts(obs))

    def _begun(self):
        self._check()
        if self._seed is None:
            raise Error("no episode has been begun: call reset", 3)

    def fork(self):
        """An Env that goes on as this one would."""
        self._check()
        twin = object.__new__(type(self))
        twin._tally = None
        twin._begin(self._setup, 1, 1)
        twin._missing = self._missing
        twin._watch()
        twin._copy(self)
        return twin

    def __copy__(self):
        return self.fork()

    def __deepcopy__(self, memo):
        return self.fork()

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
        """Goes on from there; episode() then knows nothing of the ticks before."""
        self._check()
        if not isinstance(state, (bytes, bytearray, memoryview)):
            raise TypeError(f"{type(state).__name__}, expected the bytes of save()")
        state = bytes(state)
        _c.lib.tend_sim_load(self._sim, state, len(state))
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
                   "service": s.services[f.service], "edge": of(s.edges, f.edge),
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
        return row(_c.lib.tend_tally_row, self._tally, self._sim)

    def _free(self):
        _c.lib.tend_tally_close(self._tally)
        super()._free()

    def __repr__(self):
        return f"<tend.Env of {self.system.name}>"


class VecEnv(_Base):
    """Many episodes side by side, without Python per step.

    reset(seeds) shows the first ticks, step(actions) acts and plays a tick in each: arrays of n
    rows, without numpy one flat array("d") in which episode i has the len(columns) numbers from
    i * len(columns) on. The step after an episode's last tick begins the next one, whose seed is its own plus n.
    The arrays are the same objects at every call: copy what you keep. Arguments as of Env.
    """

    def __init__(self, n, system="default", scenario=None, steps=240, set=None, threads=1, **draw):
        n, threads = whole("n", n), whole("threads", threads)
        self._begin(Setup(system, scenario, steps, set, draw), n, threads)
        self._shown = (self._numbers.reshape(n, len(self.columns)) if numpy else self._numbers)
        self._seeds, self._actions = (c.c_uint64 * n)(), (c.c_int32 * n)()

    def __len__(self):
        return self._count

    def _check(self):
        super()._check()
        if self._threads > 1 and os.getpid() != self._process:
            raise Error("threads stay behind in a fork of the process: make a VecEnv there", 3)

    def reset(self, seeds):
        """An observation a row, of the seeds' first ticks."""
        self._check()
        self._seeds[:] = [seed_of(s) for s in self._exactly(seeds, "seeds")]
        _c.lib.tend_vec_reset(self._handle, self._seeds, self._at[0])
        return self._shown

    def step(self, actions):
        """(observations, rewards, ends): end is true in an episode's last tick."""
        self._check()
        if numpy is not None and isinstance(actions, numpy.ndarray):
            if actions.shape != (self._count,):
                raise ValueError(f"actions of shape {actions.shape}, expected ({self._count},)")
            given, whole_numbers = actions, actions.dtype.kind in "iu"
            if whole_numbers:
                actions = numpy.require(given, numpy.int32, ("C", "A"))
            if not whole_numbers or given is not actions and not (given == actions).all():
                raise ValueError(f"actions {given}, expected numbers of actions")
            at = actions.ctypes.data
        else:
            given = [action_of(a, self.actions) for a in self._exactly(actions, "actions")]
            if min(given) < 0 or max(given) > 2**31 - 1:  # ctypes would cut them
                raise ValueError(f"actions {given}, expected numbers of actions")
            self._actions[:] = given
            at = c.addressof(self._actions)
        _c.lib.tend_vec_step(self._handle, at, *self._at)
        return self._shown, self._rewards, self._ends

    def _exactly(self, values, what):
        if len(values) != self._count:
            raise ValueError(f"{len(values)} {what}, expected {self._count}")
        return values
