-- Draws how the cost of a request grows with connections, backends and fields.
-- usage: [CURVES="backends fields"] [PEERS="luaproxy haproxy"] [ROUNDS=5] [SECONDS=2] scale.lua
-- Prints tables, writes them, all runs (CSV) and pictures (SVG) below build/bench, and fails if a
-- response was wrong, backend connections were not reused, or turns were not taken.

package.path = "./?.lua;" .. package.path

local curves = require "tests.bench.curves"
local kit = require "spec.support.kit"
local machine = require "tests.bench.machine"
local options = require "tests.bench.options"
local peers = require "tests.bench.peers"
local picture = require "tests.bench.picture"
local report = require "tests.bench.report"
local rounds = require "tests.bench.rounds"

local OUT = "build/bench/"
local PEERS = { "luaproxy", "nginx" }

-- As many clients as there can be.
local function limit(case)
  if case.connections > machine.most_clients() then
    case.connections = machine.most_clients()
    case.point = case.connections
  end
end

-- The curves that were asked for, and the cases of all of them.
local function chosen()
  local known, is_chosen, list, cases = {}, {}, {}, {}
  for i, curve in ipairs(curves) do known[i] = curve.name end
  for _, name in ipairs(options.names("CURVES", known, known)) do is_chosen[name] = true end
  for _, curve in ipairs(curves) do
    if is_chosen[curve.name] then
      list[#list + 1] = curve
      table.move(curve.cases, 1, #curve.cases, #cases + 1, cases)
    end
  end
  for _, case in ipairs(cases) do limit(case) end
  return list, cases
end

local names = { "relay" }
for _, name in ipairs(options.names("PEERS", peers.all, PEERS)) do
  if name ~= "relay" then names[#names + 1] = name end
end

local list, cases = chosen()
local plan = { cases = cases, names_of = function() return names end, csv = OUT .. "scale.csv",
  rounds = options.number("ROUNDS", 5), seconds = options.number("SECONDS", 2) }
local all, complaints = rounds.run(plan)
local lines = report.head(plan)
for _, curve in ipairs(list) do
  local series = all:series(curve, names)
  local text = report.curve(curve, series)
  table.move(text, 1, #text, #lines + 1, lines)
  local file = OUT .. "scale-" .. curve.name .. ".svg"
  if #series > 0 then complaints[#complaints + 1] = picture.curve(curve, series, file) end
end
kit.cleanup()
report.finish(lines, OUT .. "scale.md", complaints)
