#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What `make mutants` draws from a source, and what it leaves alone.
set -u
cd "$(dirname "$0")/.." || exit 1
python3 - <<'PY'
import sys
sys.path.insert(0, "tools")
sys.dont_write_bytecode = True
import mutations

count, bad = 0, 0


def drawn(source):
    return {(m[0],) + mutations.change(source, m) for m in mutations.sites(source)}


def check(name, holds):
    global count, bad
    count += 1
    bad += not holds
    print(f"{'ok' if holds else 'not ok'} {count} - {name}")


BODY = "static int f(int a, int *b)\n{{\n    {}\n    return a;\n}}\n"


def has(statement, kind, after):
    return any(k == kind and a == after for k, _, a in drawn(BODY.format(statement)))


check("a comparison loses its equality", has("if (a <= 2) g();", "compare", "if (a < 2) g();"))
check("a sum becomes a difference", has("a = a + *b;", "arithmetic", "a = a - *b;"))
check("a sign is dropped", has("a = -x;", "arithmetic", "a =  x;".replace("  ", " ")))
check("a constant is doubled", has("a = 12;", "constant", "a = 24;"))
check("a constant grows by one", has("a = 0.5;", "constant", "a = 1.5;"))
check("a statement is dropped", has("g(a);", "drop", ";"))
check("a statement over two lines too", has("g(a,\n      3);", "drop", ";"))
check("a condition is negated", has("if (a) g();", "negate", "if (!(a)) g();"))
check("two arguments are swapped", has("g(a, 3);", "swap", "g(3, a);"))
check("but not where the order is nothing", not has("if (strcmp(p, q) == 0) g();", "swap",
                                                    "if (strcmp(q, p) == 0) g();"))
check("and where it is", has("a = strcmp(p, q);", "swap", "a = strcmp(q, p);"))
check("nobody asks for more room", not has("p = malloc(a + 1);", "constant", "p = malloc(a + 2);"))
check("but for less", has("p = malloc(a + 1);", "arithmetic", "p = malloc(a - 1);"))
check("a pointer is no product", not drawn("static int *f(char *p);\n"))
check("a declaration is not dropped", not drawn(BODY.format("int c;")))
check("nor a release", not drawn(BODY.format("free(b);")))
check("a precondition stays", not drawn(BODY.format("TEND_ASSERT(a > 3 && b[1] == 2);")))
check("an array keeps its size", not drawn(BODY.format("char name[64];")))
check("so does the second", not drawn(BODY.format("char name[64], other[32];")))
check("text and comments stay", not drawn(BODY.format('const char *t = "1 + 2"; // 3 > 4')))
check("the row that ends a table stays", not drawn("static const row t[] = {{NULL, 0, 1}};\n"))
check("a named constant is one", ("constant", "#define N 4", "#define N 8") in
      drawn("#define N 4\n"))
source = open("src/agent/engine.c", encoding="utf-8").read()
check("each mutant differs in its lines", all(b != a for _, b, a in drawn(source)))
check("the same every time", mutations.sites(source) == mutations.sites(source))
print(f"1..{count}")
sys.exit(bool(bad))
PY
