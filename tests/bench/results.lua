--- All runs so far, and what they come to.
--
-- A run is a row of figures, as `measure` gives them, with `case`, `peer` and `round`; `main` is
-- the one that counts, `ratio` what it is to that of the case's base in the same round.

local statistics = require "tests.bench.statistics"

local results = {}
results.__index = results

--- The figure by which peers are compared, for each kind of case.
results.MAIN = { load = "cpu", flat_out = "cpu", start = "start", memory = "bytes", tail = "p999",
  pause = "longest" }

local CSV = { "case", "peer", "round", "cpu", "user", "system", "ratio", "rate", "p50", "p99",
  "p999", "requests", "start", "bytes", "idle", "held", "new", "growth", "max", "late",
  "longest", "worst", "each", "most" }

--- No runs yet.
-- @treturn results
function results.new()
  return setmetatable({ rows = {} }, results)
end

--- Adds a run.
-- @tparam table case of cases.lua
-- @tparam string peer
-- @tparam number round
-- @tparam table row figures
function results:add(case, peer, round, row)
  row.case, row.peer, row.round = case.name, peer, round
  row.main = row[results.MAIN[case.kind]]
  row.base, row.first, row.point = case.base, case.first, case.point
  self.rows[#self.rows + 1] = row
end

local function rows_of(self, case, peer)
  local rows = {}
  for _, row in ipairs(self.rows) do
    if row.case == case.name and (not peer or row.peer == peer) then rows[#rows + 1] = row end
  end
  return rows
end

-- Gives each run its ratio to that of the base in the same round; and, as `growth`, to that of the
-- same peer at the first point of a curve.
local function add_ratios(self)
  local figure = {}
  for _, row in ipairs(self.rows) do figure[row.case .. row.peer .. row.round] = row.main end
  local function ratio(row, case, peer)
    local to = case and figure[case .. peer .. row.round]
    return to and to > 0 and row.main / to or nil
  end
  for _, row in ipairs(self.rows) do
    row.ratio = ratio(row, row.case, row.base)
    row.growth = ratio(row, row.first, row.peer)
  end
end

-- The spread of each figure of a peer.
local function summary_of(rows)
  local values = {}
  for _, row in ipairs(rows) do
    for name, value in pairs(row) do
      if type(value) == "number" then
        values[name] = values[name] or {}
        table.insert(values[name], value)
      end
    end
  end
  local summary = { peer = rows[1].peer }
  for name, list in pairs(values) do summary[name] = statistics.spread(list) end
  return summary
end

--- What the peers spend in a case.
-- @tparam table case of cases.lua
-- @treturn {table,...} the spread of each figure, and `peer`; the cheapest first
function results:summary(case)
  add_ratios(self)
  local summaries, seen = {}, {}
  for _, row in ipairs(rows_of(self, case)) do
    if not seen[row.peer] then
      seen[row.peer] = true
      summaries[#summaries + 1] = summary_of(rows_of(self, case, row.peer))
    end
  end
  table.sort(summaries, function(a, b) return a.main.median < b.main.median end)
  return summaries
end

--- What the peers spend along a curve.
-- @tparam table curve of curves.lua
-- @tparam {string,...} names of the peers, in the order in which they are wanted
-- @treturn {table,...} for each peer a list of summaries, one a point, with `peer`
function results:series(curve, names)
  local list, of = {}, {}
  for i, name in ipairs(names) do
    list[i] = { peer = name }
    of[name] = list[i]
  end
  for _, case in ipairs(curve.cases) do
    for _, summary in ipairs(self:summary(case)) do table.insert(of[summary.peer], summary) end
  end
  return list
end

--- Writes every run into a file.
-- @tparam string path
function results:write_csv(path)
  add_ratios(self)
  local file = assert(io.open(path, "w"))
  file:write(table.concat(CSV, ","), "\n")
  for _, row in ipairs(self.rows) do
    local cells = {}
    for i, name in ipairs(CSV) do
      local value = row[name] or ""
      cells[i] = math.type(value) == "float" and ("%.4g"):format(value) or tostring(value)
    end
    file:write(table.concat(cells, ","), "\n")
  end
  file:close()
end

return results
