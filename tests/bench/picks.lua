-- What it costs to have a script choose, beside an empty protected call: see picks.c.
-- usage: [POLICIES=...] [SIZES=...] [ROUNDS=...] lua5.4 picks.lua
-- Prints tables, which are in build/bench/picks.md then, too; ends with 1 if a choice has failed.

package.path = "./?.lua;" .. package.path

local generator = require "tests.bench.generator"
local kit = require "spec.support.kit"
local machine = require "tests.bench.machine"
local options = require "tests.bench.options"
local report = require "tests.bench.report"

local PATIENCE = 300    -- seconds for one run
local RUNS = 3          -- of each, in turn; the best counts
local COUNTED = 10      -- rounds, of a thousand each, that are counted by callgrind
local WAITING = 1000    -- tasks

local GOALS = {         -- ns beside an empty protected call
  ["scripts/roundrobin"] = 200, ["policy/roundrobin"] = 200,
  ["scripts/random2"] = 300, ["policy/twochoices"] = 300,
}

-- What is counted in instructions, too: what it is called, KINDS, policy, backends, tasks.
local COUNTS = {
  { "an empty call, without the limit of time", "b", "scripts/roundrobin", 10, 0 },
  { "an empty call", "e", "scripts/roundrobin", 10, 0 },
  { "a pick, scripts/roundrobin", "p", "scripts/roundrobin", 10, 0 },
  { "all of it", "w", "scripts/roundrobin", 10, 0 },
  { "a pick, while 1,000 tasks sleep", "p", "scripts/roundrobin", 10, WAITING },
  { "all of it, while 1,000 tasks sleep", "w", "scripts/roundrobin", 10, WAITING },
  { "a pick, scripts/leastconn, 3 backends", "p", "scripts/leastconn", 3, 0 },
  { "a pick, scripts/random2", "p", "scripts/random2", 10, 0 },
  { "a pick, scripts/random2, 1,000 backends", "p", "scripts/random2", 1000, 0 },
}

-- The shipped scripts, and all policies of the library.
local function known_policies()
  local names = { "scripts/roundrobin", "scripts/random2", "scripts/leastconn" }
  local pipe = assert(io.popen("ls lua/luaproxy/policy"))
  for file in pipe:lines() do
    local name = file:match("^(.*)%.lua$")
    if name ~= "canary" then names[#names + 1] = "policy/" .. name end   -- that one routes
  end
  pipe:close()
  return names
end

-- Has picks do so many ROUNDS of KINDS, see picks.c.
local function start(kinds, rounds, tasks, policy, size, prefix)
  local words = prefix or {}
  local command = { "build/bench/picks", kinds, rounds, tasks, "tests/bench/picked.lua", policy,
    size }
  return kit.spawn(table.move(command, 1, #command, #words + 1, words))
end

-- How many rounds a run may have, so that it takes a second or so: some policies look at everyone.
local function rounds_for(size, most)
  return math.max(3, most // math.max(1, size // 10))
end

-- The best of some runs: ns of each thing.
local function measure(policy, size, rounds)
  local best = { failed = 0 }
  for _ = 1, RUNS do
    local run = start("epw", rounds_for(size, rounds), 0, policy, size)
    run:wait_exit(PATIENCE)
    for name, value in pairs(generator.figures(run)) do
      if name == "failed" then
        best.failed = best.failed + value
      else
        best[name] = math.min(best[name] or math.huge, value / 1000)
      end
    end
  end
  return best
end

-- The instructions of one of what is counted.
local function count(kind, policy, size, tasks)
  local sums = {}
  for i, rounds in ipairs { 1, 1 + COUNTED } do
    local log = kit.file("", "callgrind")
    local run = start(kind, rounds, tasks, policy, size,
      { "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--log-file=" .. log })
    run:wait_exit(PATIENCE)
    for line in io.lines(log) do sums[i] = line:match("Collected : (%d+)") or sums[i] end
  end
  return (sums[2] - sums[1]) / (COUNTED * 1000)
end

local function verdict(policy, best)
  local goal = GOALS[policy]
  if not goal then return "" end
  return ("%d: %s"):format(goal, best.pick - best.empty <= goal and "met" or "not met")
end

local function measure_all(lines, complaints, policies, sizes, rounds)
  table.move({
    "| policy | backends | an empty call, ns | a pick | beside the empty call | goal | all of it |",
    "|---|---|---|---|---|---|---|",
  }, 1, 2, #lines + 1, lines)
  for _, policy in ipairs(policies) do
    for _, size in ipairs(sizes) do
      local best = measure(policy, size, rounds)
      lines[#lines + 1] = ("| %s | %d | %.0f | %.0f | %.0f | %s | %.0f |"):format(policy, size,
        best.empty, best.pick, best.pick - best.empty, verdict(policy, best), best.whole)
      if best.failed > 0 then
        complaints[#complaints + 1] = ("%s, %d backends: %d picks failed"):format(policy, size,
          best.failed)
      end
    end
  end
end

local function count_all(lines)
  table.move({ "", "| | instructions |", "|---|---|" }, 1, 3, #lines + 1, lines)
  for _, one in ipairs(COUNTS) do
    lines[#lines + 1] = ("| %s | %.0f |"):format(one[1], count(table.unpack(one, 2)))
  end
end

local known = known_policies()
local sizes = options.names("SIZES", { "3", "10", "100", "1000" }, { "3", "10", "100", "1000" })
local lines, complaints = machine.describe(), {}
measure_all(lines, complaints, options.names("POLICIES", known, known), sizes,
  options.number("ROUNDS", 100))
count_all(lines)
kit.cleanup()
report.finish(lines, "build/bench/picks.md", complaints)
