-- Compares what a request costs in luaproxy, in other proxies, and in a relay that only relays.
-- usage: [CASES="small r1m"] [PEERS="luaproxy nginx"] [ROUNDS=9] [SECONDS=2] bench.lua
-- Prints tables, writes them, all runs (CSV) and pictures (SVG) below build/bench, and fails if a
-- response was wrong, backend connections were not reused, or turns were not taken.

package.path = "./?.lua;" .. package.path

local cases = require "tests.bench.cases"
local kit = require "spec.support.kit"
local machine = require "tests.bench.machine"
local measure = require "tests.bench.measure"
local options = require "tests.bench.options"
local peers = require "tests.bench.peers"
local picture = require "tests.bench.picture"
local report = require "tests.bench.report"
local results = require "tests.bench.results"

local OUT = "build/bench/"
local BUSY = 0.5   -- load average

local rounds = options.number("ROUNDS", 9)
local seconds = options.number("SECONDS", 2)

local all = results.new()
local complaints = {}

local function progress(...)
  io.stderr:write(string.format(...), "\n")
end

-- The cases that were asked for, in their order.
local function chosen_cases()
  local known, chosen, list = {}, {}, {}
  for i, case in ipairs(cases) do known[i] = case.name end
  for _, name in ipairs(options.names("CASES", known, known)) do chosen[name] = true end
  for _, case in ipairs(cases) do
    if chosen[case.name] then list[#list + 1] = case end
  end
  return list
end

-- Who takes part in a case. The relay always does: it is what the others are compared with.
local function peers_of(case)
  local names, has = { "relay" }, { relay = true }
  local function add(list)
    for _, name in ipairs(list) do
      if not has[name] then names[#names + 1] = name end
      has[name] = true
    end
  end
  local wanted = options.names("PEERS", peers.all, peers.usual)
  add(wanted)
  if wanted == peers.usual then add(case.peers or {}) end
  return names
end

-- Measures once. Whatever goes wrong is noted, and the others go on.
local function run(case, peer, round)
  local ok, row, wrong = xpcall(measure[case.kind], debug.traceback, case, peer, seconds)
  local clean, why = pcall(kit.cleanup)
  if not clean then complaints[#complaints + 1] = why end
  if not ok then
    complaints[#complaints + 1] = ("%s, %s: %s"):format(case.name, peer, row)
    progress("round %d/%d  %-10s %-16s FAILED", round, rounds, case.name, peer)
    return
  end
  all:add(case, peer, round, row)
  table.move(wrong, 1, #wrong, #complaints + 1, complaints)
  progress("round %d/%d  %-10s %-16s %8.1f %s", round, rounds, case.name, peer, row.main,
    #wrong == 0 and "" or "WRONG")
end

-- In each round everybody once, and each time somebody else begins.
local function run_all(list)
  for round = 1, rounds do
    for _, case in ipairs(list) do
      local names = peers_of(case)
      for i = 1, #names do run(case, names[(i + round - 2) % #names + 1], round) end
    end
    all:write_csv(OUT .. "runs.csv")
  end
end

local function tell(list)
  local lines = machine.describe()
  lines[#lines + 1] = ("%d rounds of %d s; median (least-most)\n"):format(rounds, seconds)
  for _, case in ipairs(list) do
    local summaries = all:summary(case)
    local text = report.table(case, summaries)
    table.move(text, 1, #text, #lines + 1, lines)
    local file = OUT .. case.name .. ".svg"
    if #summaries > 0 then complaints[#complaints + 1] = picture.draw(case, summaries, file) end
  end
  kit.cleanup()
  local text = table.concat(lines, "\n")
  local file = assert(io.open(OUT .. "report.md", "w"))
  file:write(text, "\n")
  file:close()
  print(text)
end

-- About how long it will take.
local function minutes(list)
  local sum = 0
  for _, case in ipairs(list) do sum = sum + #peers_of(case) * (seconds + 1) * rounds end
  return math.ceil(sum / 60)
end

local list = chosen_cases()
if machine.load() > BUSY then
  progress("This machine is busy (load average %s): figures will be too high, and spread.",
    machine.load())
end
progress("%d cases, %d rounds: some %d minutes", #list, rounds, minutes(list))
run_all(list)
tell(list)
print(("report.md, runs.csv and a picture for each case are in %s"):format(OUT))
for _, complaint in ipairs(complaints) do print("FAILED " .. complaint) end
os.exit(#complaints == 0 and 0 or 1)
