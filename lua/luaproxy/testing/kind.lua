--- What a policy goes by, found out by experiment.

local new_random = require "luaproxy.testing.random"
local requests = require "luaproxy.testing.requests"
local world = require "luaproxy.testing.world"

local CLIENTS, ROUNDS, BACKENDS = 31, 3, 8

local function shuffled(n, random)
  local list = {}
  for i = 1, n do list[i] = i end
  for i = n, 2, -1 do
    local j = random(i)
    list[i], list[j] = list[j], list[i]
  end
  return list
end

local function count(map)
  local seen, n = {}, 0
  for _, value in pairs(map) do
    if not seen[value] then seen[value], n = true, n + 1 end
  end
  return n
end

-- Asks for all clients, several times, in any order. Gives what they get if it is always the same.
local function ask(subject, given)
  local case = { seed = 1, weights = {} }
  for i = 1, BACKENDS do case.weights[i] = 1 end
  local w = world.new(subject, case, { none = true, dress = given.dress })
  local homes, random = {}, new_random(11)
  for _ = 1, ROUNDS do
    for _, i in ipairs(shuffled(CLIENTS, random)) do
      local backend = w:serve(requests.ordinary(i))
      local id = backend and backend.id or "-"
      if homes[i] and homes[i] ~= id then return nil end
      homes[i] = id
    end
  end
  return homes
end

--- Does a policy go by the request: has each client one backend again and again, and not all the
-- same?
-- @tparam table subject
-- @tparam table given `dress`: changes the backends before
-- @treturn string "request" or "pool"
local function kind_of(subject, given)
  local ok, homes = pcall(ask, subject, given)
  return ok and homes and count(homes) > 1 and "request" or "pool"
end

return kind_of
