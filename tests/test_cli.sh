#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The command line as a user meets it: what each command prints, writes and refuses.
# shellcheck source=tests/support.sh
. "$(dirname "$0")/support.sh"

# expect STATUS PATTERN NAME ARGS...: exit status, and what stdout or stderr holds ('' = anything)
expect() {
    status=$1 pattern=$2 name=$3
    shift 3
    "$tend" "$@" >"$out/stdout" 2>"$out/stderr"
    got=$?
    [ "$got" -eq "$status" ] && { [ -z "$pattern" ] || cat "$out/stdout" "$out/stderr" |
        grep -qe "$pattern"; }
    verdict $? "$name"
}

expect 0 'reproduce: tend episode --seed 7' 'the demo plays an incident' demo
expect 0 'recovered' 'and it ends in recovery' demo
expect 0 'slo breach' 'an episode is drawn on demand' episode --steps 240 --seed 7 --render
expect 0 'what would have happened' 'and told without drawing' episode --seed 19
for kind in md html json; do
    expect 0 '' "a report is written as $kind" episode --seed 19 --report "$out/r.$kind"
    holds "and is not empty ($kind)" test -s "$out/r.$kind"
done
expect 0 '"title"' 'the report goes to stdout as JSON alone' episode --json -
expect 0 '' 'a trace is written' episode --trace "$out/t.jsonl" --fault slow_db --severity 0.9
holds 'one line a tick and a header' test "$(wc -l <"$out/t.jsonl")" -eq 241
expect 0 'api>db' 'an edge fault is asked for and named' episode --fault network_loss --target 'api>db'
expect 0 'Nothing happened' 'a healthy episode is left alone' episode --fault none --preset calm
expect 0 'least involved' 'a larger system fits the page' episode --system shop --render --ascii
expect 0 '' 'colour can be forced' --color always episode --render
holds 'and is there' grep -q "$(printf '\033')" "$out/stdout"
for scenario in examples/scenarios/*.json; do
    expect 0 reproduce "scenario $scenario" episode --scenario "$scenario" --steps 120
done

# the line that is to be pasted plays the very same, whatever a shell makes of the words in it
cp examples/systems/shop.json "$out/it's \$HOME *.json"
expect 0 'reproduce' 'an episode with odd words' episode --seed 11 --system "$out/it's \$HOME *.json" \
    --severity 0.41234567890123456 --fault cpu_hog --set guard.allow='restart,limit,lift' --render
cp "$out/stdout" "$out/first"
sed -n "s|^  reproduce: tend|\"$tend\"|p" "$out/first" >"$out/again.sh"
sh "$out/again.sh" >"$out/second" 2>>"$out/log"
holds 'is played again by its own line' cmp "$out/first" "$out/second"
long=$(printf '%0200d' 0)
mkdir -p "$out/$long/$long/$long"
cp examples/systems/shop.json "$out/$long/$long/$long/it.json"
expect 0 'reproduce' 'an episode with a long path' episode --seed 11 --render \
    --system "$out/$long/$long/$long/it.json" --set guard.cooldown=9
cp "$out/stdout" "$out/first"
sed -n "s|^  reproduce: tend|\"$tend\"|p" "$out/first" >"$out/again.sh"
sh "$out/again.sh" >"$out/second" 2>>"$out/log"
holds 'is played again by its own line too' cmp "$out/first" "$out/second"
expect 0 "$long/it.json --set guard.cooldown=9 --preset real --render\"," 'which its report has as a whole' \
    episode --seed 11 --system "$out/$long/$long/$long/it.json" --set guard.cooldown=9 --json -
expect 0 ' --learn --round 7' 'rounds are part of the line' eval --episodes 14 --learn --round 7 \
    --steps 60
for threads in 1 2 7; do
    expect 0 'slo_steps' "eval with $threads threads" eval --episodes 12 --threads $threads \
        --out "$out/e$threads.csv"
done
holds 'threads do not change a byte' cmp "$out/e1.csv" "$out/e7.csv"
holds 'nor do two' cmp "$out/e1.csv" "$out/e2.csv"
columns=seed,system,fault_type,fault_service,fault_t_start,fault_duration,fault_severity,anomaly_steps
columns=$columns,slo_steps,first_slo,recovered,mttr,detected_at,false_alarm_steps,healthy_steps
columns=$columns,root_cause,top1,top3,fault_family_hit,actions,false_actions,masked,violations,refused
columns=$columns,reward,policy,detector,diagnoser,
holds 'the CSV has the columns of the contract' grep -q "^$columns" "$out/e1.csv"
expect 0 '' 'the CSV goes to stdout alone' eval --episodes 3 --out -
holds 'header and rows' test "$(wc -l <"$out/stdout")" -eq 4
expect 0 '"figures"' 'a summary for machines' eval --episodes 3 --json -
for policy in noop random rules ucb; do
    expect 0 violations "policy $policy" eval --episodes 12 --policy $policy --gate violations==0
done
for arm in 1 2 3 4 5 6; do
    expect 0 '' "fixed arm $arm" eval --episodes 6 --policy fixed --set policy.arm=$arm --quiet
done
for detector in iforest threshold robust_z; do
    for diagnoser in blend impact correlation; do
        expect 0 '' "$detector with $diagnoser" eval --episodes 4 --detector $detector \
            --diagnoser $diagnoser
    done
done
for agent in default rules seed; do
    expect 0 '' "agent $agent learns and saves" eval --episodes 40 --learn --agent $agent \
        --policy-out "$out/$agent.json" --quiet --policy ucb
    expect 0 '' "and is read back" eval --episodes 4 --agent $agent --policy ucb \
        --policy-in "$out/$agent.json" --quiet
done
expect 0 'learnt' 'check knows a learnt policy' check "$out/default.json"
expect 0 '^ok' 'check knows every example' check examples/systems/*.json examples/agents/*.json \
    examples/scenarios/*.json
expect 4 'FAIL' 'a gate that fails is exit 4' eval --episodes 3 --gate 'top1>=2'
expect 0 ' ok ' 'a gate that holds is not' eval --episodes 3 --gate 'detection_rate>=0.1'
expect 2 'did you mean recovered' 'a gate with a typo is usage' eval --gate 'recoverd>=1'

expect 0 '' 'rules for comparison' eval --episodes 12 --policy rules --out "$out/rules.csv" --quiet
expect 0 'paired by seed' 'compare pairs two runs' compare "$out/rules.csv" "$out/e1.csv"
expect 0 '"measure"' 'for machines too' compare "$out/rules.csv" "$out/e1.csv" --json -
expect 2 'two eval CSVs' 'compare wants two' compare "$out/rules.csv"
head -n 5 "$out/e1.csv" >"$out/e5.csv"
expect 3 'only in the first' 'and the same seeds' compare "$out/rules.csv" "$out/e5.csv"
expect 3 'rules.csv: seed .* of default goes on to step' 'and no shorter episodes' \
    compare "$out/rules.csv" "$out/e1.csv" --steps 20
expect 0 'paired by seed' 'or longer ones' compare "$out/rules.csv" "$out/e1.csv" --steps 500
expect 3 'cannot open' 'that exist' compare "$out/rules.csv" "$out/none.csv"

"$tend" eval --episodes 400000 --out "$out/int.csv" --quiet >"$out/stdout" 2>"$out/stderr" &
sleep 1
kill -INT $!
wait $!
holds 'an interrupted eval ends with 130' test $? -eq 130
holds 'leaves no half table' test ! -e "$out/int.csv"
holds 'keeps what was finished' test -s "$out/int.csv.partial"
done=$(awk -F, '/^[0-9]/ && $1 > most { most = $1 } END { print most }' "$out/int.csv.partial")
expect 0 '' 'and resumes' eval --episodes "$done" --out "$out/int.csv" --resume --quiet
expect 0 '' 'to the same' eval --episodes "$done" --out "$out/whole.csv" --quiet
holds 'bytes' cmp "$out/int.csv" "$out/whole.csv"
holds 'with the partial file gone' test ! -e "$out/int.csv.partial"

# folders of the examples' names, such as any project may have
mkdir "$out/elsewhere" "$out/elsewhere/default" "$out/elsewhere/rules" "$out/elsewhere/db_lock"
holds 'a folder hides no example' sh -c "cd '$out/elsewhere' && '$tend' eval --episodes 1 --quiet \
    --system default --agent rules --scenario db_lock"
holds 'but a file does' sh -c "cd '$out/elsewhere' && echo '{}' >shop && ! '$tend' eval --episodes 1 \
    --system shop 2>'$out/said' && grep -q '^tend: shop:1: ' '$out/said'"
holds 'nor is it an example' sh -c "cd '$out/elsewhere' && mkdir own && ! '$tend' eval --episodes 1 \
    --system own 2>'$out/said' && grep -q 'own: a directory, expected a file' '$out/said'"

expect 2 'did you mean episode' 'an unknown command names the nearest' epsiode
expect 2 'did you mean --steps' 'an unknown option too' eval --step 3
expect 2 'did you mean .slow_db' 'an unknown fault' episode --fault slow_bd
expect 2 'did you mean .cache' 'an unknown service' episode --target cahce
expect 2 'does not call' 'an edge that is none' episode --target 'db>api'
expect 2 'did you mean' 'an unknown plug-in' eval --policy ubc
{
    echo 'time,web|latency,web|errors,web|cpu,db|latency,web>db|latency'
    awk 'BEGIN { for (t = 0; t < 200; t++)
        print t "," (t < 140 ? 20 + t % 3 : 900) ",0,0.3," (t < 140 ? 9 : 700) ",9" }'
} >"$out/stream.csv"
expect 2 'did you mean .iforest' 'in replay as in eval' replay "$out/stream.csv" --detector ifrest
expect 0 '' 'an agent replays' replay "$out/stream.csv" --agent seed --json "$out/agent.json"
expect 0 '' 'its plug-ins named too' replay "$out/stream.csv" --agent seed --detector iforest \
    --diagnoser correlation --policy ucb --json "$out/named.json"
holds 'keep the parameters they have there' cmp "$out/agent.json" "$out/named.json"
expect 0 '' 'and another agent' replay "$out/stream.csv" --json "$out/other.json"
holds 'is another' test "$(cmp "$out/agent.json" "$out/other.json" | wc -l)" -eq 1
expect 2 'did you mean' 'an unknown parameter' eval --set guard.cooldwn=3
expect 2 'expected' 'a parameter out of range' eval --set guard.cooldown=-1
expect 2 'section.parameter' 'a parameter without a value' eval --set guard
expect 2 'expected a whole number' 'a number that is none' eval --episodes x
expect 2 'not an option' 'a stray word' eval stray
expect 2 '.md, .html or .json' 'a report of an unknown kind' episode --report x.pdf
expect 3 'no such file' 'a system that does not exist' episode --system nowhere
expect 3 'cannot' 'an output that cannot be written' eval --episodes 2 --out "$out/no/where.csv"
expect 3 'cannot write' 'a full disk' eval --episodes 2 --out /dev/full
expect 3 'format: missing' 'a policy file that is none' eval --policy-in examples/agents/default.json
head -c 200 "$out/default.json" >"$out/cut.json"
expect 3 'cut.json' 'a truncated policy' eval --policy-in "$out/cut.json"
printf 'old' >"$out/keep.csv"
chmod 555 "$out"
if [ "$(id -u)" -ne 0 ]; then
    expect 3 'cannot' 'a folder that cannot be written' eval --episodes 2 --out "$out/keep.csv"
fi
chmod 755 "$out"
holds 'an old file stays' grep -q old "$out/keep.csv"

expect 0 'Start here' 'help' help
expect 0 'Usage: tend eval' 'help on a command' help eval
expect 0 'Usage: tend eval' 'the same by --help' eval --help
expect 2 'did you mean eval' 'help on a typo' help evel
expect 0 '^.TH TEND' 'the manual page' help --man
expect 0 'complete' 'the completion' help --completion bash
expect 0 'GSL' 'the version' --version
expect 0 'cooldown' 'params of a section' params guard
expect 0 '"section"' 'params for machines' params --json -
expect 2 'did you mean' 'params of a typo' params gaurd
expect 0 'ns' 'bench tells speed' bench --repetitions 1 --seconds 0.01

if [ -n "${TEND_DATA:-}" ] && [ -d "$TEND_DATA/rca" ]; then
    expect 0 '' 'real incidents are ranked' diagnose "$TEND_DATA"/rca/*/*-v00[1-4] \
        --out "$out/ranking.jsonl"
    holds 'one line a case' test "$(wc -l <"$out/ranking.jsonl")" -eq \
        "$(find "$TEND_DATA"/rca/*/*-v00[1-4] -name case.json | wc -l)"
    stream=$TEND_DATA/rca/sockshop1_stream
    expect 0 '' 'a real stream is replayed' replay "$stream/st-v001/stream.csv" \
        --graph "$stream/graph.csv" --entry front-end
    expect 0 '"events"' 'for machines too' replay "$stream/st-v001/stream.csv" \
        --graph "$stream/graph.csv" --entry front-end --json -
    expect 3 'cannot open' 'a case without a file' diagnose "$out"
else
    echo "# TEND_DATA is not set: recorded incidents were not tried"
    [ "${CI:-}" = true ] && verdict 1 'TEND_DATA is there in CI'
fi
finish
