--- A bad day of a pool: backends come and go and fail, their facts are all over the place, requests
-- are odd. Nothing of that is an excuse for an answer that cannot be used.

local requests = require "luaproxy.testing.requests"
local world = require "luaproxy.testing.world"

local wild = { REQUESTS = 40 }

local ZONES = { "eu", "us", "asia" }

local OUTCOMES = {
  { status = 200, t = 0.02, ttfb = 0.01, bytes = 5000 },
  { status = 204, t = 0, ttfb = 0, bytes = 0 },
  { status = 404, t = 0.001, ttfb = 0.001, bytes = 9 },
  { status = 500, t = 0.001, ttfb = 0.001, bytes = 20 },
  { status = 503, t = 3, ttfb = 2, bytes = 20 },
  { status = 200, err = "client", t = 40, ttfb = 0.5, bytes = 1 << 33 },
  { status = 200, err = "reset", t = 1, ttfb = 0.5, bytes = 17 },
  { err = "reset", t = 0.1, bytes = 0 },
  { err = "malformed", t = 0.1, bytes = 0 },
  { err = "late", t = 30, bytes = 0 },
}
local REFUSED = { err = "connect", t = 0.001, bytes = 0 }

local function decorate(backend, random)
  backend.tier = random(3)
  backend.tags.zone = ZONES[random(4)]
end

local function let_have_lived(backend, random)
  backend.fails = random(4) - 1
  backend.since = 1000 - random(100)
  backend.inflight = random(3) == 1 and random(50) or 0
  if random(2) == 1 then
    backend.ewma, backend.ewma_at = random() * (random(9) == 1 and 30 or 0.1), 1000 - random(50)
  end
end

-- Those of the list that fortune lets stay, at least one.
local function some(list, random)
  local left = {}
  for _, backend in ipairs(list) do
    if random(3) > 1 then left[#left + 1] = backend end
  end
  return #left > 0 and left or { list[random(#list)] }
end

local function without(list, backend)
  local left = {}
  for _, other in ipairs(list) do
    if other ~= backend then left[#left + 1] = other end
  end
  return left
end

-- Is it plain data: texts, numbers, booleans, and tables of these?
local function is_plain(value, depth)
  local kind = type(value)
  if kind ~= "table" then return kind == "string" or kind == "number" or kind == "boolean" end
  if depth > 100 or getmetatable(value) then return false end
  for key, inner in pairs(value) do
    if type(key) == "table" or not is_plain(key, depth) or not is_plain(inner, depth + 1) then
      return false
    end
  end
  return true
end

-- As at a reload: what one policy saves is restored in the next.
local function reload(w, subject)
  local old = w.policy
  if not (old.save and old.restore) then return end
  local ok, data = pcall(old.save)
  if not ok then error("save raised an error: " .. tostring(data), 0) end
  if data == nil then return end
  if not is_plain(data, 0) then error("save gave what is not plain data", 0) end
  w.policy, w.news = subject.new(), true
  local restored, why = pcall(w.policy.restore, data)
  if not restored then error("restore raised an error: " .. tostring(why), 0) end
end

-- The first attempt fails, another backend is tried.
local function try_again(w, request, failed)
  failed.inflight = failed.inflight + 1
  w:finish(failed, REFUSED)
  local second = w:pick(request, without(w.up, failed))
  if second then w:begin(second) end
end

local function happen(w, subject)
  local random = w.random
  if random(8) == 1 then w:replace(some(w.all, random)) end
  if random(20) == 1 then reload(w, subject) end
  if random(20) == 1 then w.all[random(#w.all)].weight = random(9) end
  w.ctx.now = w.ctx.now + (random(30) == 1 and 1000 or random() * 0.1)
end

local function step(w, subject)
  local random = w.random
  happen(w, subject)
  local request = random(2) == 1 and requests.odd(random(1000)) or requests.ordinary(random(50))
  local backend = w:pick(request)
  if not backend then return end
  if #w.up > 1 and random(5) == 1 then return try_again(w, request, backend) end
  w:begin(backend)
end

--- Runs it.
-- @tparam table subject
-- @tparam table case `seed`, `weights`, `requests`
-- @tparam table given `none`: true if nobody may be chosen, `dress`: changes the backends further,
-- `careless`: true if it does not matter what is written, `backends`: as of luaproxy.testing.world
-- @treturn {string,...} the ids of the chosen ones
-- @treturn ?string what was wrong, which ends it
-- @treturn table the world as it was then
function wild.run(subject, case, given)
  local w = world.new(subject, case, {
    level = 2, guard = not given.careless, none = given.none, backends = given.backends,
    dress = function(backend, random)
      if not given.backends then decorate(backend, random) end
      let_have_lived(backend, random)
      if given.dress then given.dress(backend, random) end
    end,
  })
  function w:outcome() return OUTCOMES[self.random(#OUTCOMES)] end
  for _ = 1, case.requests or wild.REQUESTS do
    local ok, why = pcall(step, w, subject)
    if not ok then return w.chosen, tostring(why), w end
  end
  return w.chosen, nil, w
end

return wild
