--- A pool at work, without a proxy: a policy chooses, requests are in flight for a while, and the
-- facts are kept as the core keeps them. What the policy does wrong is raised as a text.

local facts = require "luaproxy.testing.facts"
local new_random = require "luaproxy.testing.random"

local exp = math.exp
local rawget, type, pcall = rawget, type, pcall

local world = {}
world.__index = world

local TAU = 10       -- seconds in which a latency is half forgotten, nearly
local TOOK = 0.05    -- seconds that every request takes: equals shall be equal

-- A number for one of several sources of chance that come of one seed.
local function seed_of(case, n)
  return (case.seed * 0x9E3779B97F4A7C15 + n * 0xBF58476D1CE4E5B9) | 1
end

local function backend_of(i, weight, like)
  local id = like and like.id or "b" .. i
  return {
    id = id, addr = like and like.addr or id .. ":80", weight = weight,
    tier = like and like.tier or 1, tags = like and like.tags or {}, inflight = 0, fails = 0,
    since = 0, up = true, data = {},
  }
end

--- A pool with a policy that has not chosen yet.
-- @tparam table subject as luaproxy.testing.subject lists them
-- @tparam table case `seed`, `weights`: one for each backend
-- @tparam ?table given `level`: requests in flight for each unit of weight (0: each ends before the
-- next begins), `dress`: a function(backend, random) that changes backends before the start,
-- `guard`: true if what the policy writes shall be noticed, `none`: true if it may choose nobody,
-- `backends`: a list, of which ids, addresses, tiers and tags are taken
-- @treturn table
function world.new(subject, case, given)
  given = given or {}
  local self = setmetatable({
    none = given.none, all = {}, flying = {}, capacity = 0, chosen = {},
    random = new_random(seed_of(case, 1)), result = {},
  }, world)
  local dressing = new_random(seed_of(case, 2))
  for i, weight in ipairs(case.weights) do
    self.all[i] = backend_of(i, weight, given.backends and given.backends[i])
    self.capacity = self.capacity + (given.level or 0) * weight
    if given.dress then given.dress(self.all[i], dressing) end
  end
  self.noted = given.guard and facts.new(self.all)
  self.ctx = {
    now = 1000, attempt = 1, all = self.all, pool = "default", data = {},
    random = new_random(seed_of(case, 3)),
  }
  self.policy = subject.new()
  self:replace { table.unpack(self.all) }
  return self
end

-- Calls a function of the policy, which must neither fail nor write what is the core's.
local function call(self, list, name, a, b, c)
  local noted = self.noted
  if noted then facts.note(noted, list) end
  local ok, result, reason = pcall(self.policy[name], a, b, c)
  if not ok then error(("%s raised an error: %s"):format(name, tostring(result)), 0) end
  local broken = noted and facts.broken(noted, self.all, list)
  if broken then error(("%s %s"):format(name, broken), 0) end
  return result, reason
end

local function set_of(list)
  local set = {}
  for i = 1, #list do set[list[i]] = true end
  return set
end

--- Lets other backends be usable from now on.
-- @tparam {table,...} list not empty, a new table
function world:replace(list)
  for i = 1, #self.all do self.all[i].up = false end
  for i = 1, #list do list[i].up = true end
  self.up, self.list, self.news, self.members = list, list, true, set_of(list)
end

local function describe(value)
  if type(value) ~= "table" then return "a " .. type(value) end
  return ("a table with the id %s"):format(tostring(rawget(value, "id")))
end

-- What is wrong with an answer that is no element of the list.
local function objection(self, list, answer)
  for _, backend in ipairs(self.all) do
    if rawequal(backend, answer) then
      return ("pick chose %s, which is not in `up`"):format(backend.id)
    end
  end
  for _, backend in ipairs(list) do
    if type(answer) == "table" and rawget(answer, "id") == backend.id then
      return ("pick chose a copy of %s, not the element of `up`"):format(backend.id)
    end
  end
  return ("pick chose %s, which is no element of `up`"):format(describe(answer))
end

--- Has the policy choose.
-- @tparam table request
-- @tparam ?{table,...} list for a second attempt: those that are left
-- @treturn ?table a backend; nil only where the policy may choose nobody
function world:pick(request, list)
  self.request = request
  if self.news and self.policy.changed and not list then
    call(self, self.up, "changed", self.up, self.ctx)
  end
  local ctx, members = self.ctx, list and set_of(list) or self.members
  if not list then self.news, ctx.data = false, {} end
  ctx.attempt = list and 2 or 1
  list = list or self.up
  self.list = list
  local answer, reason = call(self, list, "pick", list, request, ctx)
  self.chosen[#self.chosen + 1] = type(answer) == "table" and rawget(answer, "id") or "-"
  if answer == nil then
    if self.none then return nil end
    error(("pick chose nobody of %d usable ones"):format(#list), 0)
  end
  if not members[answer] then error(objection(self, list, answer), 0) end
  if reason ~= nil and type(reason) ~= "string" then
    error(("the reason of pick must be a text, not %s"):format(describe(reason)), 0)
  end
  return answer
end

-- Peak EWMA: a peak counts at once, everything else little by little.
local function observe(backend, took, now)
  local known = backend.ewma
  if not known or took > known then
    backend.ewma = took
  else
    local weight = exp((backend.ewma_at - now) / TAU)
    backend.ewma = took * (1 - weight) + known * weight
  end
  backend.ewma_at = now
end

--- Ends a request.
-- @tparam table backend
-- @tparam table result as `done` is told it
function world:finish(backend, result)
  local inflight = backend.inflight
  backend.inflight = inflight > 0 and inflight - 1 or 0
  if result.ttfb then observe(backend, result.ttfb, self.ctx.now) end
  local failed = not result.status or result.status >= 500
  backend.fails = failed and backend.fails + 1 or 0
  if self.policy.done then call(self, self.up, "done", backend, result, self.ctx) end
end

--- A result that differs from the last one in nothing.
-- @treturn table
function world:well_done()
  local result = self.result
  result.status, result.t, result.ttfb, result.bytes = 200, TOOK, TOOK, 1000
  return result
end

--- Counts a request, and ends others until no more are in flight than there may be.
-- @tparam table backend that serves it
function world:begin(backend)
  local flying, random = self.flying, self.random
  local n, capacity = #flying + 1, self.capacity
  backend.inflight = backend.inflight + 1
  flying[n] = backend
  while n > capacity do
    local i = random(n)
    local other = flying[i]
    flying[i] = flying[n]
    flying[n] = nil
    n = n - 1
    self:finish(other, self.outcome and self:outcome() or self:well_done())
  end
  self.ctx.now = self.ctx.now + 0.001
end

--- A request from its beginning to its end, which may be later.
-- @tparam table request
-- @treturn ?table the backend that serves it
function world:serve(request)
  local backend = self:pick(request)
  if backend then self:begin(backend) end
  return backend
end

return world
