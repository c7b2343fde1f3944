--- What can be expected of a policy, each with its bound. A property is `name`, `promise`, `run`: a
-- function(env, case) that gives nil or what is wrong, `few`: true if it takes so many choices that
-- a few pools must do, `one_in`: n if one pool in n does, `requests`: how many there are if fewer
-- may show what is wrong as well, `equal`: true if all weights are to be 1, and `kind`: of the
-- policies it is about, or nil for all.

local outside = require "luaproxy.testing.outside"
local shares = require "luaproxy.testing.shares"
local wild = require "luaproxy.testing.wild"

local properties = {}

local function usable(env, case)
  local chosen, why, w = wild.run(env.subject, case, env.options)
  env.last = w
  return why and ("at choice %d: %s"):format(math.max(1, #chosen), why)
end

-- Where two lists differ first, or nil.
local function difference(one, other)
  for i = 1, math.max(#one, #other) do
    if one[i] ~= other[i] then return i end
  end
end

local function advice(used)
  if #used == 0 then return "" end
  return (" (it asks for %s; time and chance are ctx.now and ctx.random)")
    :format(table.concat(used, ", "))
end

-- A policy that has a past cannot be repeated; whom it asks for chance can still be seen.
local function deterministic(env, case)
  local given = { careless = true, none = env.options.none, dress = env.options.dress }
  local first = env.subject.fresh and (wild.run(env.subject, case, given))
  local used, ok, second = outside.watch(86400 + case.seed, wild.run, env.subject, case, given)
  if not ok then return tostring(second) end
  if not first then
    return #used > 0 and "it cannot be repeated" .. advice(used) or nil
  end
  local at = difference(first, second)
  return at and ("choice %d was %s, and %s when all was repeated%s"):format(at,
    first[at] or "missing", second[at] or "missing", advice(used))
end

properties.list = {
  {
    name = "usable", run = usable, requests = wild.REQUESTS,
    promise = "the answer is an element of `up`, and nothing else is written",
  },
  {
    name = "deterministic", run = deterministic, one_in = 4, requests = wild.REQUESTS,
    promise = "with the same time and chance, the same choices",
  },
  {
    name = "fed", run = shares.fed,
    promise = "everybody gets one of 4 S (ln S + 4) requests, S being all weight / the least "
      .. "weight; twice as many where the request decides",
  },
  {
    name = "fair", run = shares.fair, few = true, equal = true,
    promise = "of m requests for each of equal backends, everybody gets m, give or take "
      .. "6 sqrt(m) + 1; a third to twice of that where the request decides",
  },
  {
    name = "weights", run = shares.weights, few = true,
    promise = "shares are by weight, but for 20 % of all requests",
  },
  {
    name = "disruption", run = shares.disruption, few = true, kind = "request",
    promise = "when a backend leaves, few clients of others move",
  },
}

--- Is there a property of this name?
-- @tparam string name
-- @treturn boolean
function properties.has(name)
  for _, property in ipairs(properties.list) do
    if property.name == name then return true end
  end
  return false
end

return properties
