# SPDX-License-Identifier: GPL-3.0-or-later
"""The binding: the same bytes as the command line, and an exception for every wrong use.

Run by tests/test_python.sh with numpy and without, on a checkout and on an installed tree; TEND is
the program to compare with.
"""
import array
import csv
import ctypes
import io
import json
import math
import os
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

if os.environ.get("WITHOUT_NUMPY"):
    sys.modules["numpy"] = None
import tend  # noqa: E402
import _tend_c  # noqa: E402
import _tend_env  # noqa: E402

TEND = os.environ["TEND"]


def run(*args):
    return subprocess.run([TEND, *map(str, args)], check=True, capture_output=True,
                          text=True).stdout


def same(a, b):
    return len(a) == len(b) and all(x == y or (x != x and y != y) for x, y in zip(a, b))


def action_of(env, seed, tick):
    bits = (seed * 1000003 + tick) * 2654435761 % 2**32 >> 7
    return 0 if bits % 10 < 7 else bits // 10 % len(env.actions)


class Layout(unittest.TestCase):
    def test_structures_are_the_compilers(self):
        lines = []
        for s in _tend_c.STRUCTS:
            lines.append(f'    printf("{s.__name__} %zu\\n", sizeof({s.__name__}));')
            lines += [f'    printf("{s.__name__}.{f[0]} %zu\\n", offsetof({s.__name__}, {f[0]}));'
                      for f in s._fields_]
        names = ["api", "drive", "edge", "engine", "err", "frame", "plugin", "sim", "system",
                 "vec", "words"]
        source = ("#include <stddef.h>\n#include <stdio.h>\n" +
                  "".join(f"#include <tend/{n}.h>\n" for n in names) +
                  "int main(void)\n{\n" + "\n".join(lines) + "\n    return 0;\n}\n")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder)
            (path / "layout.c").write_text(source)
            subprocess.run([os.environ.get("CC", "cc"), "-I", os.environ["TEND_INCLUDE"], "-o",
                            path / "layout", path / "layout.c"], check=True)
            said = subprocess.run([path / "layout"], check=True, capture_output=True,
                                  text=True).stdout
        ours = []
        for s in _tend_c.STRUCTS:
            ours.append(f"{s.__name__} {ctypes.sizeof(s)}")
            ours += [f"{s.__name__}.{f[0]} {getattr(s, f[0]).offset}" for f in s._fields_]
        self.assertEqual(said.split("\n")[:-1], ours)

    def test_counts_of_the_headers(self):
        head = "".join(p.read_text() for p in Path(os.environ["TEND_INCLUDE"], "tend").glob("*.h"))
        for name, value in (("TEND_CONTEXT_MAX", _tend_c.CONTEXT_MAX),
                            ("TEND_COMPARED_MAX", _tend_c.COMPARED_MAX),
                            ("TEND_EVIDENCE_MAX", _tend_c.EVIDENCE_MAX),
                            ("TEND_INCIDENTS_MAX", _tend_c.INCIDENTS_MAX),
                            ("TEND_OUTCOMES_MAX", _tend_c.OUTCOMES_MAX),
                            ("TEND_FAULTS_MAX", _tend_c.FAULTS_MAX),
                            ("TEND_DEPLOYS_MAX", _tend_c.DEPLOYS_MAX)):
            self.assertIn(f"#define {name} {value}", head)


class SameBytes(unittest.TestCase):
    def test_a_noop_env_shows_what_the_trace_of_noop_holds(self):
        for system, seed in (("default", 7), ("shop", 3), ("pods", 5)):
            with tempfile.TemporaryDirectory() as folder:
                run("episode", "--system", system, "--seed", seed, "--policy", "noop", "--trace",
                    f"{folder}/t")
                lines = [json.loads(x) for x in Path(folder, "t").read_text().split("\n")[1:-1]]
            env = tend.Env(system)
            s = env.system
            obs, info = env.reset(seed=seed)
            for t, line in enumerate(lines):
                self.assertEqual(info["tick"], t)
                self.assertEqual(line["t"], t)
                flat = [math.nan if x is None else x for x in line["value"]]
                self.assertTrue(same(list(obs[:s.S * s.M]), flat), t)
                ready = s.S * s.M + 2 * s.E
                self.assertEqual(list(obs[ready:ready + s.S]), line["ready"])
                self.assertTrue(same(list(obs[-4:]), [
                    line["entry_p95_ms"], line["entry_errors"], line["refused"], line["breach"]]))
                if t + 1 < len(lines):
                    obs, reward, ended, truncated, info = env.step(0)
                    self.assertEqual(reward, 1 - obs[-1])
                    self.assertEqual((ended, truncated), (False, t + 2 == len(lines)))
            env.close()

    def test_an_agent_over_an_env_writes_the_trace_of_the_command_byte_for_byte(self):
        for policy, seed in (("noop", 7), ("rules", 11), ("ucb", 19)):
            with tempfile.TemporaryDirectory() as folder:
                run("episode", "--seed", seed, "--policy", policy, "--trace", f"{folder}/theirs")
                theirs = Path(folder, "theirs").read_bytes()
                line = json.loads(theirs.split(b"\n")[0])["reproduce"]
                env = tend.Env()
                agent = tend.Agent(set={"policy": policy}, seed=seed)
                env.reset(seed=seed)
                agent.reset(seed)
                with tend.Trace(f"{folder}/ours", env.system, reproduce=line,
                                env=env) as trace:
                    ended = False
                    while True:
                        frame = agent.step(env.observation())
                        trace.add(agent)
                        if ended:
                            break
                        ended = env.step(frame["decision"]["action"])[3]
                self.assertEqual(theirs, Path(folder, "ours").read_bytes())
                # and what the command calls the row of this episode
                row = tend.evaluate(policy, episodes=1, seed0=seed)[0]
                mine = env.episode()
                for name in ("slo_steps", "first_slo", "recovered", "mttr", "first_visible",
                             "actions", "targeted", "wrong_actions", "fault_type", "refused"):
                    self.assertEqual(mine[name], row[name], name)
                for name in ("detected_at", "violations", "anomaly_steps", "top1"):
                    self.assertIsNone(mine[name])

    def test_evaluate_is_eval(self):
        for args, options in (
                (["--policy", "rules"], {"policy": "rules"}),
                (["--policy", "ucb", "--system", "shop", "--set", "world.noise=2"],
                 {"policy": "ucb", "system": "shop", "set": {"world.noise": 2}}),
                (["--policy", "noop", "--fault", "slow_db", "--steps", "100"],
                 {"policy": "noop", "fault": "slow_db", "steps": 100}),
                (["--policy", "rules", "--set", "guard.cooldown=30", "--scenario", "db_lock"],
                 {"policy": "rules", "set": {"guard.cooldown": 30}, "scenario": "db_lock"})):
            said = run("eval", *args, "--episodes", 6, "--seed0", 200001, "--out", "-", "--quiet")
            rows = list(csv.DictReader(io.StringIO(said)))
            ours = tend.evaluate(episodes=6, **options)
            self.assertEqual(len(ours), 6)
            for theirs, mine in zip(rows, ours):
                self.assertEqual(list(theirs), list(mine))
                for name, cell in theirs.items():
                    value = mine[name]
                    if isinstance(value, (int, float)):
                        self.assertEqual(value, float(cell), name)
                    elif isinstance(value, list):
                        self.assertEqual(" ".join(map(str, value)), cell, name)
                    else:
                        self.assertEqual(value or "", cell, name)

    def test_evaluate_plays_the_agent_it_is_given(self):
        self.assertEqual(tend.evaluate(episodes=1)[0]["policy"], "ucb")
        self.assertEqual(tend.evaluate(agent="rules", episodes=1)[0]["policy"], "rules")
        self.assertEqual(tend.evaluate("noop", agent="rules", episodes=1)[0]["policy"], "noop")
        # a policy it has already keeps its parameters, whatever the order they are given in
        asked = {"agent": "seed", "episodes": 1}
        same = tend.evaluate(**asked)[0]["config_hash"]
        self.assertEqual(tend.evaluate("ucb", **asked)[0]["config_hash"], same)
        backwards = {"detector.threshold": 0.7, "detector": "threshold"}
        said = run("eval", "--agent", "seed", "--episodes", 1, "--seed0", 200001, "--out", "-",
                   "--detector", "threshold", "--set", "detector.threshold=0.7", "--quiet")
        self.assertEqual(tend.evaluate(set=backwards, **asked)[0]["config_hash"],
                         next(csv.DictReader(io.StringIO(said)))["config_hash"])

    def test_a_policy_of_ones_own_that_does_what_noop_does(self):
        theirs = tend.evaluate("noop", episodes=4)
        ours = tend.evaluate(lambda view: 0, episodes=4)
        for a, b in zip(theirs, ours):
            for name in a:
                if name not in ("policy", "config_hash", "state_hash"):
                    self.assertEqual(a[name], b[name], name)
            self.assertEqual(b["policy"], "python")

    def test_a_view_shows_what_the_trace_holds(self):
        seen = []

        def look(view):
            seen.append((view.tick, view.allowed, view.obs, view.findings, view.incidents,
                         view.causes))
            return view.allowed[-1], 1 / len(view.allowed)
        with tempfile.TemporaryDirectory() as folder:
            tend.evaluate(look, episodes=1, seed0=7, traces=folder)
            lines = [json.loads(x) for x in
                     Path(folder, "7.jsonl").read_text().split("\n")[1:-1]]
        self.assertEqual([x[0] for x in seen], [x["t"] for x in lines])
        acted = 0
        for (tick, allowed, obs, findings, incidents, causes), line in zip(seen, lines):
            self.assertEqual(findings["alarm"], line["alarm"])
            self.assertTrue(math.isclose(findings["overall"], line["overall"], abs_tol=1e-6))
            self.assertEqual(list(obs["ready"].values()), line["ready"])
            self.assertEqual(obs["breach"], line["breach"])
            if "decision" in line and line["decision"]["action"]:
                acted += 1
                self.assertEqual(line["decision"]["allowed"], allowed)
                self.assertTrue(math.isclose(line["decision"]["propensity"], 1 / len(allowed),
                                             rel_tol=1e-6))
        self.assertGreater(acted, 0)
        words = {w.strip(":.(),;") for w in tend.View.__doc__.replace("[", " ").split()}
        for _, _, obs, findings, incidents, causes in seen:
            for part in (obs, findings, *incidents, *causes, *(c["evidence"] for c in causes)):
                for key in {k for x in (part if isinstance(part, list) else [part]) for k in x}:
                    self.assertIn(key, words)

    def test_a_frame_holds_what_its_help_says(self):
        env, agent = tend.Env(fault="slow_db", severity=0.9), tend.Agent("rules")
        env.reset(seed=3)
        words = {w.strip(":.();,") for w in tend.Agent.step.__doc__.split()}
        acted = 0
        for _ in range(239):
            frame = agent.step(env.observation())
            decision = frame["decision"]
            for part in (frame, decision, *decision["compared"], *frame["outcomes"]):
                self.assertEqual([k for k in part if k not in words], [])
            self.assertIn(decision["action"], decision["allowed"])
            self.assertEqual({env.actions[a] for a in decision["allowed"]},
                             set(env.actions) - set(decision["masked"]))
            acted += decision["action"] != 0
            env.step(decision["action"])
        self.assertGreater(acted, 0)

    def test_forks_and_saved_states_go_on_alike(self):
        for system in ("default", "shop"):
            for seed, part in ((1, 0), (2, 57), (3, 110)):
                env = tend.Env(system, steps=120)
                env.reset(seed=seed)
                for t in range(part):
                    env.step(action_of(env, seed, t))
                twin, other = env.fork(), tend.Env(system, steps=120)
                other.load(env.save())
                self.assertEqual(env.hash(), twin.hash())
                self.assertEqual(env.hash(), other.hash())
                for t in range(part, 119):
                    action = action_of(env, seed, t)
                    a, b, o = env.step(action), twin.step(action), other.step(action)
                    self.assertTrue(same(a[0], b[0]) and same(a[0], o[0]))
                    self.assertEqual(a[1:4], b[1:4])
                    self.assertEqual(a[1:4], o[1:4])
                self.assertEqual(env.hash(), twin.hash())
                self.assertEqual(env.episode(), twin.episode())
                self.assertEqual(env.truth(), twin.truth())

    def test_a_vec_env_is_envs_side_by_side(self):
        n, steps = 5, 30
        env = tend.Env("default", steps=steps)
        for threads in (1, 2, 3):
            with tend.VecEnv(n, "default", steps=steps, threads=threads) as vec:
                shown = vec.reset(range(40, 40 + n))
                width = len(vec.columns)
                for i in range(n):
                    obs = env.reset(seed=40 + i)[0]
                    self.assertTrue(same(obs, _row(shown, i, width)))
                history = []
                for t in range(2 * steps):
                    actions = [action_of(vec, 40 + i, t) for i in range(n)]
                    o, r, e = vec.step(actions)
                    history.append((actions, [list(_row(o, i, width)) for i in range(n)], list(r),
                                    [bool(x) for x in e]))
            for i in range(n):
                env.reset(seed=40 + i)
                seed = 40 + i
                ended = False
                for actions, rows, rewards, ends in history:
                    if ended:  # the next episode, whatever the action
                        seed += n
                        obs, reward, ended = env.reset(seed=seed)[0], 0.0, False
                    else:
                        obs, reward, _, ended, _ = env.step(actions[i])
                    self.assertTrue(same(obs, rows[i]))
                    self.assertEqual(reward, rewards[i])
                    self.assertEqual(ended, ends[i])


def _row(shown, i, width):
    return shown[i] if getattr(shown, "ndim", 1) == 2 else shown[i * width:(i + 1) * width]


class Wrong(unittest.TestCase):
    def refused(self, pattern, call, *args, **kw):
        with self.assertRaises((tend.Error, ValueError, TypeError)) as caught:
            call(*args, **kw)
        self.assertRegex(str(caught.exception), pattern)

    def test_arguments(self):
        self.refused("nosuch: no such file", tend.Env, "nosuch")
        self.refused("did you mean \"slow_db\"", tend.Env, fault="slow_bd")
        self.refused("did you mean \"noise\"", tend.Env, set={"world.nois": 1})
        self.refused("expected world.PARAMETER", tend.Env, set={"guard.cooldown": 1})
        self.refused("unknown argument 'colour'", tend.Env, colour=3)
        self.refused("expected 1 to", tend.Env, steps=0)
        self.refused("severity 2", tend.Env, fault="slow_db", severity=2)
        self.refused("faults", tend.Env, scenario={"name": "x", "faults": 7})
        self.refused("nosuch.json", tend.Env, scenario="nosuch.json")
        self.refused("threads", tend.VecEnv, 4, threads=0)
        self.refused("side by side", tend.VecEnv, 0)
        self.refused("nosuch", tend.Agent, "nosuch")
        self.refused("did you mean", tend.Agent, set={"guard.cooldwn": 1})
        self.refused("nosuch", tend.evaluate, "nosuch", episodes=1)

    def test_order(self):
        env = tend.Env(steps=3)
        self.refused("call reset", env.step, 0)
        self.refused("call reset", env.observation)
        self.refused("call reset", env.truth)
        self.refused("call reset", env.episode)
        self.refused("call reset", env.save)
        env.reset(seed=1)
        for action in (-1, len(env.actions), 2**40):
            self.refused("expected 0 to", env.step, action)
        self.refused("action None, expected an integer, an index of env.actions, 0 to [0-9]+$", env.step, None)
        self.refused(r"env.actions.index\('restart\(db\)'\) is one$", env.step, "restart(db)")
        self.refused("an index", env.step, 1.5)
        self.assertFalse(env.step(0)[3])
        self.assertTrue(env.step(0)[3])
        self.refused("call reset", env.step, 0)
        self.refused("2\\^64", env.reset, seed=-1)
        self.refused("2\\^64", env.reset, seed=2**64)
        env.reset(seed=2**64 - 1)
        self.refused("bytes", env.load, b"short")
        state = bytearray(env.save())
        state[len(state) // 2] ^= 1
        self.refused("damaged", env.load, state)
        self.refused("another system", tend.Env(steps=3, set={"world.noise": 2}).load, env.save())

    def test_closed_and_other_threads(self):
        env, vec, agent = tend.Env(), tend.VecEnv(2), tend.Agent()
        env.reset(seed=1)
        obs = env.observation()
        agent.step(obs)
        vec.reset([1, 2])
        calls = [(env.step, 0), (env.reset,), (env.observation,), (env.fork,), (env.hash,),
                 (vec.step, [0, 0]), (vec.reset, [1, 2]), (agent.step, obs), (agent.reset,),
                 (agent.lessons,), (agent.hash,)]
        raised = []

        def elsewhere():
            for call, *args in calls:
                try:
                    call(*args)
                except tend.Error as error:
                    raised.append(str(error))
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        self.assertEqual(len(raised), len(calls))
        self.assertTrue(all("another thread" in x for x in raised), raised)
        for thing in (env, vec, agent):
            thing.close()
            thing.close()
        for call, *args in calls:
            self.refused("closed", call, *args)
        self.refused("nothing yet", tend.Agent().lessons)

    def test_what_leads_into_an_engine_ends_with_it(self):
        env, agent, seen = tend.Env(), tend.Agent(), []
        env.reset(seed=1)
        agent.step(env.observation())
        with tempfile.TemporaryDirectory() as folder:
            trace = tend.Trace(f"{folder}/t", env.system)
            agent.close()
            self.refused("this Agent is closed", trace.add, agent)
            trace.close(keep=False)
        tend.evaluate(lambda view: seen.append(view) or 0, episodes=1)
        for name in ("tick", "allowed", "obs", "findings", "incidents", "causes"):
            self.refused("this View is over", getattr, seen[0], name)

    def test_a_folder_hides_no_example(self):
        here = os.getcwd()
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            try:
                for name in ("shop", "rules", "db_lock"):
                    os.mkdir(name)
                tend.Env("shop", scenario="retry_storm")
                tend.Env("default", scenario="db_lock")
                tend.Agent("rules")
                self.refused("no such file", tend.Env, scenario=None, system="own")
            finally:
                os.chdir(here)

    def test_shapes(self):
        vec = tend.VecEnv(3)
        self.refused("before the first reset", vec.step, [0, 0, 0])
        self.refused("2 seeds, expected 3", vec.reset, [1, 2])
        vec.reset([1, 2, 3])
        self.refused("4 actions, expected 3", vec.step, [0, 0, 0, 0])
        self.refused("of episode 1", vec.step, [0, 99, 0])
        self.refused("env.actions.index", vec.step, [0, "restart(db)", 0])
        if _tend_env.numpy:
            numpy = _tend_env.numpy
            self.refused("shape", vec.step, numpy.zeros((3, 1), dtype=int))
            vec.step(numpy.zeros(3, dtype=numpy.int64))  # another type is converted
            self.refused("numbers of actions", vec.step, numpy.full(3, 2**40))
            self.refused("numbers of actions", vec.step, numpy.full(3, 1.5))

    def test_agents_and_systems_that_do_not_fit(self):
        agent, default, shop = tend.Agent(), tend.Env(), tend.Env("shop")
        default.reset(seed=1)
        shop.reset(seed=1)
        agent.step(default.observation())
        self.refused("expected one of default", agent.step, shop.observation())
        self.refused("expected a tend.Obs", agent.step, [1, 2, 3])
        self.refused("1 numbers in .* expected", tend.Obs, default.system, 0, default.columns,
                     [1.0])
        with tempfile.TemporaryDirectory() as folder:
            trace = tend.Trace(f"{folder}/t", shop.system)
            self.refused("another system", trace.add, agent)
            trace.close(keep=False)
            self.assertEqual(os.listdir(folder), [])
            self.refused("No such file", tend.Trace, f"{folder}/no/t", shop.system)

    def test_a_policy_that_fails(self):
        def broken(view):
            raise KeyError("mine")
        with self.assertRaises(KeyError):
            tend.evaluate(broken, episodes=1)
        self.refused("is not allowed", tend.evaluate, lambda view: 10**6, episodes=1)
        self.refused("is not allowed", tend.evaluate,
                     lambda view: next(a for a in range(99) if a not in view.allowed), episodes=1)
        self.refused(r"view.system.actions.index\('restart\(db\)'\)", tend.evaluate,
                     lambda view: "restart(db)", episodes=1)
        self.refused("action None, expected an integer", tend.evaluate, lambda view: None,
                     episodes=1)
        for propensity in (2.0, 0, -1, math.nan):
            self.refused("^propensity .* of action 0, expected", tend.evaluate,
                         lambda view: (0, propensity), episodes=1)
        tend.evaluate(lambda view: (0, sum([0.1] * 10) + 1e-15), episodes=1)  # rounding


class Conventions(unittest.TestCase):
    def test_missing_numbers(self):
        env = tend.Env(set={"world.missing": 0.5}, missing=-7)
        obs = env.reset(seed=3)[0]
        self.assertFalse(any(x != x for x in obs))
        self.assertIn(-7, list(obs))
        self.assertTrue(any(x != x for x in env.observation()))

    def test_observations_by_name(self):
        env = tend.Env()
        env.reset(seed=3)
        obs = env.observation()
        self.assertEqual(len(obs), len(env.columns))
        self.assertEqual(obs["api.ready"], obs[env.columns.index("api.ready")])
        self.assertEqual((obs.tick, obs.system.name), (0, "default"))
        self.assertRaises(ValueError, lambda: obs["nosuch"])

    def test_what_is_shown_is_the_callers(self):
        env = tend.Env()
        first = env.reset(seed=3)[0]
        kept = list(first)
        env.step(0)
        self.assertTrue(same(kept, first))

    def test_receipts_tell_what_became_of_an_action(self):
        env = tend.Env()
        env.reset(seed=3)
        env.step(env.actions.index("restart(db)"))
        receipts = env.observation().receipts
        self.assertEqual([(r["id"], r["state"]) for r in receipts], [(0, "started")])

    def test_the_mask_is_what_could_be_done(self):
        env = tend.Env()
        _, info = env.reset(seed=3)
        mask = info["action_mask"]
        self.assertEqual(len(mask), len(env.actions))
        self.assertEqual(mask[env.actions.index("restart(db)")], 1)
        _, _, _, _, info = env.step(env.actions.index("restart(db)"))
        self.assertEqual(info["action_mask"][env.actions.index("restart(db)")], 0)
        self.assertEqual(info["action_mask"][0], 1)

    def test_rewards(self):
        env = tend.Env(fault="none", set={"world.noise": 0})
        env.reset(seed=3)
        price = float(run("params", "judge").split("restart")[1].split()[0])
        self.assertEqual(env.step(0)[1], 1)
        self.assertEqual(env.step(env.actions.index("restart(db)"))[1], 1 - price)
        self.assertEqual(env.step(env.actions.index("restart(db)"))[1], 1)  # refused: no price

    def test_without_a_seed_episodes_differ(self):
        env = tend.Env()
        self.assertFalse(same(env.reset()[0], env.reset()[0]))
        self.assertTrue(same(env.reset(seed=5)[0], env.reset(seed=5)[0]))

    def test_lessons_go_from_agent_to_agent(self):
        env, agent = tend.Env(fault="slow_db", severity=0.9), tend.Agent(learn=True)
        for seed in range(3):
            env.reset(seed=seed)
            agent.reset(seed)
            ended = False
            while not ended:
                ended = env.step(agent.step(env.observation())["decision"]["action"])[3]
        text = agent.lessons()
        self.assertGreater(len(json.loads(text)["lessons"]), 0)
        other = tend.Agent()
        env.reset(seed=1)
        other.step(env.observation())
        other.learnt(text)
        self.assertEqual(json.loads(other.lessons())["lessons"], json.loads(text)["lessons"])

    def test_many_are_opened_and_closed_in_the_same_memory(self):
        def resident():
            return int(Path("/proc/self/statm").read_text().split()[1])

        def some(n):
            for seed in range(n):
                with tend.Env() as env:
                    env.reset(seed=seed)
                    env.step(0)
                    env.fork().close()
                    tend.Agent().close()
        some(50)
        before = resident()
        some(1000)
        self.assertLess(resident() - before, 256)  # pages: a mebibyte; one leaked Env is a page


class Gymnasium(unittest.TestCase):
    """With a module in gymnasium's place that has what check_env looks at."""

    def test_the_env_is_a_gymnasium_env(self):
        stand_in = Path(__file__).with_name("gymnasium_stand_in.py")
        env = dict(os.environ, PYTHONPATH=f"{os.environ['PYTHONPATH']}:{stand_in.parent}")
        done = subprocess.run([sys.executable, stand_in], env=env, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
