# SPDX-License-Identifier: GPL-3.0-or-later
"""mutations.py - where a C source can be mutated, and into what.

A mutation is (kind, start, end, text): characters start..end of the source become text. The reader
is a tokeniser, not a parser: it leans on the project's formatting (a binary `*` has a space on both
sides, a pointer's has none behind it). What it gets wrong does not compile, and such a mutant is
not counted. Left out on purpose: preconditions (TEND_ASSERT), array sizes, strings, a table's
closing row {NULL, ..}, more room than is asked for, and what only releases memory or a file: a
leak is for the sanitizers.
"""
import re

TOKEN = re.compile(r"""
    (?P<skip>\s+|//[^\n]*|/\*.*?\*/)
  | (?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
  | (?P<number>(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[uUlLfF]*)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<op>->|\+\+|--|<<=|>>=|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|\.\.\.|.)
""", re.X | re.S)

COMPARE = {"<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"),
           "==": ("!=",), "!=": ("==",), "&&": ("||",), "||": ("&&",)}
ARITHMETIC = {"+": "-", "-": "+", "*": "/", "/": "*", "%": "*", "+=": "-=", "-=": "+=",
              "*=": "/=", "/=": "*=", "++": "--", "--": "++"}
KEYWORDS = set("if else for while do switch case default return break continue goto sizeof static "
               "const struct enum union typedef extern unsigned signed void int char double float "
               "long short bool inline".split())
ASSERTS = {"TEND_ASSERT", "static_assert", "_Static_assert"}
RELEASE = re.compile(r"^(free|fclose|close|closedir|cJSON_Delete|va_end|"
                     r"\w+_(free|close|delete|destroy))$")
SYMMETRIC = re.compile(r"^(strcmp|strcasecmp|memcmp)$")  # held against 0: no swap changes them
ALLOCATE = {"malloc", "calloc", "realloc"}  # nobody can tell that there is more room
KINDS = {"compare": 3, "arithmetic": 3, "constant": 3, "drop": 3, "negate": 2, "swap": 1}  # weights


class Token:
    __slots__ = ("kind", "text", "start", "end", "depth", "match")

    def __init__(self, kind, text, start):
        self.kind, self.text, self.start, self.end = kind, text, start, start + len(text)
        self.depth, self.match = 0, None


def blank_directives(source):
    """Preprocessor lines become spaces, but for the value of a plain `#define NAME value`."""
    out = []
    for line in re.split(r"((?:[^\n]*\\\n)*[^\n]*\n)", source):
        if re.match(r"\s*#", line):
            define = re.match(r"\s*#\s*define\s+\w+(?=\s)", line)
            head = define.end() if define else len(line)
            line = re.sub(r"[^\n]", " ", line[:head]) + line[head:].replace("\\\n", " \n")
        out.append(line)
    return "".join(out)


def tokens(source):
    found, position, opened = [], 0, []
    text = blank_directives(source)
    while position < len(text):
        match = TOKEN.match(text, position)
        if match.lastgroup != "skip":
            token = Token(match.lastgroup, match.group(), position)
            if token.text in ")]}" and token.kind == "op" and opened:
                token.match = opened.pop()
                found[token.match].match = len(found)
            token.depth = len(opened)
            if token.text in ("(", "[", "{") and token.kind == "op":
                opened.append(len(found))
            found.append(token)
        position = match.end()
    return found


def is_value(token):
    return token is not None and (token.kind in ("number", "text") or token.text in (")", "]") or
                                  (token.kind == "name" and token.text not in KEYWORDS))


def bigger(text):
    """A number twice as large, and one more, written the way the number was."""
    digits = re.match(r"0[xX][0-9a-fA-F]+|[^uUlLfF]*", text).group()
    suffix = text[len(digits):]
    if re.match(r"0[xX]", digits):
        value = int(digits, 16)
        results = [hex(value * 2), hex(value + 1)]
    elif re.search(r"[.eE]", digits):
        value = float(digits)
        results = [repr(value * 2), repr(value + 1.0)]
    else:
        value = int(digits, 8 if len(digits) > 1 and digits[0] == "0" else 10)
        results = [str(value * 2), str(value + 1)]
    return [r + suffix for r in dict.fromkeys(results) if r != digits and value * 2 + 1 != value]


def declares(all_tokens, i):
    """The statement around this token begins with a type and a name: char a[4], b[8];"""
    start = i
    while start > 0 and all_tokens[start - 1].text not in (";", "{", "}", "(", ")"):
        start -= 1
    first, second = all_tokens[start], all_tokens[start + 1]
    return first.text not in ("return", "case", "else") and second.kind == "name" and \
        first.kind == "name"


def skipped(all_tokens):
    """Indices inside an assertion, the brackets of a declared array, or a table's last row."""
    skip = set()
    for i, token in enumerate(all_tokens):
        if token.text == "NULL" and i > 0 and all_tokens[i - 1].text == "{":
            skip.update(range(i, (all_tokens[i - 1].match or i) + 1))
        following = all_tokens[i + 1] if i + 1 < len(all_tokens) else None
        if token.text in ASSERTS and following is not None and following.text == "(":
            skip.update(range(i, (following.match or i) + 1))
        if token.text in ALLOCATE and following is not None and following.text == "(":
            skip.update(k for k in range(i, (following.match or i) + 1)
                        if all_tokens[k].kind == "number")
        if token.text == "[" and token.match is not None and i >= 2:
            before = all_tokens[i - 2]
            if before.kind == "name" and before.text not in ("return", "case", "else") or \
               before.text == "*" and all_tokens[i - 1].start == before.end or \
               before.text == "," and declares(all_tokens, i):
                skip.update(range(i, token.match + 1))
    return skip


def arguments(all_tokens, opening):
    """(start, end) of each argument between a call's parentheses."""
    closing, spans, first = all_tokens[opening].match, [], opening + 1
    if closing is None or closing == opening + 1:
        return []
    depth = all_tokens[opening].depth + 1
    for i in range(opening + 1, closing + 1):
        if i == closing or (all_tokens[i].text == "," and all_tokens[i].depth == depth):
            if i == first:
                return []
            spans.append((all_tokens[first].start, all_tokens[i - 1].end))
            first = i + 1
    return spans


def statement_end(all_tokens, start):
    for i in range(start, len(all_tokens)):
        if all_tokens[i].depth < all_tokens[start].depth or all_tokens[i].text == "{":
            return None
        if all_tokens[i].text == ";" and all_tokens[i].depth == all_tokens[start].depth:
            return i
    return None


def is_dropable(all_tokens, i):
    """An expression statement, break, continue or goto begins here, inside a function."""
    before, token = all_tokens[i - 1], all_tokens[i]
    if token.depth == 0 or i + 1 >= len(all_tokens):
        return False
    after_if = before.text == ")" and before.match is not None and \
        all_tokens[before.match - 1].text in ("if", "for", "while")
    if not (after_if or before.text in (";", "{", "}", "else", ":")):
        return False
    if token.text in ("break", "continue", "goto", "++", "--"):
        return True
    following = all_tokens[i + 1].text
    if token.text == "*":
        return before.text != ":"
    return token.kind == "name" and token.text not in KEYWORDS and token.text not in ASSERTS and \
        not RELEASE.match(token.text) and \
        following in ("(", "=", "+=", "-=", "*=", "/=", "|=", "&=", "^=", "->", ".", "[", "++",
                      "--")


def sites(source):
    """Every mutation of a source, in order of place."""
    all_tokens, found = tokens(source), []
    skip = skipped(all_tokens)

    def add(kind, start, end, text):
        if source[start:end] != text:
            found.append((kind, start, end, text))

    for i, token in enumerate(all_tokens):
        if i in skip:
            continue
        before = all_tokens[i - 1] if i > 0 else Token("op", ";", 0)
        following = all_tokens[i + 1] if i + 1 < len(all_tokens) else None
        spaced = source[token.start - 1] in " \n" and source[token.end:token.end + 1] in (" ", "\n")
        if token.kind == "number":
            for text in bigger(token.text):
                add("constant", token.start, token.end, text)
        elif token.kind == "op" and token.text in COMPARE and is_value(before):
            for text in COMPARE[token.text]:
                add("compare", token.start, token.end, text)
        elif token.kind == "op" and token.text in ARITHMETIC and i > 0:
            if token.text == "-" and not is_value(before) and not spaced:
                add("arithmetic", token.start, token.end, " ")
            elif token.text in ("++", "--") or (is_value(before) and spaced):
                add("arithmetic", token.start, token.end, ARITHMETIC[token.text])
        elif token.text == "(" and before.text in ("if", "while") and token.match is not None:
            closing = all_tokens[token.match]
            add("negate", token.start, closing.end, f"(!{source[token.start:closing.end]})")
        elif token.text == "(" and before.kind == "name" and before.text not in KEYWORDS and \
                token.depth > 0:
            spans = arguments(all_tokens, i)
            if SYMMETRIC.match(before.text) and token.match is not None and \
                    all_tokens[token.match + 1].text in ("==", "!="):
                spans = spans[1:]
            for (a, b), (c, d) in zip(spans, spans[1:]):
                add("swap", a, d, source[c:d] + source[b:c] + source[a:b])
        if i > 0 and following is not None and is_dropable(all_tokens, i):
            end = statement_end(all_tokens, i)
            if end is not None:
                gone = source[token.start:all_tokens[end].end]
                add("drop", token.start, all_tokens[end].end, ";" + "\n" * gone.count("\n"))
    return found


def line_of(source, position):
    return source.count("\n", 0, position) + 1


def change(source, mutation):
    """(before, after): the lines a mutation touches, each as one line of text."""
    _, start, end, text = mutation
    first = source.rfind("\n", 0, start) + 1
    last = source.find("\n", end)
    last = len(source) if last < 0 else last
    after = source[first:start] + text + source[end:last]
    return " ".join(source[first:last].split()), " ".join(after.split())


def apply(source, mutation):
    _, start, end, text = mutation
    return source[:start] + text + source[end:]
