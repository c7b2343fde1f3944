--- Consistent hashing on a ring, as in ketama: every backend has many points on a circle of
-- numbers, and a key belongs to the first point that follows it. Karger et al., 1997.
--
--     pick = require "luaproxy.policy.ring" { key = "cookie:user", bound = 1.25 }
--
-- When a backend leaves, its keys go to its many neighbours and no other key moves. A ring has so
-- many points at most as can be sorted within one call; so with hundreds of backends each has few
-- of them, and shares are less even: `maglev` does better there.

local hash = require "luaproxy".hash
local hashing = require "luaproxy.aid.hashing"
local options = require "luaproxy.aid.options"

local OWNER = 0xffff -- the low bits of a point say whose it is
local MOST_POINTS = 10000

-- Adds to POINTS those of a backend, N of them: the numbers of splitmix64 with its id as the seed.
local function add_points(points, id, n, owner)
  local state = hash(id)
  for _ = 1, n do
    state = state + 0x9e3779b97f4a7c15
    local z = (state ~ state >> 30) * 0xbf58476d1ce4e5b9
    z = (z ~ z >> 27) * 0x94d049bb133111eb
    points[#points + 1] = (z ~ z >> 31) >> 1 & ~OWNER | owner
  end
end

-- For every stretch of the circle, 2^SHIFT long, the place of the first point that is not before
-- it: a search that ends where it begins, since the points are spread evenly.
local function stretches(points, shift)
  local first, at = {}, 1
  for stretch = 0, (math.maxinteger >> shift) do
    while at <= #points and points[at] < stretch << shift do at = at + 1 end
    first[stretch] = at
  end
  return first
end

-- How many points one of weight 1 gets: as many as are wanted, unless that is too many for all.
local function affordable(backends, wanted)
  local all = 0
  for _, b in ipairs(backends) do all = all + b.weight * wanted end
  return wanted * math.min(1, MOST_POINTS / all)
end

-- The ring of BACKENDS, with WANTED points for one of weight 1.
local function build(backends, wanted)
  backends = hashing.sorted(backends)
  local points, per_weight = {}, affordable(backends, wanted)
  for i, b in ipairs(backends) do
    add_points(points, b.id, math.max(1, math.floor(per_weight * b.weight + 0.5)), i)
  end
  table.sort(points)

  local shift = 63 - math.ceil(math.log(#points, 2))
  local first, size = stretches(points, shift), #points
  return {
    size = size,
    start = function(h)
      local at = first[h >> shift]
      while at <= size and points[at] < h do at = at + 1 end
      return at <= size and at or 1
    end,
    owner = function(at) return backends[points[at] & OWNER] end,
  }
end

--- Makes the policy.
-- @tparam ?table given `key`: whose requests stay together, a function of the request, the name of
-- a header, "cookie:name" or "ip" (the default); `bound`: how many times his fair share of the
-- requests in flight a backend may have (nil: any), 1.25 to 2 are of use; `points` of a backend of
-- weight 1 (100), of 10,000 altogether: with more of them the shares are more even
-- @treturn table
local function ring(given)
  given = options(given, { "key", "bound", "points" })
  local points = given.points or 100
  return hashing.policy(given.key, hashing.bound(given.bound), function(backends)
    return build(backends, points)
  end)
end

return ring
