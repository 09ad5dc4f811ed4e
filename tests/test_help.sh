#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Completion knows the values of options, the manual page has its sections, tables fit 80 columns.
# shellcheck source=tests/support.sh
. "$(dirname "$0")/support.sh"
echo "1..25"
"$tend" help --completion bash >"$out/completion"
# what the shell would offer for a line, its last word being completed; one offer a line
offers() {
    bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tend
        printf "%s\n" "${COMPREPLY[@]}"' bash "$out/completion" "$@" >"$out/log" 2>&1
}
offered() {
    grep -qx -- "$1" "$out/log"
}
if command -v bash >/dev/null 2>&1; then
    offers tend episode --fault slow && offered slow_db && ! offered cpu_hog
    verdict $? "faults are completed"
    offers tend episode --fault = cpu && offered cpu_hog
    verdict $? "after an equals sign too"
    offers tend eval --policy "" && offered ucb && offered rules && ! offered iforest
    verdict $? "policies are"
    offers tend eval --detector "" && offered robust_z && ! offered ucb
    verdict $? "detectors are"
    offers tend eval --diagnoser "" && offered blend && ! offered ucb
    verdict $? "diagnosers are"
    offers tend eval --set guard. && offered guard.cooldown= && ! offered judge.window=
    verdict $? "parameters of --set are"
    offers tend episode --set world. && offered world.noise= && ! offered guard.cooldown= &&
        ! offered world.cores=
    verdict $? "of the world too, but not those of one service"
    offers tend sweep --grid "" && offered world.noise= && offered guard.cooldown= && offered policy=
    verdict $? "and those of --grid, with worlds and plug-ins"
    offers tend eval --system "" && offered shop && ! offered rules
    verdict $? "systems are"
    offers tend learn --test-system "" && offered shop && offers tend learn --test-preset "" && offered calm &&
        offers tend eval --preset "" && offered rough && ! offered shop
    verdict $? "and worlds"
    offers tend episode --scenario db && offered db_lock && ! offered shop
    verdict $? "scenarios are"
    offers tend eval --agent "" && offered rules && ! offered shop
    verdict $? "agents are"
    offers tend help ev && offered eval && ! offered demo
    verdict $? "commands after help are"
    offers tend eval --episodes "" && ! grep -q . "$out/log"
    verdict $? "a number is not"
else
    for what in faults equals policies detectors diagnosers set world grid systems worlds scenarios agents help \
        numbers; do
        echo "ok $((n += 1)) - completion of $what # SKIP no bash"
    done
fi

"$tend" help --man >"$out/log"
for section in NAME SYNOPSIS COMMANDS FAULTS EXAMPLES "EXIT STATUS" ENVIRONMENT; do
    grep -qx ".SH $section" "$out/log" || echo "no section $section"
done >"$out/missing"
[ ! -s "$out/missing" ] && grep -q '^tend eval \\-\\-episodes 50' "$out/log"
verdict $? "the manual page has its sections, with examples"
"$tend" help >"$out/help"
sed -n '/^.SH EXIT/,/^.SH ENV/s/^.B \([0-9]*\)$/\1/p' "$out/log" | tr '\n' ' ' >"$out/statuses"
[ "$(cat "$out/statuses")" = "0 1 2 3 4 129 130 143 " ] &&
    grep -q '129 hung up, 130 interrupted, 143 terminated' "$out/help"
verdict $? "and every exit status"
"$tend" help --completion bash | sed -n 's/.*--fault) words=" \(.*\)" ;;/\1/p' | tr ' ' '\n' \
    >"$out/completed"
# a name counts when words follow it
sed -n '/^.SH FAULTS/,/^.SH EX/p' "$out/log" |
    awk '/^\.B / { name = $2; next } name && /^[a-z]/ { print name } { name = "" }' >"$out/faults"
[ -s "$out/faults" ] && cmp "$out/faults" "$out/completed" >"$out/log" 2>&1
verdict $? "and every fault with a word about it"

wide() { # lines of more than 80 columns; commands to copy stay on one line
    grep -v 'tend eval\|tend episode\|wrote' "$1" | awk 'length > 80' >"$out/log"
    [ -s "$out/log" ]
}
"$tend" eval --episodes 60 --steps 60 --seed0 5 --compound 0.3 --healthy 0.2 --out "$out/a.csv" \
    --gate 'top1>=0' >"$out/eval.txt" 2>&1
grep -q '^  all ' "$out/eval.txt" && ! wide "$out/eval.txt"
verdict $? "the summary of eval fits 80 columns"
"$tend" eval --episodes 60 --steps 60 --seed0 5 --compound 0.3 --healthy 0.2 --policy noop \
    --out "$out/b.csv" --quiet >"$out/log" 2>&1
(cd "$out" && "$tend" compare a.csv b.csv >compare.txt 2>log)
grep -q 'slo_steps' "$out/compare.txt" && ! wide "$out/compare.txt"
verdict $? "the table of compare does"
"$tend" help >"$out/help" && ! wide "$out/help"
verdict $? "the overview does"
for page in "params" "help check" "help eval" "help episode" "help sweep" "help learn" "help params"; do
    # shellcheck disable=SC2086 # a command and its words
    COLUMNS=80 "$tend" $page
done >"$out/pages"
grep -v 'tend [a-z]* ' "$out/pages" >"$out/words"
[ "$(wc -l <"$out/words")" -gt 300 ] && ! wide "$out/words" && ! grep -n ' $' "$out/words" >"$out/log"
verdict $? "so do tunables and help where COLUMNS says so"
# a fault that is never mended, so that there is a table of numbers, verdicts and sums
COLUMNS=80 "$tend" episode --fault network_loss --severity 0.9 --policy rules --seed 4 --render \
    --set world.base_rps=340 >"$out/page"
grep -v 'reproduce' "$out/page" | sed 's/[▁▂▃▄▅▆▇█·✓✗]/x/g' >"$out/words"
! wide "$out/words" && ! grep -n ' $' "$out/words" >"$out/log"
verdict $? "and an episode"
! grep -q 'threshold playbook' "$out/page"
verdict $? "which is not compared with itself"
"$tend" episode --fault network_loss --seed 4 >"$out/page" && grep -q 'threshold playbook' "$out/page"
verdict $? "but with the playbook"
"$tend" eval --episodes 3 --steps 30 --out "$out/c.csv" 2>"$out/log" >/dev/null && [ ! -s "$out/log" ]
verdict $? "progress is for terminals only"
exit "$bad"
