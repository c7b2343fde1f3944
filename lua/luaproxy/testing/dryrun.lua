--- Tries a script without a network: what it gives to the proxy is called with made-up requests,
-- and its policies are checked. `luaproxy --check` does it.

local check = require "luaproxy.testing.check"
local new_random = require "luaproxy.testing.random"
local objection = require "luaproxy.testing.reply"
local request = require "luaproxy.testing.request"
local requests = require "luaproxy.testing.requests"
local response = require "luaproxy.testing.response"
local run = require "luaproxy.testing.run"
local script_pools = require "luaproxy.testing.pools"
local wild = require "luaproxy.testing.wild"

local STATUSES = { 200, 204, 301, 404, 500, 503 }
local PAST_REQUESTS = 200 -- of the bad day that each pool has
local POOLS, BUDGET = 60, 0.5 -- random ones, and seconds for those of each policy

local dry = {}
dry.__index = dry

-- Notes a complaint once, with the first request that gave rise to it.
function dry:complain(text, given)
  if self.known[text] then return end
  self.known[text] = true
  self.complaints[#self.complaints + 1] =
    given and ("%s (%s)"):format(text, requests.describe(given)) or text
end

-- The servers that are asked for something: every second time there is none.
local function answer(self)
  self.asked = self.asked + 1
  if self.asked % 2 == 0 then return nil, "connection refused" end
  return { status = 200, headers = {}, body = "" }
end

-- Calls a function that may wait, protected.
local function wait(self, f, ...)
  local arguments = table.pack(...)
  return pcall(run, function() return f(table.unpack(arguments, 1, arguments.n)) end, {
    http = function() return answer(self) end, now = self.ctx.now, ctx = self.ctx,
  })
end

-- Calls a function of the script, or one that waits. Gives false if it failed.
function dry:call(name, f, given, ...)
  local ok, result
  if type(f) == "table" then
    ok, result = wait(self, f[1], ...)
  else
    ok, result = pcall(f, ...)
  end
  if ok then return true, result end
  self:complain(("%s failed: %s"):format(name, tostring(result)), given)
  return false
end

-- The request hook. Gives true if the request goes on.
function dry:request(req, given)
  local hook = self.script.request
  if not hook then return true end
  local ok, reply = self:call("request", hook, given, req, self.ctx)
  if not ok or reply == nil then return ok end
  local why = objection(reply)
  if why then self:complain("request: " .. why, given) end
  return false
end

-- The pool that a request goes to, or nil.
function dry:route(req, given)
  if not self.script.pools then return self.pools[1] end
  local ok, name = self:call("route", self.script.route, given, req, self.ctx)
  if not ok or name == nil then return nil end
  for _, pool in ipairs(self.pools) do
    if pool.name == name then return pool end
  end
  self:complain(("route gave %s, which is no pool"):format(
    type(name) == "string" and ("%q"):format(name) or "a " .. type(name)), given)
end

-- Tells a policy whom it may choose from, before its first choice.
function dry:announce(pool, given)
  if pool.announced or not pool.policy.changed then return end
  pool.announced = true
  local name = ("changed of pool %s"):format(pool.name)
  self:call(name, pool.policy.changed, given, pool.all, self.ctx)
end

-- The backend of a request, whether it was well chosen or not; nil if the script chose nobody.
function dry:pick(pool, req, given)
  self.ctx.pool, self.ctx.all = pool.name, pool.all
  if not pool.policy then return pool.all[1] end
  self:announce(pool, given)
  local name = ("pick of pool %s"):format(pool.name)
  local ok, backend = self:call(name, pool.policy.pick, given, pool.all, req, self.ctx)
  pool.failed = pool.failed or not ok
  if not ok then return pool.all[1] end
  if backend == nil then return nil end
  for _, each in ipairs(pool.all) do
    if rawequal(each, backend) then return backend end
  end
  pool.failed = true
  self:complain(name .. " chose what is no element of `up`", given)
  return pool.all[1]
end

-- The response hook, which sees the request with the backend that has answered.
function dry:response(req, backend, given)
  local hook = self.script.response
  if not hook then return end
  self.answered = self.answered + 1
  local res = response {
    status = STATUSES[self.answered % #STATUSES + 1],
    headers = { ["Content-Type"] = "text/plain", Server = "made-up", ["Set-Cookie"] = "a=b" },
  }
  self:call("response", hook, given, res, request.seen(req, backend), self.ctx)
end

-- One request from its beginning to its end.
function dry:serve(given)
  local options = { writable = true }
  for name, value in pairs(given) do options[name] = value end
  local req = request.new(options)
  self.ctx.data, self.ctx.pool, self.ctx.all = {}, nil, self.everybody
  self.ctx.now = self.ctx.now + 0.1
  if not self:request(req, given) then return end
  local pool = self:route(request.seen(req), given)
  local backend = pool and self:pick(pool, request.seen(req), given)
  if backend then self:response(req, backend, given) end
end

-- A bad day with the backends of the script itself.
function dry:try_pool(pool)
  local subject = { new = function() return pool.policy end }
  local case = { seed = 1, weights = {}, requests = PAST_REQUESTS }
  for i, backend in ipairs(pool.all) do case.weights[i] = backend.weight end
  local _, why, w = wild.run(subject, case, { none = true, backends = pool.all })
  if why then
    self:complain(("pool %s: %s"):format(pool.name, why), w.request)
  end
end

-- Random pools are not those of the script: what goes wrong with them is worth a note.
function dry:check_policies(pools)
  local ok, _, found = check(self.script, { pools = pools, budget = BUDGET, none = true })
  found = ok or found
  if not found then return end
  for _, failure in ipairs(found.failures) do
    self.notes[#self.notes + 1] = ("pool %s, with random backends: %s fails: %s"):format(
      failure.pool, failure.property, failure.message)
  end
  for _, note in ipairs(found.notes) do self.notes[#self.notes + 1] = note end
  self.notes[#self.notes + 1] = found:timing()
end

local function new(script)
  local pools = script_pools(script)
  local everybody = {}
  for _, pool in ipairs(pools) do table.move(pool.all, 1, #pool.all, #everybody + 1, everybody) end
  return setmetatable({
    script = script, pools = pools, everybody = everybody,
    ctx = { now = 1000, attempt = 1, random = new_random(1) },
    complaints = {}, notes = {}, known = {}, asked = 0,
    answered = 0,
  }, dry)
end

--- Calls everything that a script gives to the proxy with made-up requests.
-- @tparam table script what the script returned, and luaproxy accepted
-- @tparam ?number pools how many random pools each policy is checked with (60); 0 for no check
-- @treturn {string,...} complaints: what would fail, with the request by which it was found
-- @treturn {string,...} notes: what the policies are like
local function dryrun(script, pools)
  local self = new(script)
  for _, given in ipairs(requests.odd_options()) do self:serve(given) end
  for _, pool in ipairs(self.pools) do
    if pool.policy and not pool.failed then self:try_pool(pool) end
  end
  if pools ~= 0 then self:check_policies(pools or POOLS) end
  return self.complaints, self.notes
end

return dryrun
