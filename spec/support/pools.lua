--- Pools of backends for the specs of policies: plain tables, and chance that can be repeated.

local testing = require "luaproxy.testing"

local pools = {}

local SEEDS = 20

--- Backends named "a", "b", "c" …
-- @tparam {number,...} weights one a backend
-- @treturn {table,...}
function pools.of_weights(weights)
  local list = {}
  for i, weight in ipairs(weights) do
    list[i] = testing.backend { id = string.char(96 + i), weight = weight }
  end
  return list
end

--- Backends, all of weight 1.
-- @tparam number n how many
-- @treturn {table,...}
function pools.equal(n)
  local weights = {}
  for i = 1, n do weights[i] = 1 end
  return pools.of_weights(weights)
end

--- Runs a check with many pools, of one to twelve backends with different weights and loads. What
-- the check raises is raised with the seed.
-- @tparam function check gets the pool and a source of chance
function pools.each(check)
  for seed = 1, SEEDS do
    local random = testing.random(seed * 7919)
    local weights = {}
    for i = 1, random(12) do weights[i] = random(9) end
    local pool = pools.of_weights(weights)
    for _, backend in ipairs(pool) do backend.inflight = random(20) - 1 end
    local ok, why = pcall(check, pool, random)
    if not ok then error(("with seed %d: %s"):format(seed, tostring(why)), 2) end
  end
end

--- Is this backend, itself and no copy, in the list?
-- @tparam {table,...} list
-- @tparam table backend
-- @treturn boolean
function pools.has(list, backend)
  for _, b in ipairs(list) do
    if rawequal(b, backend) then return true end
  end
  return false
end

--- Chooses many times, and raises it if somebody was chosen who is not in the list.
-- @tparam function pick
-- @tparam {table,...} up
-- @tparam number n how many times
-- @tparam ?table ctx
function pools.choose(pick, up, n, ctx)
  for _ = 1, n do
    local b = pick(up, nil, ctx)
    if not pools.has(up, b) then error("somebody was chosen who is not up", 2) end
  end
end

--- The policy of a script, loaded anew, and what the script returned.
-- @tparam string path
-- @param ... the words for it
-- @treturn function pick
-- @treturn table
function pools.load(path, ...)
  local script = assert(loadfile(path))(...)
  return script.pick, script
end

return pools
