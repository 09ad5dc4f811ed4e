# SPDX-License-Identifier: GPL-3.0-or-later
"""The C structures and calls behind tend.py, as they stand in include/tend; tests/test_python.sh
holds their layout against the compiler's. Not for users."""
import ctypes as c
import os
import threading
from pathlib import Path

VERSION = "0.1.0"  # of the library whose structures these are
CONTEXT_MAX, COMPARED_MAX, EVIDENCE_MAX = 256, 16, 64  # of frame.h
INCIDENTS_MAX, OUTCOMES_MAX = 4, 4
FAULTS_MAX, DEPLOYS_MAX = 4, 4  # of sim.h

f64, i32, i64, u64, p = c.c_double, c.c_int, c.c_int64, c.c_uint64, c.c_void_p
f64s = c.POINTER(f64)


class Error(Exception):
    """What tend refused, in its own words; `code` is its tend_rc (err.h)."""

    def __init__(self, text, code=1):
        super().__init__(text)
        self.code = code


class Handle:
    """What leads into memory of the library: used by the thread that made it, until it is closed,
    and never copied. Whoever inherits this says what `_free` frees; it runs once."""

    _open = False

    def _own(self):
        self._thread, self._process, self._open = threading.get_ident(), os.getpid(), True

    def _check(self):
        if not self._open:
            raise Error(f"this {type(self).__name__} is closed", 3)
        if threading.get_ident() != self._thread:
            raise Error(f"this {type(self).__name__} belongs to another thread", 3)

    def close(self):
        if self._open:
            Handle._check(self)  # another thread may be inside
            self._open = False
            self._free()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        if self._open and lib:  # nobody is inside: whatever thread collects it
            self._open = False
            self._free()

    def __reduce_ex__(self, protocol):
        raise TypeError(f"{type(self).__name__} objects cannot be copied or pickled")


# ---- the C structures, as in include/tend; tests/test_python.sh holds their layout -------------


class tend_err(c.Structure):
    _fields_ = [("rc", i32), ("text", c.c_char * 512)]


class tend_service(c.Structure):
    _fields_ = [("name", c.c_char_p), ("kind", i32), ("replicas", i32), ("least_replicas", i32),
                ("most_replicas", i32)]


class tend_metric(c.Structure):
    _fields_ = [("name", c.c_char_p), ("unit", c.c_char_p), ("kind", i32)]


class tend_edge(c.Structure):
    _fields_ = [("caller", i32), ("callee", i32)]


class tend_action(c.Structure):
    _fields_ = [("name", c.c_char_p), ("kind", i32), ("service", i32), ("edge", i32)]


class tend_slo(c.Structure):
    _fields_ = [("p95_ms", f64), ("error_share", f64)]


class tend_system(c.Structure):
    _fields_ = [("name", c.c_char_p), ("step_s", f64), ("S", i32), ("M", i32), ("E", i32),
                ("A", i32), ("services", c.POINTER(tend_service)),
                ("metrics", c.POINTER(tend_metric)), ("edges", c.POINTER(tend_edge)),
                ("actions", c.POINTER(tend_action)), ("entry", i32), ("slo", tend_slo)]


class tend_receipt(c.Structure):
    _fields_ = [("id", i64), ("action", i32), ("state", i32)]


class tend_obs(c.Structure):
    _fields_ = [("size", c.c_size_t), ("tick", i64), ("value", f64s), ("edge", f64s),
                ("ready", f64s), ("deploy_age", f64s), ("entry_p95_ms", f64),
                ("entry_errors", f64), ("refused", f64), ("breach", c.c_bool),
                ("receipt", c.POINTER(tend_receipt)), ("receipts", i32)]


class tend_findings(c.Structure):
    _fields_ = [("score", f64s), ("metric", c.POINTER(i32)), ("overall", f64), ("threshold", f64),
                ("alarm", c.c_bool), ("since", i64)]


class tend_suspect(c.Structure):
    _fields_ = [("service", i32), ("edge", i32), ("metric", i32), ("family", i32),
                ("confidence", f64)]


class tend_incident(c.Structure):
    _fields_ = [("id", i64), ("opened", i64), ("onset", i64), ("age", i64), ("calm", i64),
                ("service", i32), ("edge", i32), ("actions", i32), ("escalated", c.c_bool)]


class tend_evidence(c.Structure):
    _fields_ = [("kind", i32), ("service", i32), ("metric", i32), ("edge", i32), ("other", i32),
                ("value", f64), ("reference", f64), ("weight", f64), ("tick", i64),
                ("against", c.c_bool), ("action", i32)]


class tend_causes(c.Structure):
    _fields_ = [("suspect", c.POINTER(tend_suspect)), ("room", i32), ("count", i32),
                ("onset", i64), ("evidence", tend_evidence * EVIDENCE_MAX),
                ("evidence_count", i32)]


class tend_compared(c.Structure):
    _fields_ = [("action", i32), ("index", f64)]


class tend_decision(c.Structure):
    _fields_ = [("action", i32), ("propensity", f64), ("key", u64), ("arm", i32), ("tick", i64),
                ("context", c.c_char * CONTEXT_MAX), ("confidence", f64), ("escalated", c.c_bool),
                ("dry_run", c.c_bool), ("compared", tend_compared * COMPARED_MAX),
                ("compared_count", i32), ("masked", c.POINTER(c.c_ubyte)), ("wanted", i32)]


class tend_outcome(c.Structure):
    _fields_ = [("key", u64), ("arm", i32), ("action", i32), ("decided", i64), ("settled", i64),
                ("reward", f64), ("breach_ticks", i32), ("effective", c.c_bool)]


class tend_frame(c.Structure):
    _fields_ = [("obs", c.POINTER(tend_obs)), ("findings", tend_findings),
                ("incident", tend_incident * INCIDENTS_MAX), ("incidents", i32),
                ("causes", tend_causes), ("decision", tend_decision),
                ("outcome", tend_outcome * OUTCOMES_MAX), ("outcomes", i32)]


class tend_sim_options(c.Structure):
    _fields_ = [("size", c.c_size_t), ("steps", i32), ("scenario", c.c_char_p),
                ("scenario_length", c.c_size_t), ("scenario_name", c.c_char_p),
                ("fault", c.c_char_p), ("target", c.c_char_p), ("severity", f64),
                ("healthy", f64), ("compound", f64), ("set", c.POINTER(c.c_char_p)),
                ("family", c.c_char_p), ("preset", c.c_char_p)]


class tend_facts(c.Structure):
    _fields_ = [("backlog", f64s), ("utilisation", f64s), ("arrivals", f64s),
                ("throughput", f64s), ("mean_ms", f64s), ("p95_ms", f64s), ("errors", f64s),
                ("refused", f64)]


class tend_fault(c.Structure):
    _fields_ = [("type", c.c_char_p), ("family", i32), ("service", i32), ("edge", i32),
                ("start", i32), ("duration", i32), ("severity", f64), ("over", c.c_bool)]


class _deploy(c.Structure):
    _fields_ = [("service", i32), ("tick", i32)]


class tend_truth(c.Structure):
    _fields_ = [("name", c.c_char_p), ("faults", i32), ("fault", tend_fault * FAULTS_MAX),
                ("deploys", i32), ("deploy", _deploy * DEPLOYS_MAX)]


class tend_view(c.Structure):
    _fields_ = [("obs", c.POINTER(tend_obs)), ("findings", c.POINTER(tend_findings)),
                ("incident", c.POINTER(tend_incident)), ("incidents", i32),
                ("causes", c.POINTER(tend_causes)), ("allowed", c.POINTER(c.c_bool)),
                ("lift_due", c.c_bool)]


class tend_node(c.Structure):
    _fields_ = [("system", c.POINTER(tend_system)), ("params", p), ("state", p),
                ("learning", i32), ("seed", u64)]


class tend_param(c.Structure):
    _fields_ = [("name", c.c_char_p), ("offset", c.c_size_t), ("kind", i32), ("initial", f64),
                ("least", f64), ("most", f64), ("help", c.c_char_p)]


class tend_plugin(c.Structure):
    _fields_ = [("name", c.c_char_p), ("help", c.c_char_p), ("params", p),
                ("params_size", c.c_size_t), ("state_size", p), ("init", p)]


_decide = c.CFUNCTYPE(None, c.POINTER(tend_node), c.POINTER(tend_view), c.POINTER(tend_decision))


class tend_policy(c.Structure):
    _fields_ = [("base", tend_plugin), ("decide", _decide), ("reset", p), ("learn", p),
                ("numbers", p), ("row", p), ("restore", p), ("vocabulary", p)]


class tend_sink(c.Structure):
    _fields_ = [("self", p), ("write", p)]


STRUCTS = [tend_err, tend_service, tend_metric, tend_edge, tend_action, tend_slo, tend_system,
           tend_receipt, tend_obs, tend_findings, tend_suspect, tend_incident, tend_evidence,
           tend_causes, tend_compared, tend_decision, tend_outcome, tend_frame, tend_sim_options,
           tend_facts, tend_fault, tend_truth, tend_view, tend_node, tend_param, tend_plugin,
           tend_policy, tend_sink]

# ---- the library -------------------------------------------------------------------------------

_SIGNATURES = {  # name: (what it gives back, its arguments); "rc" is a tend_rc with an err behind
    "tend_version": (c.c_char_p, []),
    "tend_sim_usual": (tend_sim_options, []),
    "tend_sim_setup_open": ("rc", [c.c_char_p, c.POINTER(tend_sim_options), c.POINTER(p)]),
    "tend_sim_setup_close": (None, [p]),
    "tend_sim_system": (c.POINTER(tend_system), [p]),
    "tend_sim_tick": (i64, [p]),
    "tend_sim_observe": (None, [p, c.POINTER(tend_obs)]),
    "tend_sim_mask": (None, [p, c.POINTER(c.c_bool)]),
    "tend_sim_copy": (c.c_bool, [p, p]),
    "tend_sim_state_size": (c.c_size_t, [p]),
    "tend_sim_save": (None, [p, p]),
    "tend_sim_load": ("rc", [p, c.c_char_p, c.c_size_t]),
    "tend_sim_hash": (u64, [p]),
    "tend_sim_facts": (None, [p, c.POINTER(tend_facts)]),
    "tend_sim_truth": (None, [p, c.POINTER(tend_truth)]),
    "tend_vec_columns": (i32, [p]),
    "tend_vec_column": (c.c_size_t, [p, i32, c.c_char_p, c.c_size_t]),
    "tend_vec_open": ("rc", [p, i32, i32, c.POINTER(p)]),
    "tend_vec_close": (None, [p]),
    "tend_vec_reset": ("rc", [p, p, p]),
    "tend_vec_step": ("rc", [p, p, p, p, p]),
    "tend_vec_sim": (p, [p, i32]),
    "tend_vec_row": (None, [p, i32, p]),
    "tend_tally_open": ("rc", [p, c.POINTER(p)]),
    "tend_tally_close": (None, [p]),
    "tend_tally_start": (None, [p, p]),
    "tend_tally_add": (None, [p, p, i32]),
    "tend_tally_copy": (c.c_bool, [p, p]),
    "tend_tally_row": ("rc", [p, p, c.POINTER(p)]),
    "tend_row_header": ("rc", [c.POINTER(p)]),
    "tend_drive_open": ("rc", [p, p, c.POINTER(p)]),
    "tend_drive_close": (None, [p]),
    "tend_drive_episode": ("rc", [p, u64, c.POINTER(tend_sink)]),
    "tend_drive_traced": ("rc", [p, u64, p]),
    "tend_drive_row": ("rc", [p, c.POINTER(p)]),
    "tend_trace_open": ("rc", [c.POINTER(tend_system), c.c_char_p, c.c_char_p, c.POINTER(p)]),
    "tend_trace_sink": (tend_sink, [p]),
    "tend_trace_truth": (None, [p, c.POINTER(tend_truth)]),
    "tend_trace_close": ("rc", [p, c.c_bool]),
    "tend_config_open": ("rc", [c.c_char_p, c.POINTER(p)]),
    "tend_config_plugin": (c.c_char_p, [p, c.c_char_p]),
    "tend_config_set": ("rc", [p, c.c_char_p, c.c_char_p]),
    "tend_config_register_policy": ("rc", [p, c.POINTER(tend_policy)]),
    "tend_config_free": (None, [p]),
    "tend_open": ("rc", [c.POINTER(tend_system), p, u64, c.POINTER(p)]),
    "tend_close": (None, [p]),
    "tend_reset": (None, [p, u64]),
    "tend_step": (c.POINTER(tend_frame), [p, c.POINTER(tend_obs)]),
    "tend_set_learning": (None, [p, i32]),
    "tend_hash": (u64, [p]),
    "tend_policy_write": ("rc", [p, c.POINTER(p)]),
    "tend_policy_parse": ("rc", [p, c.c_char_p, c.c_size_t, c.c_char_p]),
    "tend_family_name": (c.c_char_p, [i32]),
    "tend_evidence_name": (c.c_char_p, [i32]),
    "tend_receipt_name": (c.c_char_p, [i32]),
    "tend_guard_rule_name": (c.c_char_p, [i32]),
}


def _library_path():
    """TEND_LIBRARY, or beside this file: a checkout's build, an installation's lib."""
    if os.environ.get("TEND_LIBRARY"):
        return os.environ["TEND_LIBRARY"]
    here = Path(__file__).resolve()
    name = "libtend.so.0"
    for folder in here.parents:
        for inside in ("build/lib", "lib"):
            if (folder / inside / name).exists():
                return str(folder / inside / name)
        found = sorted(folder.glob(f"lib/*/{name}")) if folder.name != "/" else []
        if found:
            return str(found[0])
    return name  # wherever the loader looks


class _Library:
    """The calls of _SIGNATURES; a tend_rc that is not TEND_OK is raised."""

    def __init__(self):
        path = _library_path()
        try:
            self._c = c.CDLL(path)
        except OSError as error:
            raise ImportError(f"{error}; run `make` in the checkout, `make install`, or set "
                              "TEND_LIBRARY to libtend.so.0") from error
        for name, (gives, takes) in _SIGNATURES.items():
            try:
                call = getattr(self._c, name)
            except AttributeError as error:
                raise ImportError(f"{path} has no {name}: it is of another version") from error
            call.argtypes = takes + [c.POINTER(tend_err)] if gives == "rc" else takes
            call.restype = i32 if gives == "rc" else gives
            setattr(self, name, self._raising(call) if gives == "rc" else call)
        found = self.tend_version().decode()
        if found != VERSION:
            raise ImportError(f"{path} is of version {found}, expected {VERSION}")
        libc = c.CDLL(None)
        libc.free.argtypes = [p]
        self.free = libc.free

    @staticmethod
    def _raising(call):
        def checked(*args):
            err = tend_err()
            rc = call(*args, c.byref(err))
            if rc:
                raise Error(err.text.decode("utf-8", "replace"), rc)
        return checked


lib = _Library()
