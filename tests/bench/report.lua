--- Figures as text: one table for each case or curve, in Markdown.

local machine = require "tests.bench.machine"

local report = {}

-- Title, figure, digits, and whether to show from where to where it went.
local COLUMNS = {
  load = {
    { "CPU µs/req", "cpu", 1, true }, { "user", "user", 1 }, { "sys", "system", 1 },
    { "× BASE", "ratio", 2, true }, { "req/s", "rate", 0 },
    { "p50 ms", "p50", 2 }, { "p99", "p99", 2 }, { "p99.9", "p999", 2 },
  },
  start = { { "ms", "start", 1, true }, { "× BASE", "ratio", 2, true } },
  memory = {
    { "bytes/connection", "bytes", 0, true }, { "× BASE", "ratio", 2, true },
    { "CPU at rest, ms/s", "idle", 2, true }, { "connections", "held", 0 },
  },
  tail = {
    { "p99.9 ms", "p999", 2, true }, { "× BASE", "ratio", 2, true }, { "p50", "p50", 2 },
    { "p99", "p99", 2 }, { "max", "max", 2 }, { "generator late, p99.9", "late", 2 },
    { "req/s", "rate", 0 }, { "CPU µs/req", "cpu", 1 },
  },
  pause = {
    { "longest ms", "longest", 3, true }, { "p99.9", "p999", 3 }, { "µs/pick", "each", 2 },
    { "longest with the machine's", "worst", 3 }, { "Lua's memory, MB", "most", 1 },
  },
  curve = {
    { "CPU µs/req", "cpu", 1, true }, { "× BASE", "ratio", 2, true },
    { "× first point", "growth", 2, true }, { "backend connections/req", "new", 3 },
    { "req/s", "rate", 0 },
  },
}

local function cell(spread, column)
  if not spread then return "" end
  local number = "%." .. column[3] .. "f"
  if not column[4] then return number:format(spread.median) end
  return (number .. " (" .. number .. "-" .. number .. ")")
    :format(spread.median, spread.min, spread.max)
end

local function row_of(cells)
  return "| " .. table.concat(cells, " | ") .. " |"
end

-- The two lines above a table.
local function heads(first, columns, base)
  local titles, rule = table.move(first, 1, #first, 1, {}), {}
  for _, column in ipairs(columns) do titles[#titles + 1] = column[1]:gsub("BASE", base) end
  for i = 1, #titles do rule[i] = "---" end
  return row_of(titles), row_of(rule)
end

local function row(first, columns, summary)
  local cells = table.move(first, 1, #first, 1, {})
  for _, column in ipairs(columns) do cells[#cells + 1] = cell(summary[column[2]], column) end
  return row_of(cells)
end

-- What luaproxy was to be, and what it is.
local function verdict(case, summary)
  local wanted = case.goal or case.goal_ms or case.goal_bytes
  local unit = case.goal and "× " .. case.base or case.goal_ms and "ms" or "bytes/connection"
  local spread = case.goal and summary.ratio or summary.main
  if not wanted or not spread then return nil end
  return ("%s: %.2f %s, goal %g: %s"):format(summary.peer, spread.median, unit, wanted,
    spread.median <= wanted and "met" or "not met")
end

--- What stands above all tables.
-- @tparam table plan see `rounds.run`
-- @treturn {string,...} lines
function report.head(plan)
  local lines = machine.describe()
  lines[#lines + 1] = ("%d rounds of %d s; median (least-most)\n")
    :format(plan.rounds, plan.seconds)
  return lines
end

--- The table of a case.
-- @tparam table case of cases.lua
-- @tparam {table,...} summaries of `results:summary`
-- @treturn {string,...} lines
function report.table(case, summaries)
  local columns = COLUMNS[case.kind]
  local lines = { ("## %s: %s"):format(case.name, case.title), "",
    heads({ "peer" }, columns, case.base) }
  local verdicts = {}
  for _, summary in ipairs(summaries) do
    lines[#lines + 1] = row({ summary.peer }, columns, summary)
    if summary.peer:find("^luaproxy") then verdicts[#verdicts + 1] = verdict(case, summary) end
  end
  lines[#lines + 1] = ""
  table.move(verdicts, 1, #verdicts, #lines + 1, lines)
  lines[#lines + 1] = ""
  return lines
end

--- The table of a curve.
-- @tparam table curve of curves.lua
-- @tparam {table,...} series of `results:series`
-- @treturn {string,...} lines
function report.curve(curve, series)
  local lines = { ("## %s: %s"):format(curve.name, curve.title), "",
    heads({ "peer", curve.axis }, COLUMNS.curve, "relay") }
  for _, one in ipairs(series) do
    for _, summary in ipairs(one) do
      local point = ("%d"):format(summary.point.min)
      lines[#lines + 1] = row({ one.peer, point }, COLUMNS.curve, summary)
    end
  end
  lines[#lines + 1] = ""
  return lines
end

--- Prints a report, and ends the program: with 1 if there are complaints.
-- @tparam {string,...} lines
-- @tparam string path a file that gets the same
-- @tparam {string,...} complaints
function report.finish(lines, path, complaints)
  local text = table.concat(lines, "\n")
  local file = assert(io.open(path, "w"))
  file:write(text, "\n")
  file:close()
  print(text)
  print(("this is %s; the runs and the pictures are beside it"):format(path))
  for _, complaint in ipairs(complaints) do print("FAILED " .. complaint) end
  os.exit(#complaints == 0 and 0 or 1)
end

return report
