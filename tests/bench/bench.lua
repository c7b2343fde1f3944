-- Compares what a request costs in luaproxy, in other proxies, and in a relay that only relays.
-- usage: [CASES="small r1m"] [PEERS="luaproxy nginx"] [ROUNDS=9] [SECONDS=2] bench.lua
-- Prints tables, writes them, all runs (CSV) and pictures (SVG) below build/bench, and fails if a
-- response was wrong, backend connections were not reused, or turns were not taken.

package.path = "./?.lua;" .. package.path

local cases = require "tests.bench.cases"
local kit = require "spec.support.kit"
local options = require "tests.bench.options"
local peers = require "tests.bench.peers"
local picture = require "tests.bench.picture"
local report = require "tests.bench.report"
local rounds = require "tests.bench.rounds"

local OUT = "build/bench/"

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

-- Who takes part in a case. Whom the others are compared with always does.
local function peers_of(case)
  local usual = { table.unpack(case.peers or {}) }
  table.move(peers.usual, 1, #peers.usual, #usual + 1, usual)
  local is_wanted, names = { [case.base] = true }, {}
  for _, name in ipairs(options.names("PEERS", peers.all, case.only or usual)) do
    is_wanted[name] = true
  end
  for _, name in ipairs(case.only or peers.all) do
    if is_wanted[name] then names[#names + 1] = name end
  end
  return names
end

local plan = { cases = chosen_cases(), names_of = peers_of, csv = OUT .. "runs.csv",
  rounds = options.number("ROUNDS", 9), seconds = options.number("SECONDS", 2) }
local all, complaints = rounds.run(plan)
local lines = report.head(plan)
for _, case in ipairs(plan.cases) do
  local summaries = all:summary(case)
  local text = report.table(case, summaries)
  table.move(text, 1, #text, #lines + 1, lines)
  local file = OUT .. case.name .. ".svg"
  if #summaries > 0 then complaints[#complaints + 1] = picture.draw(case, summaries, file) end
end
kit.cleanup()
report.finish(lines, OUT .. "report.md", complaints)
