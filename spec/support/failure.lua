--- Failing in such a way that the author of a spec sees where, and why.

local failure = {}

local witnesses = {}   -- functions which can say more when a wait has failed

-- Is this a function of the kit, or of C?
local function is_ours(info)
  local path = info.short_src
  return info.what == "C" or path:find("spec/support/", 1, true) and not path:find("_spec%.lua$")
end

--- Raises MESSAGE at the line of the spec, however deep in the kit it is called.
-- @tparam string message
function failure.raise(message)
  local level = 2
  local info = debug.getinfo(level, "S")
  while info and is_ours(info) do
    level = level + 1
    info = debug.getinfo(level, "S")
  end
  error(message, info and level or 0)
end

--- Adds a function whose text is appended to the message of each wait that failed.
-- @tparam function witness returns a string, or nil when it has nothing to say
function failure.add_witness(witness)
  witnesses[#witnesses + 1] = witness
end

--- Raises MESSAGE like `raise`, with what the witnesses have to say.
-- @tparam string message
function failure.raise_with_witnesses(message)
  local parts = { message }
  for _, witness in ipairs(witnesses) do
    parts[#parts + 1] = witness()
  end
  failure.raise(table.concat(parts, "\n"))
end

return failure
