#!/bin/bash
# usage: run.sh SCRIPT
# Starts three echo backends and luaproxy with SCRIPT before them. Whatever ends luaproxy, be it
# Ctrl-C, ends them all. The exit code is luaproxy's; after Ctrl-C it is 0.
# shellcheck disable=SC2317 # the traps call them
set -u

script=$1
proxy=
signal=
interrupted=

stop_all() {
    local pids
    pids=$(jobs -p)
    # shellcheck disable=SC2086 # one word for each process
    [ -z "$pids" ] || kill $pids 2>/dev/null
    wait
}

# Passes a signal on to luaproxy; before there is one, just ends.
on_signal() {
    signal=$1
    [ "$signal" != INT ] || interrupted=1
    [ -n "$proxy" ] || exit 0
    kill -s "$signal" "$proxy" 2>/dev/null
}

is_listening() {
    (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

start_echo() {
    local port=$1 text=$2 pid

    if is_listening "$port"; then
        echo "port $port is taken: stop what listens there and try again" >&2
        exit 1
    fi
    echo/echo "$port" "$text" &
    pid=$!
    until is_listening "$port"; do
        if ! kill -0 "$pid" 2>/dev/null; then
            echo "the echo backend at port $port did not start" >&2
            exit 1
        fi
        sleep 0.02
    done
}

trap stop_all EXIT
trap 'on_signal INT' INT
trap 'on_signal TERM' TERM HUP

for n in 1 2 3; do
    start_echo "900$n" "Response from Backend $n"
done

echo "Starting luaproxy $script. Try: curl http://127.0.0.1:8080/    (Ctrl-C ends it)"
# A shell has its background jobs ignore SIGINT; luaproxy shall heed it from its first moment.
env --default-signal=INT ./luaproxy "$script" &
proxy=$!

# A signal ends `wait` before luaproxy has ended: then wait again.
while
    signal=
    wait "$proxy"
    code=$?
    [ -n "$signal" ]
do :; done

[ -z "$interrupted" ] || code=0
exit "$code"
