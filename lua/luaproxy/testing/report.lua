--- What a check has found.

local report = {}
report.__index = report

local SIZES = { 10, 100, 1000 }

--- A report without findings.
-- @tparam string about the file, or another name of what is checked
-- @treturn table `ok`, `failures`: a list of tables with `property`, `promise`, `message`, `pool`,
-- `case` and `snippet`, `notes`: a list of texts, `times`: seconds for a choice by number of
-- backends, of the slowest pool; as a text it is to be read
function report.new(about)
  local fields = { about = about, ok = true, failures = {}, notes = {}, times = {}, tried = 0 }
  return setmetatable(fields, report)
end

--- Adds a failure.
-- @tparam table failure
function report:fail(failure)
  self.failures[#self.failures + 1], self.ok = failure, false
end

--- Adds a note.
-- @tparam string text
-- @param ... for string.format
function report:note(text, ...)
  self.notes[#self.notes + 1] = text:format(...)
end

--- How long a choice takes, in a line, or nil if it was not measured.
-- @treturn ?string
function report:timing()
  local parts = {}
  for _, size in ipairs(SIZES) do
    local seconds = self.times[size]
    if seconds then parts[#parts + 1] = ("%.2f us with %d backends"):format(seconds * 1e6, size) end
  end
  return #parts > 0 and "a choice takes " .. table.concat(parts, ", ") or nil
end

local function add_failure(lines, failure)
  lines[#lines + 1] = ("%s fails for pool %s: %s"):format(failure.property, failure.pool,
    failure.message)
  lines[#lines + 1] = "  promised: " .. failure.promise
  for line in failure.snippet:gmatch "[^\n]+" do lines[#lines + 1] = "  " .. line end
end

function report:__tostring()
  local lines = {
    ("%s: %s, %d pools tried"):format(self.about, self.ok and "ok" or "not ok", self.tried),
  }
  for _, failure in ipairs(self.failures) do add_failure(lines, failure) end
  for _, note in ipairs(self.notes) do lines[#lines + 1] = "note: " .. note end
  lines[#lines + 1] = self:timing()
  return table.concat(lines, "\n")
end

return report
