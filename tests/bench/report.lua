--- Figures as text: one table for each case, in Markdown.

local report = {}

-- Title, figure, digits, and whether to show from where to where it went.
local COLUMNS = {
  load = {
    { "CPU µs/req", "cpu", 1, true }, { "user", "user", 1 }, { "sys", "system", 1 },
    { "× relay", "ratio", 2, true }, { "req/s", "rate", 0 },
    { "p50 ms", "p50", 2 }, { "p99", "p99", 2 }, { "p99.9", "p999", 2 },
  },
  start = { { "ms", "start", 1, true }, { "× relay", "ratio", 2, true } },
  memory = {
    { "bytes/connection", "bytes", 0, true }, { "× relay", "ratio", 2, true },
    { "CPU at rest, ms/s", "idle", 2, true }, { "connections", "held", 0 },
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

-- What luaproxy was to be, and what it is.
local function verdict(case, summary)
  local wanted = case.goal or case.goal_ms or case.goal_bytes
  local unit = case.goal and "× relay" or case.goal_ms and "ms" or "bytes/connection"
  local spread = case.goal and summary.ratio or summary.main
  if not spread then return nil end
  return ("%s: %.2f %s, goal %g: %s"):format(summary.peer, spread.median, unit, wanted,
    spread.median <= wanted and "met" or "not met")
end

--- The table of a case.
-- @tparam table case of cases.lua
-- @tparam {table,...} summaries of `results:summary`
-- @treturn {string,...} lines
function report.table(case, summaries)
  local columns = COLUMNS[case.kind]
  local titles, rule = { "peer" }, { "---" }
  for i, column in ipairs(columns) do titles[i + 1], rule[i + 1] = column[1], "---" end
  local lines = { ("## %s: %s"):format(case.name, case.title), "", row_of(titles), row_of(rule) }
  local verdicts = {}
  for _, summary in ipairs(summaries) do
    local cells = { summary.peer }
    for i, column in ipairs(columns) do cells[i + 1] = cell(summary[column[2]], column) end
    lines[#lines + 1] = row_of(cells)
    if summary.peer:find("^luaproxy") then verdicts[#verdicts + 1] = verdict(case, summary) end
  end
  lines[#lines + 1] = ""
  for _, text in ipairs(verdicts) do lines[#lines + 1] = text end
  lines[#lines + 1] = ""
  return lines
end

return report
