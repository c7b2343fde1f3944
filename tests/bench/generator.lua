--- Who asks the proxies: wrk, and our own pace, which can also ask at a given rate.

local kit = require "spec.support.kit"
local stage = require "tests.bench.stage"

local generator = {}

local PATIENCE = 10   -- seconds that a load generator may take longer than it should
local WARM = 1000     -- requests, at least

--- The figures in the last line of one of our programs.
-- @tparam process process
-- @treturn table whole numbers by name
function generator.figures(process)
  local said = {}
  for name, value in process:wait_line("^bench (.*)"):gmatch("(%w+)=(%d+)") do
    said[name] = math.tointeger(value)
  end
  return said
end

-- Starts a generator on its CPU.
local function spawn(s, words)
  local command = table.move(s.pinned, 1, #s.pinned, 1, { stdin = words.stdin })
  return kit.spawn(table.move(words, 1, #words, #command + 1, command))
end

local function spawn_wrk(s, seconds)
  local case = s.case
  return spawn(s, { "wrk", "-t1", "-c" .. case.connections, ("-d%ds"):format(seconds),
    "-s", "tests/bench/wrk.lua", ("http://127.0.0.1:%d%s"):format(s.plan.port, case.path),
    "--", case.method, case.body, case.close and "close" or "keep-alive" })
end

--- Has wrk ask again and again.
-- @tparam stage s
-- @tparam number seconds how long
-- @treturn table what it said, see wrk.lua
function generator.wrk(s, seconds)
  local wrk = spawn_wrk(s, seconds)
  wrk:wait_exit(seconds + PATIENCE)
  return generator.figures(wrk)
end

--- Has wrk ask for less than a second, to warm the proxy up.
-- @tparam stage s
-- @tparam number seconds how long
function generator.warm_up(s, seconds)
  local wrk = spawn_wrk(s, 1)
  stage.rest(seconds)
  wrk:signal("sigint")
  wrk:wait_exit(PATIENCE)
end

--- Opens connections and warms the proxy up: every backend has been asked twice.
-- @tparam stage s
-- @tparam number response how long each response is, with its head
-- @tparam number rate requests a second; 0: each connection asks again when it is answered
-- @tparam number seconds how long, later
-- @treturn process for `generator.go`
function generator.pace(s, response, rate, seconds)
  local case = s.case
  local warm = math.max(WARM, 2 * case.connections, 2 * case.backends)
  local pace = spawn(s, { "build/bench/pace", s.plan.port, case.connections, response, warm, rate,
    seconds, stdin = s:request() })
  pace.seconds = seconds
  pace:wait_line("^ready", seconds + PATIENCE)
  return pace
end

--- Lets it begin, and waits for the end.
-- @tparam process pace of `generator.pace`
-- @treturn table what it said, see pace.c
function generator.go(pace)
  pace:signal("sigusr1")
  pace:wait_exit(pace.seconds + PATIENCE)
  return generator.figures(pace)
end

return generator
