--- What a request did cost in former versions: tests/bench/history.csv.

local history = {}

local PATH = "tests/bench/history.csv"

--- The newest line of a case.
-- @tparam string case
-- @treturn ?table `date`, `version`, `commit`, `case`, `instructions`, `compiler`; nil if there is
-- none
function history.newest(case)
  local newest
  for line in io.lines(PATH) do
    local date, version, commit, name, count, compiler =
      line:match("^(.-),(.-),(.-),(.-),(%d+),(.*)$")
    if name == case then
      newest = { date = date, version = version, commit = commit, case = name,
        instructions = math.tointeger(count), compiler = compiler }
    end
  end
  return newest
end

--- Adds lines.
-- @tparam string date
-- @tparam string version
-- @tparam string commit
-- @tparam string compiler see `machine.compiler`
-- @tparam {table,...} figures each with `case` and `instructions`
function history.add(date, version, commit, compiler, figures)
  local file = assert(io.open(PATH, "a"))
  for _, figure in ipairs(figures) do
    file:write(("%s,%s,%s,%s,%d,%s\n"):format(date, version, commit, figure.case,
      figure.instructions, compiler))
  end
  file:close()
end

return history
