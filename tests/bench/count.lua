-- Counts all instructions of a peer, from its start to its end, that serves so many requests.
-- usage: lua5.4 count.lua CASE PEER REQUESTS
-- CASE is one of counted.lua. One client sends one request at a time. Prints "counted N".

package.path = "./?.lua;" .. package.path

local cases = require "tests.bench.counted"
local kit = require "spec.support.kit"
local stage = require "tests.bench.stage"

local PATIENCE = 300   -- seconds; callgrind is fifty times slower than the machine

-- The words that have a command counted; each process writes into a file of its own beside PATH.
local function callgrind(path)
  return { "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
    "--trace-children=yes", "--log-file=" .. path .. ".%p" }
end

-- The sum of what was written.
local function read_counts(path)
  local sum = 0
  local pipe = assert(io.popen("cat " .. path .. ".*"))
  for line in pipe:lines() do sum = sum + (line:match("Collected : (%d+)") or 0) end
  pipe:close()
  return math.tointeger(sum)
end

local function count(case, peer, requests)
  local log = kit.file("", "callgrind")
  local s = stage.new({ backends = case.backends, connections = 1, path = "/128", size = 128 },
    peer)
  s:start_peer(callgrind(log))
  local conn = kit.connect(s.plan.port)
  for _ = 1, requests do s:exchange(conn, case.request) end
  s.process:signal("sigterm")
  s.process:wait_exit()
  return read_counts(log)
end

kit.patience(PATIENCE)
for _, case in ipairs(cases) do
  if case.name == arg[1] then
    local sum = count(case, arg[2], math.tointeger(arg[3]))
    kit.cleanup()
    assert(sum > 0, "callgrind has not said anything of " .. arg[2])
    print("counted " .. sum)
  end
end
