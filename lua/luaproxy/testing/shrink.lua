--- Makes a failing case small: as few backends, as light ones, as few requests as it takes.

local TRIES = 150

local shrink = {}

local function copy_with(case, change)
  local copy = {
    seed = case.seed, requests = case.requests, weights = { table.unpack(case.weights) },
  }
  change(copy)
  return copy
end

-- The cases that are one step smaller, the boldest first.
local function smaller(case, requests)
  local list = {}
  local function add(change) list[#list + 1] = copy_with(case, change) end
  for i = #case.weights, 1, -1 do
    if #case.weights > 1 then add(function(copy) table.remove(copy.weights, i) end) end
  end
  for i, weight in ipairs(case.weights) do
    if weight > 1 then add(function(copy) copy.weights[i] = 1 end) end
  end
  local n = requests and (case.requests or requests) or 0
  for _, fewer in ipairs { n // 2, n * 3 // 4, n - 1 } do
    if fewer > 0 and fewer < n then add(function(copy) copy.requests = fewer end) end
  end
  return list
end

--- The smallest case to be found that fails as well.
-- @tparam table case
-- @tparam ?number requests how many there are if the case does not say; nil if fewer say nothing
-- @tparam function fails gets a case; gives what is wrong, or nil
-- @tparam function late says whether there is no more time
-- @treturn table a case
function shrink.case(case, requests, fails, late)
  local tries, best = 0, case
  local found = true
  while found do
    found = false
    for _, try in ipairs(smaller(best, requests)) do
      tries = tries + 1
      if tries > TRIES or late() then return best end
      if fails(try) then
        best, found = try, true
        break
      end
    end
  end
  return best
end

return shrink
