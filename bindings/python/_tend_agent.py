# SPDX-License-Identifier: GPL-3.0-or-later
"""Agent, Trace and a policy's view, of tend.py."""
import ctypes as c
import os
import sys

import _tend_c as _c
from _tend_c import Error, p
from _tend_data import Obs, action_of, bytes_of, of, receipts, seed_of, settings, text


def make_config(agent, given, policy=None):
    """A tend_config of an agent file; policy, a tend_policy of the caller's own, becomes its."""
    config = p()
    _c.lib.tend_config_open(None if agent == "default" else bytes_of(agent), c.byref(config))
    try:
        if policy is not None:
            _c.lib.tend_config_register_policy(config, c.byref(policy))
            _c.lib.tend_config_set(config, b"policy", policy.base.name)
        # plug-ins before parameters: naming a plug-in sets its parameters back
        for name, value in sorted(settings(given), key=lambda item: item[0].count(".")):
            text = bytes_of(value if isinstance(value, str) else repr(float(value)))
            name = bytes_of(name)
            if b"." in name or _c.lib.tend_config_plugin(config, name) != text:
                _c.lib.tend_config_set(config, name, text)
    except BaseException:
        _c.lib.tend_config_free(config)
        raise
    return config


class Agent(_c.Handle):
    """Detects, diagnoses and decides, one observation after another, as `tend` itself does.

    agent  a file, or an example by name ("default", "rules", ...)
    learn  whether it explores and learns from what it sees
    set    parameters, {"policy": "rules", "guard.cooldown": 8} (tend params)
    It opens on the first observation's system and stays with it.
    """

    def __init__(self, agent="default", learn=False, seed=0, set=None):
        self._learn, self._seed, self.system = learn, seed_of(seed), None
        self._engine, self._config = None, make_config(agent, set)
        self._own()

    def _begin(self, system):
        out = p()
        _c.lib.tend_open(system._pointer, self._config, self._seed, c.byref(out))
        self._engine, self.system = out, system
        _c.lib.tend_set_learning(out, 2 if self._learn else 0)

    def step(self, obs):
        """What it makes of an Obs, as a dict.

        tick, findings, incidents and causes as a View has them; onset, the tick the diagnosis
        places it at, -1 without one.
        decision  action (an index), its name, propensity, confidence of the suspect acted upon,
                  escalated, dry_run, context in words; allowed (indices), masked (the guard's rule
                  by name of an action), wanted (the action the policy would have preferred, or
                  None), compared (action and index it was ranked by, best first)
        outcomes  of earlier decisions: decided and settled (ticks), action (a name), reward 0..1,
                  breach_ticks in the effect window, effective
        """
        self._check()
        if not isinstance(obs, Obs):
            raise TypeError(f"{type(obs).__name__}, expected a tend.Obs (Env.observation())")
        if self._engine is None:
            self._begin(obs.system)
        mine, other = self.system, obs.system
        if mine is not other and (mine.services, mine.metrics, mine.edges, mine.actions) != (
                other.services, other.metrics, other.edges, other.actions):
            raise Error(f"an observation of {other.name}, expected one of {mine.name}", 3)
        self._obs, self._given = obs, obs._struct()  # the frame leads into them
        self._frame = _c.lib.tend_step(self._engine, c.byref(self._given))
        return frame(self._frame.contents, mine)

    def reset(self, seed=0):
        """A new episode; what has been learnt stays."""
        self._check()
        self._seed = seed_of(seed)
        if self._engine:
            _c.lib.tend_reset(self._engine, self._seed)

    def hash(self):
        return _c.lib.tend_hash(self._opened())

    def lessons(self):
        """What its policy has learnt, as JSON text (tend eval --policy-out)."""
        return text(_c.lib.tend_policy_write, self._opened())

    def learnt(self, text):
        """Takes that over."""
        data = text.encode()
        _c.lib.tend_policy_parse(self._opened(), data, len(data), b"lessons")

    def _opened(self):
        self._check()
        if not self._engine:
            raise Error("this Agent has seen nothing yet: it opens at its first step", 3)
        return self._engine

    def _free(self):
        _c.lib.tend_close(self._engine)
        _c.lib.tend_config_free(self._config)


def plain(struct, *names):
    return {name: getattr(struct, name) for name in names}


def findings(f, s):
    return {**plain(f, "overall", "threshold", "alarm", "since"),
            "score": dict(zip(s.services, f.score[:s.S])),
            "metric": {name: of(s.metrics, m) for name, m in zip(s.services, f.metric[:s.S])}}


def incident(i, s):
    return {**plain(i, "id", "opened", "onset", "age", "calm", "actions", "escalated"),
            "service": of(s.services, i.service), "edge": of(s.edges, i.edge)}


def causes(causes, s):
    evidence = [{"kind": _c.lib.tend_evidence_name(e.kind).decode(),
                 "service": of(s.services, e.service), "metric": of(s.metrics, e.metric),
                 "edge": of(s.edges, e.edge), "other": of(s.services, e.other),
                 "action": s.actions[e.action] if e.action > 0 else None,
                 **plain(e, "value", "reference", "weight", "tick", "against")}
                for e in causes.evidence[:causes.evidence_count]]
    return [{"service": s.services[x.service], "edge": of(s.edges, x.edge),
             "metric": of(s.metrics, x.metric),
             "family": _c.lib.tend_family_name(x.family).decode(), "confidence": x.confidence,
             "evidence": [e for e in evidence if e["service"] == s.services[x.service]]}
            for x in causes.suspect[:causes.count]]


def decision(d, s):
    masked = d.masked[:s.A] if d.masked else [0] * s.A
    return {"action": d.action, "name": s.actions[d.action],
            **plain(d, "propensity", "tick", "confidence", "escalated", "dry_run"),
            "context": d.context.decode(), "wanted": of(s.actions, d.wanted),
            "allowed": [a for a, rule in enumerate(masked) if rule == 0],
            "masked": {a: _c.lib.tend_guard_rule_name(rule).decode()
                       for a, rule in zip(s.actions, masked) if rule},
            "compared": [{"action": s.actions[x.action], "index": x.index}
                         for x in d.compared[:d.compared_count]]}


def frame(f, s):
    return {"tick": f.obs.contents.tick, "findings": findings(f.findings, s),
            "incidents": [incident(i, s) for i in f.incident[:f.incidents]],
            "onset": f.causes.onset, "causes": causes(f.causes, s),
            "decision": decision(f.decision, s),
            "outcomes": [{**plain(o, "decided", "settled", "reward", "breach_ticks", "effective"),
                          "action": s.actions[o.action]} for o in f.outcome[:f.outcomes]]}


class Trace(_c.Handle):
    """A trace (docs/formats.md) of what an Agent sees and decides, as `tend episode --trace`.

    env   an Env whose episode has begun: the truth of it goes into the first line
    """

    def __init__(self, path, system, reproduce=None, env=None):
        out = p()
        _c.lib.tend_trace_open(system._pointer, bytes_of(reproduce), bytes_of(path), c.byref(out))
        self._handle, self._system, self._keep = out, system, False
        self._own()
        self._sink = _c.lib.tend_trace_sink(out)
        self._write = c.CFUNCTYPE(c.c_int, p, p, c.POINTER(_c.tend_err))(self._sink.write)
        if env is not None:
            env._begun()
            truth = _c.tend_truth()
            _c.lib.tend_sim_truth(env._sim, c.byref(truth))
            _c.lib.tend_trace_truth(out, c.byref(truth))

    def add(self, agent):
        """The tick the agent has just seen."""
        self._check()
        if not isinstance(agent, Agent):
            raise TypeError(f"{type(agent).__name__}, expected a tend.Agent")
        agent._opened()
        if agent.system is not self._system:
            raise Error("a frame of another system", 3)
        err = _c.tend_err()
        rc = self._write(self._sink.self, c.cast(agent._frame, p), c.byref(err))
        if rc:
            raise Error(err.text.decode("utf-8", "replace"), rc)

    def close(self, keep=True):
        """The file is there now; without keep it is what it was before."""
        self._keep = bool(keep)
        super().close()

    def _check(self):
        super()._check()
        if os.getpid() != self._process:  # two would write into one file
            raise Error("this Trace belongs to another process", 3)

    def _free(self):
        if os.getpid() == self._process:  # the file is not ours to take away
            _c.lib.tend_trace_close(self._handle, self._keep)

    def __exit__(self, kind, *_):
        self.close(keep=kind is None)


class View:
    """What a policy is shown of a tick; read it during the call, afterwards it raises.

    system     names: services, metrics, edges, actions, entry; step_s, seconds a tick
    tick       from 0
    allowed    indices of the actions the guard allows; 0, doing nothing, is always among them
    lift_due   a limit has been held for as long as the guard lets it: nothing but lifting it and
               waiting is allowed any more, and waiting would keep users out for ever
    obs        value[service][metric], edge["caller>callee"] with client_ms and server_ms,
               ready[service], deploy_age[service] (ticks), tick, entry_p95_ms, entry_errors,
               refused (shares), breach; receipts: id (tick of the decision), action (an index),
               state
    findings   overall and threshold (0..1), alarm, since (tick of the alarm, -1 without one);
               score[service] 0..1, metric[service] that is most unusual, or None
    incidents  a dict each, oldest first: id, opened, onset (ticks), age and calm (ticks since it
               opened, and without alarm and breach), actions taken, escalated, and where, once
               that is steady: service, edge
    causes     a dict for each suspect, best first, none when the diagnosis abstains: service, edge
               (None: it is the service itself), metric, family, confidence 0..1, and evidence:
               kind, service, metric, edge, other, value, reference, weight, tick, against,
               action (that was done to it, a name or None)
               (docs/formats.md says what they are of each kind)

    A number that is missing is NAN, a name None, and a tick that is not known -1.
    """

    def __init__(self, view, system):
        self._shown, self.system = view, system

    @property
    def _view(self):
        if self._shown is None:
            raise Error("this View is over: it is of the call it was given to", 3)
        return self._shown

    @property
    def tick(self):
        return self._view.obs.contents.tick

    @property
    def lift_due(self):
        return self._view.lift_due

    @property
    def allowed(self):
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
                **plain(o, "tick", "entry_p95_ms", "entry_errors", "refused", "breach"),
                "receipts": [{k: v for k, v in r.items() if k != "_state"} for r in receipts(o)]}

    @property
    def findings(self):
        return findings(self._view.findings.contents, self.system)

    @property
    def incidents(self):
        return [incident(i, self.system) for i in self._view.incident[:self._view.incidents]]

    @property
    def causes(self):
        return causes(self._view.causes.contents, self.system)


# of a propensity: a sum of shares may end that far above 1; more is a slip, a score or a weight
ROUNDING = 1e-9


class Policy:
    """A Python function as a tend_policy. What it raises is raised after the episode."""

    def __init__(self, function, system):
        self.function, self.system, self.error = function, system, None
        self.call = _c._decide(self._decide)
        none = self.begin = c.CFUNCTYPE(None, p, c.c_uint64)(self._nothing)
        self.params = (_c.tend_param * 1)()
        base = _c.tend_plugin(b"python", b"a function of the caller",
                              c.cast(self.params, p), 8, None, c.cast(none, p))
        self.table = _c.tend_policy(base, self.call)

    def _nothing(self, me, seed):
        pass

    def _decide(self, me, view, out):
        try:
            if self.error is not None:
                return
            shown = View(view.contents, self.system)
            try:
                chosen = self.function(shown)
            finally:
                shown._shown = None
            action, propensity = chosen if isinstance(chosen, tuple) else (chosen, 1.0)
            action = action_of(action, self.system.actions, "view.system.actions")
            if not 0 <= action < self.system.A or not view.contents.allowed[action]:
                raise ValueError(f"action {action} is not allowed")
            propensity = float(propensity)
            if not 0 < propensity <= 1 + ROUNDING:
                raise ValueError(f"propensity {propensity:g} of action {action}, expected more "
                                 "than 0 and at most 1")
            propensity = min(propensity, 1.0)
            out.contents.action, out.contents.propensity = action, propensity
        except BaseException as error:  # it must not pass through C
            self.error = error

    # A signal that came while C was at work is raised where Python begins: before the first line
    # of a callback, outside of every try. ctypes can only tell sys.unraisablehook of it.
    def __enter__(self):
        self.hook = sys.unraisablehook
        sys.unraisablehook = self._unraisable
        return self

    def __exit__(self, *_):
        sys.unraisablehook = self.hook

    def _unraisable(self, what):
        if getattr(what.object, "__self__", None) is not self:
            self.hook(what)
        elif self.error is None:
            self.error = what.exc_value
