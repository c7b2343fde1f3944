--- Checks of a policy with random pools: is it fit for use, whatever it is for?
--
--     local policy = require "luaproxy.testing".policy
--     assert(policy.check "scripts/leastconn.lua")
--
-- Everything comes of a seed, so a pool that fails does so again. It is made small and printed.

local clock = os.clock
local kind_of = require "luaproxy.testing.kind"
local new_random = require "luaproxy.testing.random"
local options = require "luaproxy.testing.options"
local properties = require "luaproxy.testing.properties"
local report = require "luaproxy.testing.report"
local shrink = require "luaproxy.testing.shrink"
local snippet = require "luaproxy.testing.snippet"
local subject = require "luaproxy.testing.subject"
local times = require "luaproxy.testing.timing"

local DEFAULTS = {
  pools = 500, seed = 1, skip = {}, only = options.NONE, none = false, strict = false, moved = 0.1,
  dress = options.NONE, times = true, budget = 2, weights = options.NONE,
  requests = options.NONE,
}

local MOST_BACKENDS, MOST_WEIGHT = 12, 9
local SHRINKING = 1 -- seconds for making one failing case small

-- The pool that a number stands for. The first ones are used for what takes many choices, so they
-- have enough backends to say something.
local function case_of(seed, i, few)
  local case = { seed = seed + i - 1, weights = {} }
  local random = new_random(case.seed * 7919 | 1)
  random()
  local n = i <= few and 2 + random(MOST_BACKENDS - 2) or random(MOST_BACKENDS)
  local heaviest = random(3) > 1 and MOST_WEIGHT or 1
  for j = 1, n do case.weights[j] = random(heaviest) end
  return case
end

local function with_equal_weights(case)
  local equal = { seed = case.seed, requests = case.requests, weights = {} }
  for i = 1, #case.weights do equal.weights[i] = 1 end
  return equal
end

-- Runs a property. An answer that cannot be used is raised wherever it is met, and is told once.
local function try(property, env, case)
  env.last = nil
  local ok, why = pcall(property.run, env, case)
  if ok then return why end
  return not env.done.usable and tostring(why) or nil
end

local function small_case(property, env, case)
  local deadline = clock() + SHRINKING
  return shrink.case(case, property.requests, function(smaller)
    return try(property, env, smaller)
  end, function()
    return clock() > deadline
  end)
end

-- Reports that a property does not hold. Who cannot be repeated may do well when tried again.
local function fail(env, property, case, first)
  local small = small_case(property, env, case)
  local why = try(property, env, small) or first
  env.report:fail {
    property = property.name, promise = property.promise, message = why, pool = env.subject.name,
    case = small,
    snippet = snippet(env.about, env.is_file, property.name, small, env.last),
  }
  env.done[property.name] = true
end

local function try_pool(env, i, few)
  local given = env.options
  local case = given.weights and { seed = given.seed, weights = given.weights }
    or case_of(given.seed, i, few)
  case.requests = given.requests
  for _, property in ipairs(env.properties) do
    local own = property.equal and with_equal_weights(case) or case
    local due = i <= few or not property.few and i % (property.one_in or 1) == 0
    local why = due and not env.done[property.name] and try(property, env, own)
    if why then fail(env, property, own, why) end
  end
end

local function contains(list, wanted)
  for _, value in ipairs(list) do
    if value == wanted then return true end
  end
  return false
end

-- The properties that apply to this kind of policy and are wanted.
local function wanted_properties(given, kind)
  local list = {}
  for _, property in ipairs(properties.list) do
    local wanted = not given.only or given.only == property.name
    local applies = not property.kind or property.kind == kind
    if wanted and applies and not contains(given.skip, property.name) then
      list[#list + 1] = property
    end
  end
  return list
end

local function mean_of(list, name)
  local total = 0
  for _, entry in ipairs(list) do total = total + entry[name] end
  return total / #list
end

local function note_weights(env)
  if #env.weighed == 0 then return end
  local off, off_equal = mean_of(env.weighed, "off"), mean_of(env.weighed, "off_equal")
  local verdict = "follows weights in part"
  if off <= 0.1 then
    verdict = "follows weights"
  elseif off_equal < off and off_equal <= 0.1 then
    verdict = "ignores weights"
  end
  env.report:note("pool %s: %s (%.0f %% of the requests are elsewhere than by weight)",
    env.subject.name, verdict, 100 * off)
end

local function try_pools(env)
  local n = env.options.weights and 1 or env.options.pools
  local few, deadline = math.ceil(n / 20) + 2, clock() + env.options.budget
  for i = 1, n do
    if clock() > deadline then
      env.report:note("pool %s: only %d of %d pools in %g seconds", env.subject.name, i - 1, n,
        env.options.budget)
      break
    end
    try_pool(env, i, few)
    env.report.tried = env.report.tried + 1
  end
end

local function measure(env)
  for size, seconds in pairs(times(env.subject, env.options.dress)) do
    env.report.times[size] = math.max(seconds, env.report.times[size] or 0)
  end
end

local function check_subject(env)
  if env.subject.empty then
    return env.report:note("pool %s: the proxy chooses, by round robin", env.subject.name)
  end
  local kind = kind_of(env.subject, env.options)
  env.kind, env.report.kind = kind, kind
  env.properties = wanted_properties(env.options, kind)
  try_pools(env)
  note_weights(env)
  if env.options.times then measure(env) end
end

local function check_names(given)
  for _, name in ipairs { given.only, table.unpack(given.skip) } do
    if not properties.has(name) then
      error(("there is no property %q"):format(tostring(name)), 3)
    end
  end
end

--- Checks a policy, or those of all pools of a script, with random pools.
--
-- Names of properties: "usable", "deterministic", "fed", "fair", "weights", "disruption". Whether
-- the request decides is found out by experiment; "disruption" is for those policies only. That
-- weights are ignored is a note unless the check is strict.
--
-- @param policy the path of a script, which is run anew for each pool; a table with `new`, a
-- function that makes a policy; or, with whatever it remembers, a `pick`, a policy table, or the
-- table that a script returned
-- @tparam ?table given `pools` (500), `seed` (1), `skip`: a list of properties, `only`: one
-- property, `none`: true if it may choose nobody, `strict`: true if weights must be followed,
-- `moved`: the part of other clients that may move when a backend leaves (0.1), `dress`: a
-- function(backend, random) that gives the backends tags and tiers, `times`: false if times are not
-- to be measured, `budget`: seconds after which no further pool is begun (2); `weights` and
-- `requests` repeat one pool
-- @treturn[1] table the report: `ok`, `failures`, `notes`, `times`, `kind`; a text by tostring
-- @treturn[2] nil
-- @treturn[2] string the report as a text
-- @treturn[2] table the report
local function check(policy, given)
  given = options.with_defaults(DEFAULTS, given)
  check_names(given)
  local is_file = type(policy) == "string"
  local about = is_file and policy or "the policy"
  local found = report.new(about)
  local subjects, why = subject.list(policy)
  if not subjects then return nil, ("%s: %s"):format(about, why) end
  for _, each in ipairs(subjects) do
    check_subject {
      subject = each, options = given, report = found, about = about, is_file = is_file, done = {},
      weighed = {},
    }
  end
  if found.ok then return found end
  return nil, tostring(found), found
end

return check
