-- How long responses take while a script runs away, in each way that there is.
-- usage: [ROUNDS=...] [SECONDS=...] lua5.4 runaways.lua
-- For each kind there is a run with 300 requests a second over 16 connections, and one in which the
-- script does not run away, right before it. Prints a table, which is in build/bench/runaways.md
-- then, too; ends with 1 if a request was not answered.

package.path = "./?.lua;" .. package.path

local generator = require "tests.bench.generator"
local kit = require "spec.support.kit"
local machine = require "tests.bench.machine"
local options = require "tests.bench.options"
local report = require "tests.bench.report"
local runaways = require "spec.support.runaways"
local stage = require "tests.bench.stage"
local usage = require "tests.bench.usage"

local RATE = 300     -- requests a second
local GOAL = 100     -- ms
local STOPS = 3      -- so often the script is stopped until it is not called any more
local CASE = { connections = 16, backends = 3, size = 128, path = "/128", method = "GET", body = 0,
  alone = true }

-- One run with the runaway of that number; 0: there is none. Gives what pace said, and `cpu`: ms
-- that the proxy has used.
local function run(number, seconds)
  local case = setmetatable({ runaway = number }, { __index = CASE })
  local s = stage.new(case, "luaproxy-runaway")
  s:start_peer()
  local pace = generator.pace(s, s:probe(), RATE, seconds)
  local used = usage.cpu(s.process.pid)
  local said = generator.go(pace)
  said.cpu = usage.between(used, usage.cpu(s.process.pid)).total * 1000
  kit.cleanup()
  return said
end

-- The best of some runs: what the machine does besides makes it worse, never better.
local function best(number, rounds, seconds)
  local least = { max = math.huge, plain = math.huge, cpu = math.huge, lost = 0 }
  for _ = 1, rounds do
    local plain, said = run(0, seconds), run(number, seconds)
    least.plain = math.min(least.plain, plain.max / 1000)
    least.max = math.min(least.max, said.max / 1000)
    least.cpu = math.min(least.cpu, (said.cpu - plain.cpu) / STOPS)
    least.lost = least.lost + said.errors + said.bad
  end
  return least
end

local rounds, seconds = options.number("ROUNDS", 3), options.number("SECONDS", 2)
local lines, complaints = machine.describe(), {}
table.move({
  ("%d requests a second, %d rounds of %d s, the best"):format(RATE, rounds, seconds), "",
  "| the script runs away by | slowest ms | without it | CPU, ms each time | not answered |",
  "|---|---|---|---|---|",
}, 1, 4, #lines + 1, lines)
for number, kind in ipairs(runaways) do
  local b = best(number, rounds, seconds)
  lines[#lines + 1] = ("| %s | %.1f | %.1f | %.1f | %d |"):format(kind[1], b.max, b.plain,
    b.cpu, b.lost)
  if b.lost > 0 then
    complaints[#complaints + 1] = ("%s: %d requests were not answered"):format(kind[1], b.lost)
  end
  if b.max > GOAL then
    complaints[#complaints + 1] = ("%s: a request has taken %.1f ms"):format(kind[1], b.max)
  end
end
report.finish(lines, "build/bench/runaways.md", complaints)
