--- Consistent hashing by a table, as in Maglev: backends take turns to claim slots of a table, each
-- in an order of its own. Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load
-- Balancer", NSDI 2016, section 3.4.
--
--     pick = require "luaproxy.policy.maglev" { key = "x-user", bound = 1.25 }
--
-- The shares are as even as can be, and a choice costs the same for any number of backends. When
-- one goes down no other key moves; when one is added or taken away a few others do.

local hashing = require "luaproxy.aid.hashing"
local maglev_table = require "luaproxy".maglev
local options = require "luaproxy.aid.options"

-- The circle of BACKENDS: a table of SIZE slots, two bytes each.
local function build(backends, size)
  backends = hashing.sorted(backends)
  local ids, weights = {}, {}
  for i, b in ipairs(backends) do ids[i], weights[i] = b.id, b.weight end
  local slots = maglev_table(ids, size, weights)
  return {
    size = size,
    start = function(h) return h % size + 1 end,
    owner = function(slot)
      local low, high = slots:byte(2 * slot - 1, 2 * slot)
      return backends[low + 256 * high + 1]
    end,
  }
end

--- Makes the policy.
-- @tparam ?table given `key`: whose requests stay together, a function of the request, the name of
-- a header, "cookie:name" or "ip" (the default); `bound`: how many times his fair share of the
-- requests in flight a backend may have (nil: any), 1.25 to 2 are of use; `size` of the table
-- (65537), a prime, better more than a hundred times the number of backends
-- @treturn table
local function maglev(given)
  given = options(given, { "key", "bound", "size" })
  local size = given.size or 65537
  return hashing.policy(given.key, hashing.bound(given.bound), function(backends)
    return build(backends, size)
  end)
end

return maglev
