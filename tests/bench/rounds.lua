--- Many runs. In each round everybody has a turn in every case, and each time somebody else begins:
-- what the machine does meanwhile hits all alike.

local kit = require "spec.support.kit"
local machine = require "tests.bench.machine"
local measure = require "tests.bench.measure"
local results = require "tests.bench.results"

local rounds = {}

local BUSY = 0.5   -- load average

local function progress(...)
  io.stderr:write(string.format(...), "\n")
end

-- Does something that may go wrong. Whatever does is noted, and the others go on.
local function try(plan, what, run, ...)
  local ok, first, second = xpcall(run, debug.traceback, ...)
  local clean, why = pcall(kit.cleanup)
  if not clean then plan.complaints[#plan.complaints + 1] = why end
  if ok then return first, second end
  plan.complaints[#plan.complaints + 1] = what .. ": " .. first
  progress("%-33s FAILED", what)
end

-- The machine was too slow for a run, which is left out. Half of them must be left.
local function leave_out(plan, case, peer, why)
  local key = case.name .. peer
  plan.left_out[key] = (plan.left_out[key] or 0) + 1
  if plan.left_out[key] == plan.rounds // 2 + 1 then
    plan.complaints[#plan.complaints + 1] = "most runs had to be left out; " .. why
  end
end

-- Measures once.
local function run(plan, case, peer, round)
  local what = ("round %d/%d  %s, %s"):format(round, plan.rounds, case.name, peer)
  local row, wrong = try(plan, what, measure[case.kind], case, peer, plan.seconds)
  if row then
    plan.results:add(case, peer, round, row)
    table.move(wrong, 1, #wrong, #plan.complaints + 1, plan.complaints)
    progress("%-40s %10.2f %s", what, row.main, #wrong == 0 and "" or "WRONG")
  elseif wrong then
    leave_out(plan, case, peer, wrong)
    progress("%-40s %10s", what, "left out")
  end
end

local function run_case(plan, case, round)
  local what = ("round %d/%d  %s"):format(round, plan.rounds, case.name)
  if not try(plan, what, measure.prepare, case) then return end
  local names = plan.names_of(case)
  for i = 1, #names do run(plan, case, names[(i + round - 2) % #names + 1], round) end
end

-- About how long it will take.
local function minutes(plan)
  local sum = 0
  for _, case in ipairs(plan.cases) do
    sum = sum + #plan.names_of(case) * (plan.seconds + 1) * plan.rounds
  end
  return math.ceil(sum / 60)
end

--- Runs all.
-- @tparam table plan `cases`: see cases.lua; `names_of`: a function that says who takes part in a
-- case; `rounds`; `seconds`: how long each run lasts; `csv`: the path of a file for all runs
-- @treturn results
-- @treturn {string,...} what went wrong
function rounds.run(plan)
  plan.results, plan.complaints, plan.left_out = results.new(), {}, {}
  if machine.load() > BUSY then
    progress("This machine is busy (load average %s): figures will be too high, and spread.",
      machine.load())
  end
  progress("%d cases, %d rounds: some %d minutes", #plan.cases, plan.rounds, minutes(plan))
  for round = 1, plan.rounds do
    for _, case in ipairs(plan.cases) do run_case(plan, case, round) end
    plan.results:write_csv(plan.csv)
  end
  return plan.results, plan.complaints
end

return rounds
