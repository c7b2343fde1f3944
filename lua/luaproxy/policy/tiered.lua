--- A wrapper for tiers: backends of a higher tier get nothing while there are enough of the lower,
-- and what those are too few for spills over. Envoy's priority levels.
--
--     pick = tiered(leastconn())                                   -- spills over, as in Envoy
--     pick = tiered(leastconn(), { spill = false, enough = 0.5 })  -- one tier at a time
--
-- A tier of which the share `enough` is up takes everything (1/1.4: Envoy's over-provisioning
-- factor), one with half of that takes half. Without spilling, everything goes to the first tier
-- that has enough, and to all who are up if none has. Mind that hashing policies within move keys
-- when requests spill; with a `key` at least everybody's requests stay in one tier.

local hash = require "luaproxy".hash
local identity = require "luaproxy.aid.identity"
local memo = require "luaproxy.aid.memo"
local options = require "luaproxy.aid.options"
local wrap = require "luaproxy.aid.wrap"

local tiered = {}

--- How much of the traffic each tier takes.
-- @tparam {number,...} up the share of each tier that is up, 0 to 1
-- @tparam number enough the share with which a tier takes everything
-- @treturn {number,...} shares that add up to 1
-- @treturn number 1, or less if all tiers together have too few: what they have of what is needed
-- @treturn {boolean,...} which tiers Envoy would let panic, that is, use those who are down as
-- well: if all together have too few, those of which less than half is up
function tiered.shares(up, enough)
  local able, total = {}, 0
  for i, share in ipairs(up) do
    able[i] = math.min(1, share / enough)
    total = math.min(1, total + able[i])
  end
  local shares, panics, left = {}, {}, 1
  for i, share in ipairs(up) do
    shares[i] = total > 0 and math.min(left, able[i] / total) or left
    panics[i] = total < 1 and share < 0.5
    left = left - shares[i]
  end
  return shares, total, panics
end

-- The tiers of a pool in their order: each with the number of its backends and those who are UP.
local function sort_out(up, all)
  local by_number, tiers = {}, {}
  local function tier_of(b)
    local tier = by_number[b.tier]
    if not tier then
      tier = { number = b.tier, size = 0, list = {}, reason = "tier " .. b.tier }
      by_number[b.tier], tiers[#tiers + 1] = tier, tier
    end
    return tier
  end
  for _, b in ipairs(all) do
    local tier = tier_of(b)
    tier.size = tier.size + 1
  end
  for _, b in ipairs(up) do
    local list = tier_of(b).list
    list[#list + 1] = b
  end
  table.sort(tiers, function(a, b) return a.number < b.number end)
  return tiers
end

-- The share of a tier that is up. Where the context does not know them all, those who are up are.
local function share_up(tier)
  return #tier.list / math.max(tier.size, #tier.list)
end

-- The tiers that get something, each with its share.
local function spill_over(tiers, enough)
  local up, plan = {}, {}
  for i, tier in ipairs(tiers) do up[i] = share_up(tier) end
  local shares = tiered.shares(up, enough)
  for i, tier in ipairs(tiers) do
    tier.share = shares[i]
    if #tier.list > 0 and tier.share > 0 then plan[#plan + 1] = tier end
  end
  return plan
end

-- The first tier with enough, alone.
local function fail_over(tiers, enough, up)
  for _, tier in ipairs(tiers) do
    if #tier.list > 0 and share_up(tier) >= enough then return { tier } end
  end
  return { { list = up, reason = "every tier degraded" } }
end

--- Makes the policy.
-- @tparam function|table p the policy that chooses within a tier
-- @tparam ?table given `enough` (1/1.4); `spill` (true); `key`: whose requests stay in one tier
-- (nil: chance decides for each), a function of the request, the name of a header, "cookie:name"
-- or "ip"
-- @treturn table
local function new(_, p, given)
  p, given = wrap.policy(p), options(given, { "enough", "spill", "key" })
  local enough, divide = given.enough or 1 / 1.4, given.spill == false and fail_over or spill_over
  local who = given.key and identity(given.key)
  local plans = memo(function(up, ctx) return divide(sort_out(up, ctx.all), enough, up) end)

  local function tier_for(plan, req, ctx)
    local left = who and hash("tier:" .. who(req)) * 0x1p-63 or ctx.random()
    for i = 1, #plan - 1 do
      left = left - plan[i].share
      if left < 0 then return plan[i] end
    end
    return plan[#plan]
  end

  return wrap.around(p, function(up, req, ctx)
    local plan = plans(up, ctx)
    local tier = #plan == 1 and plan[1] or tier_for(plan, req, ctx)
    local b, reason = p.pick(tier.list, req, ctx)
    return b, reason or tier.reason
  end)
end

return setmetatable(tiered, { __call = new })
