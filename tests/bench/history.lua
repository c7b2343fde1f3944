--- What a request did cost in former versions: tests/bench/history.csv.

local history = {}

local PATH = "tests/bench/history.csv"

--- The newest line of a case.
-- @tparam string case
-- @treturn ?table `date`, `version`, `commit`, `case`, `instructions`; nil if there is none
function history.newest(case)
  local newest
  for line in io.lines(PATH) do
    local date, version, commit, name, count = line:match("^(.-),(.-),(.-),(.-),(%d+)$")
    if name == case then
      newest = { date = date, version = version, commit = commit, case = name,
        instructions = math.tointeger(count) }
    end
  end
  return newest
end

--- Adds lines.
-- @tparam string date
-- @tparam string version
-- @tparam string commit
-- @tparam {table,...} figures each with `case` and `instructions`
function history.add(date, version, commit, figures)
  local file = assert(io.open(PATH, "a"))
  for _, figure in ipairs(figures) do
    file:write(("%s,%s,%s,%s,%d\n"):format(date, version, commit, figure.case,
      figure.instructions))
  end
  file:close()
end

return history
