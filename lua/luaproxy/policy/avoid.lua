--- A wrapper that leaves backends with certain tags out, unless nobody else is left.
--
--     pick = avoid(twochoices(), { zone = "far" })    -- tags = { zone = "far" }
--     pick = avoid(twochoices(), { "spot", "old" })   -- tags = { spot = true }, tags = { "old" }

local memo = require "luaproxy.aid.memo"
local wrap = require "luaproxy.aid.wrap"

-- A map of names to values, true for those that stand in a list.
local function as_map(tags)
  local map = {}
  for name, value in pairs(tags) do
    if math.type(name) == "integer" then name, value = value, true end
    map[name] = value
  end
  return map
end

local function has_any(backend, tags)
  for name, value in pairs(as_map(backend.tags)) do
    if value and (tags[name] == value or tags[name] == true) then return true end
  end
  return false
end

--- Makes the policy.
-- @tparam function|table p the policy that chooses among the others
-- @tparam table tags names with the value to avoid, or `true` for any; or a list of names
-- @treturn table
local function avoid(p, tags)
  p = wrap.policy(p)
  if type(tags) ~= "table" then error("the second argument must be a table of tags", 2) end
  tags = as_map(tags)

  local others = memo(function(up)
    local left = {}
    for _, b in ipairs(up) do
      if not has_any(b, tags) then left[#left + 1] = b end
    end
    return (#left == 0 or #left == #up) and up or left
  end)

  return wrap.around(p, function(up, req, ctx)
    return p.pick(others(up, ctx), req, ctx)
  end)
end

return avoid
