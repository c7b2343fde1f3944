--- Consistent hashing by the highest random weight: every backend draws a number that depends on
-- the key, and the highest wins. Thaler, Ravishankar, "Using Name-Based Mappings to Increase Hit
-- Rates", 1998; with weights as by Mosharaf and Schindelhauer.
--
--     pick = require "luaproxy.policy.rendezvous" { key = "x-user", bound = 1.25 }
--
-- Nothing to build and nothing to remember: the weights are exact, and when a backend comes, leaves
-- or gets another weight only its own keys move. It asks every backend each time; for hundreds
-- there is `maglev`.

local hashing = require "luaproxy.aid.hashing"
local identity = require "luaproxy.aid.identity"
local luaproxy = require "luaproxy"
local options = require "luaproxy.aid.options"

-- How many requests a backend of weight 1 may have, if all have no more than BOUND times their fair
-- share, this request included.
local function most_per_weight(up, bound)
  local requests, weight = 1, 0
  for i = 1, #up do
    requests, weight = requests + up[i].inflight, weight + up[i].weight
  end
  return bound * requests / weight
end

--- Makes the policy.
-- @tparam ?table given `key`: whose requests stay together, a function of the request, the name of
-- a header, "cookie:name" or "ip" (the default); `bound`: how many times his fair share of the
-- requests in flight a backend may have (nil: any), 1.25 to 2 are of use
-- @treturn table
local function rendezvous(given)
  given = options(given, { "key", "bound" })
  local who, bound = identity(given.key), hashing.bound(given.bound)
  local hash, score = luaproxy.hash, luaproxy.rendezvous
  local hashes = setmetatable({}, { __mode = "k" }) -- of the ids, by backend

  local function hash_of(b)
    local h = hash(b.id)
    hashes[b] = h
    return h
  end

  return {
    pick = function(up, req)
      local key = hash(who(req))
      local most = bound and most_per_weight(up, bound)
      local best, highest = up[1], -1
      for i = 1, #up do
        local b = up[i]
        -- Without the little that is taken off, an error of rounding would be a request more.
        if not most or b.inflight < math.ceil(most * b.weight - 1e-9) then
          local drawn = score(key, hashes[b] or hash_of(b), b.weight)
          if drawn > highest then best, highest = b, drawn end
        end
      end
      return best
    end,
  }
end

return rendezvous
