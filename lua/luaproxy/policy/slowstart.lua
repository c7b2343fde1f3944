--- A wrapper that lets a backend which has just come up warm up, whatever the policy.
--
--     pick = slowstart(twochoices(), { window = 60 })
--
-- Envoy's factor: max(min, (seconds up / window) ^ (1 / aggression)). The policy is asked first. If
-- it names one whose factor f is below the average F of all (by weight), that is accepted with the
-- chance f / F, and otherwise the policy is asked again, for one of those who are not below. So
-- where a policy follows the weights w, one that warms up gets Envoy's share w f / sum(w f),
-- the keys of a hashing policy come to it little by little, and when all have just come up
-- nothing is different. Second attempts go where the policy says.

local memo = require "luaproxy.aid.memo"
local options = require "luaproxy.aid.options"
local wrap = require "luaproxy.aid.wrap"

local slowstart = {}

--- What part of its weight a backend is worth.
-- @tparam number age seconds since it came up
-- @tparam number window seconds that it takes to warm up
-- @tparam number aggression above 1: faster in the beginning; below: slower
-- @tparam number min the least part
-- @treturn number
function slowstart.factor(age, window, aggression, min)
  if age >= window then return 1 end
  return math.max(min, (math.max(age, 1) / window) ^ (1 / aggression))
end

local function same(a, b)
  for i = 1, math.max(#a, #b) do
    if a[i] ~= b[i] then return false end
  end
  return true
end

-- Weighs those who are UP by FACTOR_OF, as of NOW: a map of those below the average to their
-- chances, the list of the others, and how long this holds. BEFORE is the last such list, which
-- is kept if it is still right, since the policy within may remember it.
local function weigh(up, factor_of, now, before)
  local factors, sum, weight, warm = {}, 0, 0, true
  for i, b in ipairs(up) do
    factors[i] = factor_of(b, now)
    sum, weight = sum + factors[i] * b.weight, weight + b.weight
    warm = warm and factors[i] == 1
  end
  local chance, rest, average = {}, {}, sum / weight - 1e-9
  for i, b in ipairs(up) do
    if factors[i] < average then
      chance[b] = factors[i] / average
    else
      rest[#rest + 1] = b
    end
  end
  return {
    chance = chance,
    rest = same(before, rest) and before or rest,
    till = warm and math.huge or now + 1,
  }
end

--- Makes the policy.
-- @tparam function|table p
-- @tparam ?table given `window` (60) seconds; `aggression` (1); `min` (0.1)
-- @treturn table
local function new(_, p, given)
  p, given = wrap.policy(p), options(given, { "window", "aggression", "min" })
  local window, aggression, min = given.window or 60, given.aggression or 1, given.min or 0.1

  local function factor_of(b, now)
    if not b.since then return 1 end
    return slowstart.factor(now - b.since, window, aggression, min)
  end

  local scales = memo(function(up, ctx)
    return { now = weigh(up, factor_of, ctx.now, up) }
  end)

  return wrap.around(p, function(up, req, ctx)
    if ctx.attempt > 1 then return p.pick(up, req, ctx) end
    local scale = scales(up, ctx)
    if ctx.now >= scale.now.till then
      scale.now = weigh(up, factor_of, ctx.now, scale.now.rest)
    end
    local b, reason = p.pick(up, req, ctx)
    local chance = scale.now.chance[b]
    if chance and ctx.random() >= chance then
      return p.pick(scale.now.rest, req, ctx)
    end
    return b, reason
  end)
end

return setmetatable(slowstart, { __call = new })
