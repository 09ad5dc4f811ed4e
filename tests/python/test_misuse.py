# SPDX-License-Identifier: GPL-3.0-or-later
"""What nobody should do to the binding: an exception, never a crash, a hang or a silent cut."""
import copy
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

if os.environ.get("WITHOUT_NUMPY"):
    sys.modules["numpy"] = None
import tend  # noqa: E402
from _tend_env import numpy  # noqa: E402


def begun(cls=tend.Env, *args, **kw):
    env = cls(*args, **kw)
    env.reset(seed=1)
    return env


class Misuse(unittest.TestCase):
    def refused(self, pattern, call, *args, **kw):
        with self.assertRaises((tend.Error, ValueError, TypeError)) as caught:
            call(*args, **kw)
        self.assertRegex(str(caught.exception), pattern)

    def test_integers_that_c_would_cut(self):
        for call, kw in ((tend.Env, {"steps": 2**32 + 5}), (tend.VecEnv, {"n": 2**32 + 1}),
                         (tend.VecEnv, {"n": 2, "threads": 2**32 + 1}),
                         (tend.VecEnv, {"n": -1}), (tend.Agent, {"seed": -1}),
                         (tend.evaluate, {"seed0": -1}), (tend.evaluate, {"episodes": -1}),
                         (tend.evaluate, {"seed0": 2**64 - 1, "episodes": 2})):
            self.refused("expected 0 to", call, **kw)
        for call, kw in ((tend.Env, {"steps": 2.5}), (tend.Env, {"steps": "5"}),
                         (tend.VecEnv, {"n": None}), (tend.evaluate, {"seed0": 1.5}),
                         (begun().reset, {"seed": 1.0}), (tend.Agent, {"seed": None})):
            self.refused("expected an integer", call, **kw)
        vec = tend.VecEnv(2)
        self.refused("seed -1", vec.reset, [1, -1])
        self.refused("expected an integer", vec.reset, [1, 2.5])
        self.refused("expected an integer", vec.reset, "12")
        vec.reset([1, 2])
        self.refused("numbers of actions", vec.step, [0, 2**32])
        for action in (1.9, "1", float("nan")):
            self.refused("integer", vec.step, [0, action])
            self.refused("integer", begun().step, action)
        agent = tend.Agent()
        self.refused("2\\^64", agent.reset, -1)

    @unittest.skipIf(numpy is None, "of numpy")
    def test_arrays_of_any_kind(self):
        vec = tend.VecEnv(3)
        vec.reset(numpy.array([1, 2, 3]))
        odd = numpy.frombuffer(b"x" + bytes(12), dtype=numpy.uint8)[1:].view(numpy.int32)
        for actions in (numpy.arange(3)[::-1], numpy.zeros(6, dtype=int)[::2], odd,
                        numpy.array([0, 1, 2], dtype=">i4")):
            vec.step(actions)
        for actions in ([numpy.nan] * 3, ["0", "1", "2"], [None] * 3, [0j] * 3, [True] * 3):
            self.refused("numbers of actions", vec.step, numpy.array(actions))
        self.refused("numbers of actions", vec.step, numpy.full(3, 2**63, dtype=numpy.uint64))

    def test_names_that_end_in_the_middle(self):
        with tempfile.TemporaryDirectory() as folder:
            for call, args, kw in (
                    (tend.Env, ("default\0x",), {}), (tend.Env, (), {"fault": "slow_db\0x"}),
                    (tend.Agent, ("default\0x",), {}),
                    (tend.Agent, (), {"set": {"policy": "rules\0x"}}),
                    (tend.Env, (), {"set": {"world.noise\0x": 3}}),
                    (tend.evaluate, ("rules\0x",), {}),
                    (tend.Trace, (f"{folder}/t\0x", begun().system), {})):
                self.refused("NUL", call, *args, **kw)
            self.assertEqual(os.listdir(folder), [])
        self.assertEqual(tend.Env(b"default").system.name, "default")
        self.assertEqual(len(tend.Env(Path("default")).columns), len(tend.Env().columns))

    def test_settings_and_arguments_of_another_type(self):
        for given in ([1], {3: 4}, {b"x": 1}, "world.noise=2"):
            for call in (tend.Env, tend.Agent, tend.evaluate):
                self.refused("expected a dict", call, set=given)
        self.refused("system None", tend.Env, None)
        self.refused("policy 3", tend.evaluate, 3)
        self.refused("the bytes of save", begun().load, 5)
        self.refused("beside a scenario", tend.Env, scenario="db_lock", fault="slow_db")
        env = begun()
        self.refused("columns", tend.Obs, env.system, 0, ["a"], [1.0])
        agent = tend.Agent()
        agent.step(env.observation())
        with tempfile.TemporaryDirectory() as folder, \
                tend.Trace(f"{folder}/t", env.system) as trace:
            self.refused("expected a tend.Agent", trace.add, None)

    def test_what_leads_into_the_library_is_not_copied(self):
        env, agent = begun(), tend.Agent()
        agent.step(env.observation())
        with tempfile.TemporaryDirectory() as folder, \
                tend.Trace(f"{folder}/t", env.system) as trace:
            for thing in (tend.VecEnv(2), agent, trace):
                for how in (copy.copy, copy.deepcopy, pickle.dumps):
                    self.refused("cannot be copied", how, thing)
        self.refused("cannot be copied", pickle.dumps, env)
        for how in (copy.copy, copy.deepcopy):  # is a fork
            twin = how(env)
            self.assertEqual(twin.hash(), env.hash())
            twin.step(0)
            self.assertNotEqual(twin.hash(), env.hash())
        env.close()
        twin.step(0)

    def test_names_cannot_be_changed_under_a_fork(self):
        env = begun()
        for names in (env.columns, env.actions, env.system.services, env.system.edges):
            self.assertIsInstance(names, tuple)

    def test_a_closed_agent_is_closed(self):
        env, agent = begun(), tend.Agent()
        agent.step(env.observation())
        with tempfile.TemporaryDirectory() as folder, \
                tend.Trace(f"{folder}/t", env.system) as trace:
            agent.close()
            self.refused("closed", trace.add, agent)
        for call in (agent.hash, agent.lessons, agent.reset):
            self.refused("closed", call)

    def test_a_closed_agent_gives_its_memory_back(self):
        def resident():
            return int(Path("/proc/self/statm").read_text().split()[1])

        def some(n):
            for _ in range(n):
                tend.Agent().close()
        some(50)
        before = resident()
        some(2000)
        self.assertLess(resident() - before, 256)  # pages; it were 2000 and more

    def test_another_thread_neither_uses_nor_closes(self):
        env, agent, vec = begun(), tend.Agent(), tend.VecEnv(2)
        obs = env.observation()
        agent.step(obs)
        said = []

        def elsewhere():
            for call, *args in ((agent.step, obs), (agent.hash,), (agent.close,), (env.close,),
                                (vec.close,)):
                try:
                    call(*args)
                except tend.Error as error:
                    said.append(str(error))
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        self.assertEqual(len(said), 5)
        self.assertTrue(all("another thread" in x for x in said), said)
        env.step(0)

    def test_a_view_is_of_its_call(self):
        kept = []
        tend.evaluate(lambda view: kept.append(view) or 0, episodes=1, steps=3)
        for view in kept:
            for name in ("tick", "allowed", "obs", "findings", "incidents", "causes"):
                self.refused("this View is over", getattr, view, name)

    def test_a_policy_that_gives_back_nonsense(self):
        for chosen in (None, 0.9, "0", (0, 1, 2), (0, "x"), [0]):
            self.refused("integer|unpack|str", tend.evaluate, lambda view: chosen, episodes=1)
        for propensity in (float("nan"), 0, -1, 1.5):
            self.refused("propensity", tend.evaluate, lambda view: (0, propensity), episodes=1)

    def test_a_signal_during_a_callback_is_raised(self):
        def stop(number, frame):
            raise KeyboardInterrupt
        before, hook = signal.signal(signal.SIGALRM, stop), sys.unraisablehook
        try:
            for delay in (0.02, 0.03, 0.04, 0.05):
                with self.assertRaises(KeyboardInterrupt):
                    signal.setitimer(signal.ITIMER_REAL, delay)
                    tend.evaluate(lambda view: 0, episodes=1000)
        finally:
            signal.signal(signal.SIGALRM, before)
        self.assertIs(sys.unraisablehook, hook)

    def test_a_fork_of_the_process_leaves_threads_and_files_alone(self):
        code = """if True:
            import os, sys, tend
            env, agent, vec = tend.Env(), tend.Agent(), tend.VecEnv(4, threads=2)
            env.reset(seed=1)
            vec.reset([1, 2, 3, 4])
            agent.step(env.observation())
            trace = tend.Trace(sys.argv[1], env.system)
            trace.add(agent)
            child = os.fork()
            if child == 0:
                env.step(0)
                for call in (lambda: vec.step([0] * 4), lambda: trace.add(agent)):
                    try:
                        call()
                        sys.exit(1)
                    except tend.Error:
                        pass
                vec.close()
                sys.exit(0)
            if os.waitpid(child, 0)[1]:
                sys.exit("the child")
            vec.step([0] * 4)
            trace.close()
        """
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([sys.executable, "-c", code, f"{folder}/t"], timeout=60,
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(Path(folder, "t").read_text().count("\n"), 2)

    def test_arrays_that_c_writes_to_keep_their_size(self):
        vec = tend.VecEnv(2)
        shown = vec.reset([1, 2])
        rewards = vec.step([0, 0])[1]
        for held in (shown, rewards):
            with self.assertRaises((BufferError, ValueError)):
                held.resize(10**6) if numpy else held.extend([0.0] * 10**6)

    def test_what_is_left_at_exit_is_collected_in_any_order(self):
        code = """if True:
            import sys, tend
            env, vec, agent = tend.Env(), tend.VecEnv(3, threads=3), tend.Agent()
            env.reset(seed=1)
            agent.step(env.observation())
            circle = [env, vec, agent, tend.Trace(sys.argv[1], env.system)]
            circle.append(circle)
            env.me = env
        """
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([sys.executable, "-X", "dev", "-W", "error", "-c", code,
                                   f"{folder}/t"], timeout=60, capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(os.listdir(folder), [])


if __name__ == "__main__":
    unittest.main()
