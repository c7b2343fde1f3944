--- Time and chance from elsewhere than from the arguments, which make a policy that cannot be
-- repeated. While a function runs here, they are another time and another chance.

local outside = {}

-- What is shifted where: numbers that no two runs have in common.
local SOURCES = {
  { math, "math", "random" }, { os, "os", "time" }, { os, "os", "clock" }, { os, "os", "date" },
}

local function shifted(original, source, by)
  return function(...)
    if source[3] == "date" then return original(...) end
    local value = original(...)
    if source[3] ~= "random" then return value + by end
    return value
  end
end

--- Runs a function while the clock of the machine is wrong, and notes what it asks for.
-- @tparam number by how many seconds wrong
-- @tparam function run
-- @param ... for it
-- @treturn table names such as "math.random" in the order of their first use
-- @return what pcall of the function returned
function outside.watch(by, run, ...)
  local used, originals = {}, {}
  for i, source in ipairs(SOURCES) do
    local original = source[1][source[3]]
    local name, answer = source[2] .. "." .. source[3], shifted(original, source, by)
    originals[i] = original
    source[1][source[3]] = function(...)
      if not used[name] then used[#used + 1], used[name] = name, true end
      return answer(...)
    end
  end
  local results = table.pack(pcall(run, ...))
  for i, source in ipairs(SOURCES) do source[1][source[3]] = originals[i] end
  return used, table.unpack(results, 1, results.n)
end

return outside
