#!/bin/sh
# usage: fuzz.sh SECONDS PROGRAM
# Feeds a fuzz target for some seconds, beginning with the seeds in tests/fuzz/corpus/<its name>.
# What is found on the way is kept beside the program, out of the source tree.
set -u

seconds=$1
program=$2
name=$(basename "$program")
seeds=tests/fuzz/corpus/$name
found=$program.corpus
log=$program.log

if [ ! -x "$program" ]; then
    echo "$name: FAILED, it was not built"
    exit 1
fi
mkdir -p "$found"
[ -d "$seeds" ] || seeds=
"$program" -max_total_time="$seconds" -timeout=10 -print_final_stats=1 \
    -artifact_prefix="$program." "$found" ${seeds:+"$seeds"} >"$log" 2>&1
code=$?

inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
if [ "$code" -ne 0 ]; then
    tail -n 60 "$log"
    echo "$name: FAILED; the input is beside $program"
    exit 1
fi
echo "$name: ${inputs:-0} inputs in $seconds seconds, $((${inputs:-0} / seconds)) a second"
[ "${inputs:-0}" -gt 0 ]
